"""What a night costs that finds many landing files: telling what lies on each day, and a build of one day.

The rows stay the same; they lie in more and more files, as an ingest every five minutes leaves them until they are merged.
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import duckdb

from application.home.run_report import Journal
from application.home.session import open_workplace, read_settings
from application.home.settings import Settings
from application.warehouse import landed
from application.warehouse.landed import keep_landed, landed_days
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from orchestration.command.run import run
from telephony_ingest.asterisk.datasets import SourceKind
from tests.bench.model import _apart, home_of, name_of
from tests.homes import ROOT

FULL = (100, 5_000, 20_000)
QUICK = (100, 1_000)
CALLS = 7_000


def nights(counts: Sequence[int] = FULL) -> dict[str, dict[str, float]]:
    """For each number of landing files: seconds to ask what lies on each day for the first time, to ask again in a
    new process, and to build one day; all but the first against those with the fewest files."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        root, opened = home_of(Path(folder), CALLS)
        home, day = Home.at(root), opened[len(opened) // 2]
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


def years(per_day: int = 100, days: Sequence[int] = (20, 1_200)) -> dict[str, dict[str, float]]:
    """A whole night (looking for news, questions, one day's build, Dagster and its pages) after a month and after five
    years of so many calls a day, each in a process of its own; a contract of five years that owes no paper."""
    found = {}
    for count in days:
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "contract.toml"
            config.write_text(
                _of_five_years((ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")),
                "utf-8",
            )
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.nights", str(config), str(per_day), str(count)],
                cwd=ROOT, capture_output=True, text=True, check=True, timeout=1800,
            )  # fmt: skip
            values = json.loads(done.stdout.splitlines()[-1])
        found[f"a night after {count:,} days of {per_day} calls"] = values
    least = found[next(iter(found))]["our_seconds"]
    for values in found.values():
        ratio = round(values["our_seconds"] / least, 2)
        values.update(ratio=ratio, lowest=ratio, highest=ratio)
    return found


def _of_five_years(contract: str) -> str:
    longer = re.sub(r"end_date = \S+", "end_date = 2028-11-19", contract, count=1)
    papers = longer.split("[[deliverables]]")
    last = "\n# " + papers[-1].split("\n# ", 1)[1]
    complaints = next(text for text in papers if 'kind = "complaints"' in text)
    return "[[deliverables]]".join([papers[0], complaints.split("\n# ", 1)[0]]) + last


def _live_nights(config: Path, per_day: int, count: int) -> dict[str, float]:
    """Lay the days, catch up with all but the last three, then live these nights; the median of them."""
    began = datetime.combine(date(2023, 11, 20), clock(3), TOKYO)
    root, opened = home_of(config.parent, per_day * count, count, config, began)
    home, late = Home.at(root), config.parent / "late"
    for kind in (SourceKind.QUEUE_LOG, SourceKind.CDR, SourceKind.CEL):
        (late / kind).mkdir(parents=True)
        for number in range(count - 3, count):
            (home.landing / kind / name_of(kind, number)).rename(
                late / kind / name_of(kind, number)
            )
    settings = read_settings(config, root, environment={})
    (Path(settings.pbx.root)).mkdir(exist_ok=True)
    _live(settings, opened[-4])
    seconds = []
    for number in range(count - 3, count):
        for kind in (SourceKind.QUEUE_LOG, SourceKind.CDR, SourceKind.CEL):
            (late / kind / name_of(kind, number)).rename(
                home.landing / kind / name_of(kind, number)
            )
        seconds.append(_live(settings, opened[number]))
    return {
        "our_seconds": round(statistics.median(seconds), 2),
        "highest_seconds": round(max(seconds), 2),
        "mebibytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _live(settings: Settings, day: date) -> float:
    """The night after that day."""
    moment = datetime.combine(day + timedelta(days=1), clock(0, 30), TOKYO)
    began = time.perf_counter()
    with open_workplace(settings, as_of=moment, journal=Journal()) as workplace:
        run(workplace)
        built = workplace.journal.days_built
    if not built:
        raise ValueError(f"nothing was built after {day}")
    return time.perf_counter() - began


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


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps(_live_nights(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))) + "\n"
    )
