"""Many small landing files become one: the same rows, under the same lineage, read by the same names.

An ingest every five minutes leaves over a hundred files a day and kind, and whoever reads a kind opens them all. Once a
folder holds `FEWEST` small ones they are merged: those of one log whose ranges follow on each other, and those of objects
(recordings, messages), whose file says by its name what it holds. A merged file says of its source what its parts said:
its range runs from the first one's beginning to the last one's end, its notes are the last one's.

Crash-safe by a note that says what becomes what: written before the merged file gets its name, removed after the parts are
gone. `settle` finishes, or forgets, what a killed process left; it is asked before anything is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from telephony_ingest.errors import LandingUnwritable
from telephony_ingest.landing.session import LandingSession, quoted

FEWEST = 64
"""So many small files are worth a merge."""
SMALL_BYTES = 1 << 20
"""Files of this size stay as they are: each row is written anew a few times at most."""
NOTE = "compacting.json"
_NAME = re.compile(r"([0-9a-f]{32})-(\d{12})-(\d{12})\.parquet")


@dataclass(frozen=True, slots=True)
class _Part:
    """A landing file by its name: a log's source and byte range, or objects and their number (from zero)."""

    path: Path
    identity: str
    start: int
    end: int


def settle(folder: Path) -> None:
    """Finish a merge that was cut short after its file had its name; forget one that was not so far."""
    note = folder / NOTE
    if not note.exists():
        return
    try:
        said = json.loads(note.read_bytes())
        result, parts = str(said["result"]), [str(name) for name in said["parts"]]
    except (ValueError, KeyError, TypeError):
        note.unlink()  # half a note: nothing was merged yet
        return
    if (folder / result).exists():
        for name in parts:
            if _NAME.fullmatch(name) and name != result:
                (folder / name).unlink(missing_ok=True)
    note.unlink()


def compacted(session: LandingSession, kind: str, *, is_of_objects: bool) -> int:
    """Merge the small files of a kind where there are many; how many files fewer there are.

    A disk that cannot take the merged file leaves the parts as they are, and the ingest goes on: this is housekeeping, which
    the next one tries again.
    """
    folder = session.landing / kind
    small = sorted(
        (part for part in _parts(folder) if part.path.stat().st_size < SMALL_BYTES),
        key=lambda part: (part.identity, part.start, part.end),
    )
    if len(small) < FEWEST:
        return 0
    if is_of_objects:
        return _merge(session, small, _name_of_objects(session, small), "source_id", {})
    fewer = 0
    for parts in _runs(small):
        name = f"{parts[0].identity}-{parts[0].start:012d}-{parts[-1].end:012d}.parquet"
        fewer += _merge(session, parts, name, "byte_offset", _notes(parts[-1].path))
    return fewer


def covers(folder: Path, name: str) -> bool:
    """Whether the rows of a log's file of that name are there, in that file or in one that it became a part of."""
    if (folder / name).exists():
        return True
    if not (asked := _NAME.fullmatch(name)):
        return False
    start, end = int(asked[2]), int(asked[3])
    return any(
        part.start <= start and end <= part.end for part in _parts(folder, f"{asked[1]}-*.parquet")
    )


def _parts(folder: Path, pattern: str = "*.parquet") -> Iterator[_Part]:
    for path in folder.glob(pattern):
        if named := _NAME.fullmatch(path.name):
            yield _Part(path, named[1], int(named[2]), int(named[3]))


def _runs(small: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Files of one source whose ranges follow on each other, at least two together."""
    run: list[_Part] = []
    for part in small:
        if run and not (part.identity == run[-1].identity and part.start == run[-1].end):
            if len(run) > 1:
                yield run
            run = []
        run.append(part)
    if len(run) > 1:
        yield run


def _merge(
    session: LandingSession,
    parts: Sequence[_Part],
    name: str,
    order: str,
    notes: Mapping[str, str],
) -> int:
    folder = parts[0].path.parent
    files = ", ".join(f"'{quoted(str(part.path))}'" for part in parts)
    query = f"select * from read_parquet([{files}], union_by_name = true) order by {order}, row_key"
    note = json.dumps({"result": name, "parts": [part.path.name for part in parts]})
    try:
        session.durable.write_durably(folder / NOTE, note.encode())
        session.publish(query, folder / name, notes)
    except (OSError, LandingUnwritable):
        (folder / NOTE).unlink(missing_ok=True)
        return 0
    settle(folder)
    return len(parts) - 1


def _name_of_objects(session: LandingSession, parts: Sequence[_Part]) -> str:
    files = ", ".join(f"'{quoted(str(part.path))}'" for part in parts)
    ids = session.connection.execute(
        f"select source_id from read_parquet([{files}]) order by source_id"
    ).fetchall()
    identity = session.pseudonyms.line("|".join(str(one) for (one,) in ids).encode())
    return f"{identity}-{0:012d}-{len(ids):012d}.parquet"


def _notes(path: Path) -> dict[str, str]:
    """What landing noted in a file (its end line, the key of its last bytes)."""
    import pyarrow.parquet as pq

    kept = pq.read_metadata(path).metadata or {}
    return {
        name.decode(): quoted(value.decode())
        for name, value in kept.items()
        if not name.startswith(b"ARROW:")
    }
