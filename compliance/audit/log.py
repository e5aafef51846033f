"""The audit log of a home: appended to, checkpointed, never rewritten (別紙1-5(6), 別紙2-10).

What happened is written into `audit_outbox` by the transaction that did it; `drain` moves those entries into
`audit/log.jsonl` in their order. An entry is taken out of the outbox only when its line is durable; one that a
crash left in both places is recognised by its id, since a drain never begins before the last one's entries
have left the outbox. `checkpoint` signs the log's size and root; every signed checkpoint is kept.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, delete, select

from compliance.audit import leaf_worker
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.line import MEMBERS, line_of, read_line
from compliance.audit.tree import Frontier, leaf_hashes
from compliance.errors import LogDamaged
from compliance.ground import durable
from compliance.ground.acts import Action, Entry, ObjectKind, Purpose, Result, Via, audit_outbox
from compliance.ground.home import Home
from compliance.keys.chain import KeyChain

BATCH = 1000
"""How many entries one drain appends at once; as many last lines are compared with the next batch."""
KEY_FILE = "audit_log.pem"
_READ = 1 << 23
_LARGE = 1 << 25


@dataclass(frozen=True, slots=True)
class AuditFolder:
    """The places of a log; `root` is the home's `audit/` or a copy of it."""

    root: Path

    @property
    def log(self) -> Path:
        """Every entry, a line each."""
        return self.root / "log.jsonl"

    def checkpoints(self) -> list[Path]:
        """The signed checkpoints, the smallest first."""
        return sorted((self.root / "checkpoints").glob("[0-9]*.txt"))

    def key_files(self) -> list[Path]:
        """The public keys that signed, the first first."""
        return sorted((self.root / "keys").glob("[0-9]*.pem"))

    def ends_with_an_entry(self) -> bool:
        """Whether the log's last line is a whole one."""
        with self.log.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def lines(self) -> Iterator[list[bytes]]:
        """The log's lines in large pieces. A last line without newline, which nobody was promised, is left
        out."""
        if not self.log.exists():
            return
        with self.log.open("rb") as file:
            rest = b""
            while piece := file.read(_READ):
                *whole, rest = (rest + piece).split(b"\n")
                yield whole

    def leaves(self) -> Iterator[list[bytes]]:
        """The leaf hashes of every whole line, in order, in large pieces; those of a large log are hashed
        beside this process."""
        if not self.log.exists() or self.log.stat().st_size < _LARGE:
            yield from map(leaf_hashes, self.lines())
            return
        command = [sys.executable, "-I", "-S", leaf_worker.__file__, str(self.log)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as worker:  # noqa: S603
            assert worker.stdout is not None  # noqa: S101 - it was asked for
            while count := worker.stdout.read(8):
                whole = worker.stdout.read(32 * int.from_bytes(count, "big"))
                yield [whole[at : at + 32] for at in range(0, len(whole), 32)]
        if worker.returncode != 0:
            raise LogDamaged(f"The audit log {self.log} cannot be read to its end.")

    def lines_from(self, index: int) -> Iterator[bytes]:
        """The whole lines from one entry on."""
        if self.log.exists():
            with self.log.open("rb") as file:
                for line in islice(file, index, None):
                    if line.endswith(b"\n"):
                        yield line[:-1]


class AuditLog:
    """The log of one home, for whoever writes it."""

    def __init__(self, home: Home) -> None:
        self._folder = AuditFolder(home.audit)
        self._keys = home.keys

    @property
    def folder(self) -> AuditFolder:
        """Its places."""
        return self._folder

    def drain(self, engine: Engine) -> int:
        """Move every entry of the outbox into the log; returns how many were there.

        Raises:
            OSError: the disk is full or fails; what was not moved stays in the outbox.
        """
        moved = 0
        with durable.AppendedFile(self._folder.log) as file:
            while True:
                with file.held():
                    count = _drain_batch(engine, file)
                moved += count
                if count < BATCH:
                    return moved

    def checkpoint(self) -> Checkpoint:
        """Sign what the log is now; a checkpoint that is there already is not signed again.

        Raises:
            KeyUnavailable: the signing key is missing though the log was signed before.
            LogDamaged: the log is shorter than, or another than, what was signed last.
        """
        grown, last = Frontier(), self._last()
        if last is not None and last.size == 0:
            last = None  # nothing to agree with
        for leaves in self._folder.leaves():
            if last is not None and grown.size < last.size <= grown.size + len(leaves):
                split = last.size - grown.size
                grown.extend(leaves[:split])
                if grown.root() != last.root:
                    raise LogDamaged(_NOT_THE_SIGNED)
                grown.extend(leaves[split:])
            else:
                grown.extend(leaves)
        if last is not None and grown.size < last.size:
            raise LogDamaged(_NOT_THE_SIGNED)
        found = Checkpoint(grown.size, grown.root())
        path = self._path_of(found)
        if not path.exists():
            durable.write_durably(path, found.signed(self.keys.signing_key()))
        return found

    @property
    def keys(self) -> KeyChain:
        """The chain of keys that sign checkpoints."""
        return KeyChain(self._folder.root / "keys", self._keys / KEY_FILE, "the audit log")

    def _path_of(self, checkpoint: Checkpoint) -> Path:
        folder = self._folder.root / "checkpoints"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{checkpoint.size:012d}.txt"

    def _last(self) -> Checkpoint | None:
        """The newest checkpoint by its text; whether it is rightly signed is for `verify` to say."""
        paths = self._folder.checkpoints()
        if not paths:
            return None
        from compliance.audit.checkpoint import read_shown

        try:
            _, size, root, *_ = paths[-1].read_text("utf-8").split("\n")
        except ValueError as error:
            raise LogDamaged(f"The checkpoint {paths[-1].name} is no signed checkpoint.") from error
        return read_shown(f"{size}:{root}")


_NOT_THE_SIGNED = (
    "The audit log is not what its last signed checkpoint says: nothing is signed on top of it. Run "
    "`madoguchi audit verify`, which names what is wrong, and restore the folder audit/ from its backup."
)


def _drain_batch(engine: Engine, file: durable.AppendedFile) -> int:
    with engine.begin() as connection:
        rows = connection.execute(
            select(audit_outbox).order_by(audit_outbox.c.seq).limit(BATCH)
        ).fetchall()
        if not rows:
            return 0
        known = {read_line(line)["id"] for line in file.tail(BATCH)}
        fresh = [_line(row) for row in rows if entry_key(row) not in known]
        if fresh:
            file.append_held(b"".join(line + b"\n" for line in fresh))
        connection.execute(
            delete(audit_outbox).where(audit_outbox.c.seq.in_([row.seq for row in rows]))
        )
        return len(rows)


def entry_key(row: Row[Any]) -> str:
    """The entry's id; entries from before there were ids are known by their place in the outbox."""
    return row.entry_id or f"{row.seq:032x}"


def _line(row: Row[Any]) -> bytes:
    entry = Entry(
        at=row.at,
        actor=row.actor,
        action=Action(row.action),
        object_kind=ObjectKind(row.object_kind),
        object_id=row.object_id,
        purpose=Purpose(row.purpose),
        result=Result(row.result),
        proof=row.proof,
        via=Via(row.via),
    )
    return line_of(entry_key(row), entry)


def entries(folder: AuditFolder, *, last: int | None = None) -> Sequence[dict[str, str]]:
    """The entries of a log in order, or only its last ones, with their `index`.

    Raises:
        LogDamaged: a line is no entry.
    """
    whole = [line for lines in folder.lines() for line in lines]
    first = 0 if last is None else max(0, len(whole) - last)
    return [
        {"index": str(index), **read_line(line)}
        for index, line in islice(enumerate(whole), first, None)
    ]


__all__ = ["BATCH", "MEMBERS", "AuditFolder", "AuditLog", "entries", "entry_key"]
