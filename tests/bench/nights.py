"""What a night costs that finds many landing files: telling what lies on each day, and a build of one day.

The rows stay the same; they lie in more and more files, as an ingest every five minutes leaves them until they are merged.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from compliance.ground.home import Home
from orchestration.warehouse import landed
from orchestration.warehouse.landed import keep_landed, landed_days
from telephony_ingest.asterisk.datasets import SourceKind
from tests.bench.model import _apart, home_of

FULL = (100, 5_000, 20_000)
QUICK = (100, 1_000)
CALLS = 7_000


def nights(counts: Sequence[int] = FULL) -> dict[str, dict[str, float]]:
    """For each number of landing files: seconds to ask what lies on each day for the first time, to ask again in a
    new process, and to build one day; all but the first against those with the fewest files."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        root, day = home_of(Path(folder), CALLS)
        home = Home.at(root)
        _apart("build", root)
        for count in counts:
            _cut(home.landing, count)
            home.landed.unlink(missing_ok=True)
            found[f"a night with {count:,} landing files"] = _night(home, root, day)
    least = found[next(iter(found))]["our_seconds"]
    for values in found.values():
        ratio = round(values["our_seconds"] / least, 2)
        values.update(ratio=ratio, lowest=ratio, highest=ratio)
    return found


def _night(home: Home, root: Path, day: date) -> dict[str, float]:
    landed._KNOWN.clear()
    first = _seconds(home)
    keep_landed(home.landing, home.landed)
    landed._KNOWN.clear()
    again = _seconds(home)
    build = _apart("build", root, day)["wall"]
    return {
        "asked_first_seconds": round(first, 2),
        "asked_again_seconds": round(again, 2),
        "build_seconds": round(build, 2),
        "our_seconds": round(again + build, 2),
    }


def _seconds(home: Home) -> float:
    began = time.perf_counter()
    landed_days(home.landing, None, home.landed)
    return time.perf_counter() - began


def _cut(landing: Path, count: int) -> None:
    """The rows of queue_log in so many files, in their order."""
    folder = landing / SourceKind.QUEUE_LOG
    old = [path for path in folder.glob("*.parquet") if path.name != "empty.parquet"]
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            "create table rows as select *, row_number() over (order by event_at, byte_offset) as place "
            f"from read_parquet({json.dumps([str(path) for path in old])})"
        )
        (rows,) = connection.execute("select count(*) from rows").fetchone() or (0,)
        step = max(1, rows // count)
        for number in range(count):
            connection.execute(
                f"copy (select * exclude (place) from rows where place > {number * step} "
                f"and place <= {rows if number == count - 1 else (number + 1) * step}) "
                f"to '{folder}/cut-{count}-{number:06d}.parquet' (format parquet)"
            )
    for path in old:
        path.unlink()
