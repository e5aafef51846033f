"""The audit log's speed: a durable entry, many at once, and verifying a million."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from compliance.audit.line import line_of
from compliance.audit.log import AuditFolder
from compliance.audit.verify import verify
from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind
from compliance.ground.durable import AppendedFile
from compliance.ground.home import Home

Compare = Callable[[Callable[[], object], Callable[[], object]], dict[str, float]]
APPENDS = 300
VERIFIED = 1_000_000


def lines(count: int) -> list[bytes]:
    entry = Entry(
        datetime(2023, 11, 20, tzinfo=UTC),
        SYSTEM,
        Action.RECORDING_REGISTERED,
        ObjectKind.RECORDING,
        "0123456789abcdef0123456789abcdef",
    )
    one = line_of("%032d", entry).decode()
    return [(one % number).encode() + b"\n" for number in range(count)]


def single(folder: Path, compare: Compare) -> dict[str, float]:
    """One entry a time, durable, against a bare append and fdatasync of the same line."""
    some = lines(APPENDS)
    plain_file = os.open(folder / "plain", os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def plain() -> None:
        for line in some:
            os.write(plain_file, line)
            os.fdatasync(plain_file)

    with AppendedFile(folder / "ours") as file:

        def ours() -> None:
            for line in some:
                file.append(line)

        found = compare(ours, plain)
        found["entries_per_second"] = round(APPENDS / found["our_seconds"])
    os.close(plain_file)
    return found


def grouped(folder: Path, compare: Compare) -> dict[str, float]:
    """The same entries a hundred at a time, against one at a time."""
    some = lines(APPENDS)
    with AppendedFile(folder / "many") as many, AppendedFile(folder / "one") as one:

        def ours() -> None:
            for first in range(0, APPENDS, 100):
                many.append(b"".join(some[first : first + 100]))

        def singly() -> None:
            for line in some:
                one.append(line)

        return compare(ours, singly)


def verifying(folder: Path, compare: Compare) -> dict[str, float]:
    """A log of a million entries, against a loop of hashlib over its lines."""
    home = Home.at(folder / "verified")
    home.create()
    (home.audit / "log.jsonl").write_bytes(b"".join(lines(VERIFIED)))
    from compliance.audit.log import AuditLog

    AuditLog(home).checkpoint()

    def ours() -> None:
        assert verify(AuditFolder(home.audit)).is_right

    def plain() -> None:
        with (home.audit / "log.jsonl").open("rb") as file:
            for line in file:
                hashlib.sha256(line).digest()

    return compare(ours, plain)
