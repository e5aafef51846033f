"""How far each source was landed, and which source a file is.

The landing files themselves say it: source and byte range are their names, the key of the bytes before
the end is a note within. So there is no moment at which rows and cursor differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from telephony_ingest.landing import sources
from telephony_ingest.landing.pseudonyms import Pseudonyms
from telephony_ingest.landing.sources import Landed

_NAME = re.compile(r"([0-9a-f]{32})-(\d{12})-(\d{12})")


class Ranges:
    """How far each source was landed, from the files' names; their notes are read for a source that is asked about."""

    def __init__(self, folder: Path) -> None:
        self._ends: dict[str, tuple[int, Path]] = {}
        self._known: dict[str, Landed] = {}
        for path in folder.glob("*-*-*.parquet"):
            if named := _NAME.fullmatch(path.stem):
                identity, end = named[1], int(named[3])
                if end >= self._ends.get(identity, (-1, path))[0]:
                    self._ends[identity] = (end, path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ends.keys() | self._known.keys())

    def of(self, identity: str) -> Landed | None:
        """How far that source was landed; null where nothing of it was."""
        if identity not in self._known and identity in self._ends:
            self._known[identity] = _landed(*self._ends[identity])
        return self._known.get(identity)

    def move(self, identity: str, landed: Landed) -> None:
        """It was landed further just now."""
        self._known[identity] = landed


def landed_ranges(folder: Path) -> dict[str, Landed]:
    """How far every source was landed."""
    ranges = Ranges(folder)
    return {identity: landed for identity in ranges if (landed := ranges.of(identity))}


def _landed(end: int, path: Path) -> Landed:
    import pyarrow.parquet as pq

    found = pq.read_metadata(path)
    notes = found.metadata or {}
    has_rows = found.num_rows > 0 or any(
        pq.read_metadata(other).num_rows
        for other in path.parent.glob(f"{path.name.split('-', 1)[0]}-*.parquet")
    )
    end_line, tail = int(notes.get(b"end_line", b"0")), notes.get(b"tail", b"").decode()
    return Landed(end, end_line, tail, has_rows)


def identify(
    pseudonyms: Pseudonyms, kind: str, index: Ranges, head: bytes, file: BinaryIO
) -> tuple[str, Landed | None]:
    """Which source this file is, and how far it was landed; null where it ends before that."""
    ordinal = 1
    while True:
        identity = sources.source_id(pseudonyms, kind, head, ordinal)
        landed = index.of(identity)
        if landed is None:
            return identity, Landed(0, 0, "")
        tail = sources.tail_key(pseudonyms, file, landed.end_offset)
        if tail is None:
            return identity, None
        if tail == landed.tail:
            return identity, landed
        ordinal += 1
