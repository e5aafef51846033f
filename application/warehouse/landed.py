"""What lies on each civil day of landing, as digests that say whether a day must be derived again.

Landing files are immutable, so what one holds is asked once and kept, in this process and beside the home's build
state; only new files are read. A digest is a count and a sum of hashes, so those of a day's files add up to the day's.
The sums are DuckDB's own hashes: kept ones count only for the version that made them.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

from application.warehouse.reading import asked, in_memory
from compliance.ground import durable
from telephony_ingest.exchange import DATASETS
from telephony_ingest.landing.rejects import REJECTS

TIME_OF_ROW: Mapping[str, tuple[str, str]] = {
    **{name: (dataset.time_column, "row_key") for name, dataset in DATASETS.items()},
    REJECTS.name: (REJECTS.time_column, "line_hmac"),
}
"""The columns of each landing dataset that say on which day a row happened, and which row it is."""
READ_BY_DAY = ("queue_log", "cdr", "cel", "manager_events", "recordings")
"""The datasets of which a build of some days reads nothing but those days."""
_INQUIRIES = ("inquired_at", "row_key")
_EARLY = 6
"""Until this hour the calls of the day before have ended."""

_Sums: TypeAlias = tuple[int, int, int, int]
"""Rows of a day and the sum of their hashes; the same of those before six in the morning."""
_DaysOfFile: TypeAlias = dict[date, _Sums]


@dataclass(frozen=True, slots=True)
class LandedDay:
    """Digests of the rows of one civil day: of all of them, and of those before six in the morning."""

    whole: str
    early: str


@dataclass(frozen=True, slots=True)
class _File:
    """A landing file as it was when it was asked: a name that came to hold something else is another file."""

    name: str
    size: int
    changed_ns: int


_KNOWN: dict[Path, dict[_File, _DaysOfFile]] = {}
"""What the files of each landing hold, as this process has asked."""


def landed_days(
    landing: Path, inquiries: Path | None = None, kept: Path | None = None
) -> dict[date, LandedDay]:
    """What lies on each civil day, over every landing dataset and the table of inquiries. `kept` is where an earlier
    process left what it had asked (`keep_landed`)."""
    known = _KNOWN.get(landing)
    if known is None:
        known = {} if kept is None else _read(kept)
    held: dict[_File, _DaysOfFile] = {}
    for kind, columns in TIME_OF_ROW.items():
        files = _files(landing / kind, landing)
        new = {landing / file.name: file for file in files if file not in known}
        held |= {file: known[file] for file in files if file in known}
        held |= {new[path]: days for path, days in _ask(new, *columns).items()}
    _KNOWN[landing] = held
    days = list(held.values())
    if inquiries is not None and inquiries.is_file():
        days += _ask([inquiries], *_INQUIRIES).values()
    return {day: _digests(sums) for day, sums in _added(days).items()}


def files_of_days(
    landing: Path, first: date, last: date, kept: Path | None = None
) -> dict[str, list[Path]]:
    """The files of each log and of recordings that hold a row of those civil days, both included, with the empty one that
    gives their types."""
    landed_days(landing, None, kept)  # files that came meanwhile are seen
    files = {kind: [landing / kind / "empty.parquet"] for kind in READ_BY_DAY}
    for file, days in _KNOWN.get(landing, {}).items():
        kind, _, name = file.name.partition("/")
        if kind in files and name != "empty.parquet" and any(first <= day <= last for day in days):
            files[kind].append(landing / file.name)
    return files


def rows_of(landing: Path, kind: str, kept: Path | None = None) -> tuple[int, list[Path]]:
    """How many rows of a dataset lie in landing, and the files that hold its latest day's."""
    landed_days(landing, None, kept)
    files = {
        landing / file.name: days
        for file, days in _KNOWN.get(landing, {}).items()
        if file.name.startswith(f"{kind}/") and days
    }
    latest = max((max(days) for days in files.values()), default=None)
    count = sum(rows for days in files.values() for rows, *_ in days.values())
    return count, [path for path, days in files.items() if latest in days]


def keep_landed(landing: Path, kept: Path) -> None:
    """Leave what is known of that landing for the next process."""
    value = {
        "duckdb": _version(),
        "files": [
            [file.name, file.size, file.changed_ns, {str(day): sums for day, sums in days.items()}]
            for file, days in _KNOWN.get(landing, {}).items()
        ],
    }
    durable.write_durably(kept, json.dumps(value, separators=(",", ":")).encode())


def _files(folder: Path, landing: Path) -> list[_File]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        found = [
            (entry.name, entry.stat())
            for entry in entries
            if entry.name.endswith(".parquet") and not entry.name.startswith(".")
        ]
    within = folder.relative_to(landing).as_posix()
    return [
        _File(f"{within}/{name}", stat.st_size, stat.st_mtime_ns) for name, stat in sorted(found)
    ]


def _read(kept: Path) -> dict[_File, _DaysOfFile]:
    """What was kept; nothing where it is another version's, or no text of ours."""
    try:
        value = json.loads(kept.read_bytes())
        if value["duckdb"] != _version():
            return {}
        return {
            _File(name, size, changed_ns): {
                date.fromisoformat(day): (a, b, c, d) for day, (a, b, c, d) in days.items()
            }
            for name, size, changed_ns, days in value["files"]
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _version() -> str:
    import duckdb

    return str(duckdb.__version__)


def _ask(paths: Iterable[Path], column: str, row: str) -> dict[Path, _DaysOfFile]:
    """What each of those files holds, in one pass over them."""
    held: dict[Path, _DaysOfFile] = {path: {} for path in paths}
    if not held:
        return held
    with in_memory() as connection:
        rows = asked(
            connection,
            "select filename, moment::date, count(*), sum(hash(row_key)), count(*) filter (hour(moment) < $1), "
            "coalesce(sum(hash(row_key)) filter (hour(moment) < $1), 0) "
            f"from (select filename, timezone('Asia/Tokyo', {column}) as moment, {row} as row_key "
            "from read_parquet($2, filename = true)) where moment is not null group by 1, 2",
            [_EARLY, [str(path) for path in held]],
        )
    for name, day, *sums in rows:
        held[Path(name)][day] = (int(sums[0]), int(sums[1]), int(sums[2]), int(sums[3]))
    return held


def _added(held: Iterable[_DaysOfFile]) -> dict[date, list[int]]:
    days: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for of_file in held:
        for day, sums in of_file.items():
            total = days[day]
            for n, value in enumerate(sums):
                total[n] += value
    return days


def _digests(sums: list[int]) -> LandedDay:
    rows, whole, early_rows, early = sums
    return LandedDay(f"{rows}-{whole}", f"{early_rows}-{early}" if early_rows else "")
