"""How far each source was landed, and which source a file is.

The landing files themselves say it: source and byte range are their names, the key of the bytes before
the end is a note within. So there is no moment at which rows and cursor differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from telephony_ingest.landing import sources
from telephony_ingest.landing.pseudonyms import Pseudonyms
from telephony_ingest.landing.sources import Landed


def landed_ranges(folder: Path) -> dict[str, Landed]:
    """How far each source was landed, from the files themselves."""
    import pyarrow.parquet as pq

    last: dict[str, tuple[int, Path]] = {}
    for path in folder.glob("*-*-*.parquet"):
        if named := re.fullmatch(r"([0-9a-f]{32})-(\d{12})-(\d{12})", path.stem):
            identity, end = named[1], int(named[3])
            if end >= last.get(identity, (-1, path))[0]:
                last[identity] = (end, path)
    found = {}
    for identity, (end, path) in last.items():
        notes = pq.read_metadata(path).metadata or {}
        found[identity] = Landed(
            end, int(notes.get(b"end_line", b"0")), notes.get(b"tail", b"").decode()
        )
    return found


def identify(
    pseudonyms: Pseudonyms, kind: str, index: Mapping[str, Landed], head: bytes, file: BinaryIO
) -> tuple[str, Landed | None]:
    """Which source this file is, and how far it was landed; null where it ends before that."""
    ordinal = 1
    while True:
        identity = sources.source_id(pseudonyms, kind, head, ordinal)
        landed = index.get(identity)
        if landed is None:
            return identity, Landed(0, 0, "")
        tail = sources.tail_key(pseudonyms, file, landed.end_offset)
        if tail is None:
            return identity, None
        if tail == landed.tail:
            return identity, landed
        ordinal += 1
