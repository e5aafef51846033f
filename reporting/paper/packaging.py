"""Puts the files of a paper into the outbox, with a manifest that the city can check them by.

`outbox/<kind>/<period>/` holds every edition: 週次集計結果_第1週_2023-11-20.pdf, then …_r2.pdf beside it. A
draft is replaced; a file that has left the house never is. The manifest of an edition names each file
with size and SHA-256 and is written last, so that an edition without manifest was never finished.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from compliance.contract.due import NO_DAY
from reporting.errors import AlreadyDelivered

WriteDurably = Callable[[Path, bytes], None]
"""The durable writer that the composition root hands in."""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of an edition, as its manifest names it; `content_sha256` is of what a sealed one holds."""

    name: str
    sha256: str
    size_bytes: int
    content_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """One edition of a paper in the outbox. `manifest` is the manifest's file name."""

    folder: Path
    manifest: str
    files: tuple[PackedFile, ...]


SEALED = ".sealed"
"""What ends the name of a file that holds callers' words."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """What the city receives as one file, and what lies in the outbox where that is sealed."""

    plain: bytes
    sealed: bytes | None = None

    @property
    def kept(self) -> bytes:
        """The bytes of the outbox."""
        return self.plain if self.sealed is None else self.sealed


def form_of(name: str) -> str:
    """The form that a file's name says: `pdf` of 週次集計結果.pdf and of 日次報告書.pdf.sealed."""
    return name.removesuffix(SEALED).rsplit(".", 1)[1]


def file_stem(title: str, label: str, period: str, edition: int) -> str:
    """週次集計結果_第1週_2023-11-20, with _r2 and so on for later editions; a blank label is left out."""
    return "_".join(part for part in (title, label, period) if part) + _suffix(edition)


def manifest_name(edition: int) -> str:
    """manifest.json, manifest_r2.json and so on."""
    return f"manifest{_suffix(edition)}.json"


def manifest(
    *,
    kind: str,
    period: str,
    edition: int,
    due_date: date,
    made_at: datetime,
    data_sha256: str,
    checkpoint: str,
    files: Sequence[PackedFile],
    confirmed_at: datetime | None = None,
    confirmed_by: str | None = None,
) -> bytes:
    """The manifest of an edition; the same facts give the same bytes. Who confirmed (a staff id) and when stands there once
    somebody has."""
    values = {
        "kind": kind,
        "period": period,
        "edition": edition,
        "due_date": None if due_date == NO_DAY else due_date.isoformat(),
        "made_at": made_at.isoformat(),
        "data_sha256": data_sha256,
        "audit_checkpoint": checkpoint,
        **(
            {"confirmed_at": confirmed_at.isoformat(), "confirmed_by": confirmed_by}
            if confirmed_at
            else {}
        ),
        "files": [
            {"name": file.name, "sha256": file.sha256, "size_bytes": file.size_bytes}
            | ({"content_sha256": file.content_sha256} if file.content_sha256 else {})
            for file in files
        ],
    }
    return (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode()


def pack(
    folder: Path,
    stem: str,
    edition: int,
    contents: Mapping[str, FileContent],
    *,
    kind: str,
    period: str,
    due_date: date,
    made_at: datetime,
    data_sha256: str,
    checkpoint: str,
    delivered: Mapping[str, str],
    write: WriteDurably,
) -> Package:
    """Write an edition's files (by suffix: `pdf`, `xlsx`; a sealed one gets `.sealed` after it) and its manifest.

    `delivered` names the files of earlier editions that have left the house, with their SHA-256.

    Raises:
        AlreadyDelivered: one of the names belongs to a delivered file with other content.
    """
    files = []
    for form, content in sorted(contents.items()):
        name = f"{stem}.{form}{SEALED if content.sealed is not None else ''}"
        sha256 = hashlib.sha256(content.kept).hexdigest()
        if delivered.get(name, sha256) != sha256:
            raise AlreadyDelivered(
                f"{folder / name} has been delivered and must not change: make a new edition instead."
            )
        files.append(packed_file(name, content))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in files:
        write(folder / file.name, contents[form_of(file.name)].kept)
    name = manifest_name(edition)
    named = manifest(
        kind=kind,
        period=period,
        edition=edition,
        due_date=due_date,
        made_at=made_at,
        data_sha256=data_sha256,
        checkpoint=checkpoint,
        files=files,
    )
    write(folder / name, named)
    return Package(folder, name, tuple(files))


def packed_file(name: str, content: FileContent) -> PackedFile:
    """A file as the register knows it."""
    original = "" if content.sealed is None else hashlib.sha256(content.plain).hexdigest()
    kept = content.kept
    return PackedFile(name, hashlib.sha256(kept).hexdigest(), len(kept), original)


def files_named(folder: Path, manifest: str) -> dict[str, str]:
    """The files that a manifest names, with their SHA-256."""
    return {
        file["name"]: file["sha256"]
        for file in json.loads((folder / manifest).read_bytes())["files"]
    }


def changed_files(folder: Path, named: Mapping[str, str]) -> tuple[str, ...]:
    """Those of the files named (with their SHA-256) that are gone or no longer what they were."""
    return tuple(
        name
        for name, sha256 in named.items()
        if not (folder / name).is_file()
        or hashlib.sha256((folder / name).read_bytes()).hexdigest() != sha256
    )


def _suffix(edition: int) -> str:
    return "" if edition == 1 else f"_r{edition}"
