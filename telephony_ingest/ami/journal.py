"""What an exchange told of channels is written down as it comes, a file for each connection, until it has landed.

A line is written whole by one write, so that whoever is killed leaves a file that ends with a line or with a part of one that
is never read. A line that cannot be written ends the connection's part: what follows is another connection's, so that no gap
stands where none is told. Landing reads the files as it reads any log.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telephony_ingest.ami.blocks import ManagerBlock
from telephony_ingest.ami.floor import moment_with_fraction
from telephony_ingest.asterisk.manager_events import DIAL_STATUSES, EVENTS, PATTERN
from telephony_ingest.asterisk.uniqueids import kept_uniqueid
from telephony_ingest.landing.names import Names

WRITTEN = frozenset(EVENTS)
"""The events that are written down."""
_FILE_LASTS = timedelta(hours=24)
LANDED_AFTER = timedelta(days=3)
"""A file that was not written to for so long is written to no more."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ManagerJournal:
    """Lines of one connection after the other below `folder`. `names` is asked for at each connection: null where the key of
    names is away, and then nothing is written. `tell` hears what keeps it from writing."""

    def __init__(
        self,
        folder: Path,
        names: Callable[[], Names | None],
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._folder, self._ask, self._tell = folder, names, tell
        self._names: Names | None = None
        self._file: int | None = None
        self._file_began = _EPOCH
        self._connection, self._sequence = "", 0

    def begin(self) -> None:
        """A connection was let in: from here on nothing is missed."""
        self.end()
        self._names = self._ask()
        self._connection, self._sequence = secrets.token_hex(16), 0

    def end(self) -> None:
        """The connection is gone."""
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
        self._file, self._connection = None, ""

    def take(self, block: ManagerBlock, received_at: datetime) -> None:
        """An event of the connection, at its own `Timestamp` where the exchange writes one."""
        if self._names is None or not self._connection or block.event not in EVENTS:
            return
        at = moment_with_fraction(block.get("Timestamp")) or received_at
        line = _line(block, at, self._names)
        if line is None:
            return
        try:
            self._write(f"{self._connection}|{self._sequence + 1}|{line}\n".encode(), received_at)
        except OSError as error:
            self._tell(
                f"what it tells of holds cannot be written ({error.strerror or type(error).__name__})"
            )
            self.end()
            self._connection, self._sequence = secrets.token_hex(16), 0
        else:
            self._sequence += 1

    def _write(self, line: bytes, at: datetime) -> None:
        if self._file is not None and not timedelta(0) <= at - self._file_began < _FILE_LASTS:
            os.close(self._file)
            self._file = None
        if self._file is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            name = f"{at:%Y%m%dT%H%M%S}-{self._connection}-{self._sequence + 1:09d}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self._folder / PATTERN.replace("*", name), flags, 0o600)
            self._file_began = at
        if os.write(self._file, line) != len(line):
            raise OSError("a part of a line was written")


def _line(block: ManagerBlock, at: datetime, names: Names) -> str | None:
    """What is written of an event behind its place; null where it names no channel."""
    prefix = "Dest" if block.event.startswith("Dial") else ""
    one = kept_uniqueid(block.get(f"{prefix}Uniqueid"), names)
    linked = kept_uniqueid(block.get(f"{prefix}Linkedid"), names) or one
    if one is None:
        return None
    other = kept_uniqueid(block.get("Uniqueid"), names) if prefix else None
    status = block.get("DialStatus")
    microseconds = (at - _EPOCH) // timedelta(microseconds=1)
    return "|".join((
        str(microseconds), EVENTS[block.event], one, linked or one, other or "",
        status if status in DIAL_STATUSES else "",
    ))  # fmt: skip


def sweep(folder: Path, now: datetime) -> int:
    """Remove files that have landed whole and that nobody writes to any more; how many."""
    gone = 0
    for path in folder.glob(PATTERN):
        if now.timestamp() - path.stat().st_mtime > LANDED_AFTER.total_seconds():
            path.unlink()
            gone += 1
    return gone
