"""The model's speed and memory at volume, against one group-by pass over the same landing; and how both grow.

One dense day is stamped, landed, and laid on seventy open days of the contract, every call another: ids, callers, keys. Each
measurement is a process of its own, so that its peak memory is its own.

`python -m tests.bench.model [--quick] [CALLS …]` measures the model alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from application.home.run_report import Journal
from application.home.session import open_workplace, read_settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.home import Home
from simulation.exchange.scale import write_scaled
from telephony_ingest.asterisk.datasets import SourceKind
from tests.homes import ROOT
from tests.telephony_ingest.desks import Ingest

FULL = (200_000, 1_000_000)
QUICK = (14_000, 70_000)
DAYS = 70
ROUNDS = 3
AS_OF = datetime(2024, 3, 5, tzinfo=UTC)
_ID = "{0} is null or {0} = '' or n = 0 then {0} else (split_part({0}, '.', 1)::bigint + n * 86400) || '.' || split_part({0}, '.', 2)"
_STAMPED = {
    SourceKind.QUEUE_LOG: (("call_uniqueid", "operator_uniqueid"), ("row_key", "caller_pseudonym", "bridge_id"), ("event_at",)),
    SourceKind.CDR: (("uniqueid", "linkedid"), ("caller_pseudonym", "dst_pseudonym"), ("start_at", "answer_at", "end_at")),
    SourceKind.CEL: (
        ("uniqueid", "linkedid", "transferee_uniqueid"), ("row_key", "caller_pseudonym", "exten_pseudonym", "bridge_id"), ("event_at",)
    ),
}  # fmt: skip
"""Of each log: ids of channels, texts that must be another's, and times; all of them move with the day."""
_TIME = {SourceKind.QUEUE_LOG: "event_at", SourceKind.CDR: "start_at", SourceKind.CEL: "event_at"}


def model(sizes: Sequence[int] = FULL, rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """For each number of calls: a full build and one day's, in seconds, CPU seconds and MiB, beside the group-by pass."""
    found: dict[str, dict[str, float]] = {}
    seconds: dict[int, float] = {}
    for calls in sizes:
        with tempfile.TemporaryDirectory() as folder:
            home, opened = home_of(Path(folder), calls)
            day = opened[DAYS // 2]
            _apart("group", home)  # the files into the page cache
            groups = [_apart("group", home) for _ in range(rounds)]
            wholes = [_apart("build", home) for _ in range(1 if calls > 500_000 else rounds)]
            parts = [_apart("build", home, day) for _ in range(rounds)]
        group, whole, part = (
            {name: statistics.median(one[name] for one in many) for name in many[0]}
            for many in (groups, wholes, parts)
        )
        seconds[calls] = whole["cpu"]
        found[f"full build of {calls:,} : group-by"] = {
            "ratio": round(whole["wall"] / group["wall"], 1),
            "lowest": round(min(one["wall"] for one in wholes) / group["wall"], 1),
            "highest": round(max(one["wall"] for one in wholes) / group["wall"], 1),
            "cpu_ratio": round(whole["cpu"] / group["cpu"], 1),
            "our_seconds": round(whole["wall"], 1),
            "our_cpu_seconds": round(whole["cpu"], 1),
            "our_mebibytes": round(whole["mebibytes"]),
        }
        found[f"one day of {calls:,} : full build"] = {
            "ratio": round(part["wall"] / whole["wall"], 3),
            "lowest": round(min(one["wall"] for one in parts) / whole["wall"], 3),
            "highest": round(max(one["wall"] for one in parts) / whole["wall"], 3),
            "our_seconds": round(part["wall"], 1),
            "our_cpu_seconds": round(part["cpu"], 1),
            "our_mebibytes": round(part["mebibytes"]),
        }
    if len(sizes) > 1:
        few, many = min(sizes), max(sizes)
        exponent = math.log(seconds[many] / seconds[few]) / math.log(many / few)
        found["growth exponent of a full build"] = dict.fromkeys(
            ("ratio", "lowest", "highest"), round(exponent, 2)
        )
    return found


def home_of(
    folder: Path, calls: int, days: int = DAYS, config: Path | None = None, as_of: datetime = AS_OF
) -> tuple[Path, list[date]]:
    """A home whose landing holds so many calls on so many open days, and these days."""
    settings = read_settings(config, folder / "home", environment={})
    with open_workplace(settings, as_of=as_of, journal=Journal()) as workplace:
        home, calendar = workplace.home, BusinessCalendar(settings.contract)
    first = settings.contract.period.start_date
    every = (first + timedelta(days=n) for n in range((calendar.last_day - first).days + 1))
    opened = [day for day in every if calendar.is_business_day(day)][:days]
    write_scaled(folder / "pbx", calls // days, calls_per_day=calls // days, first_day=first)
    for kind in SourceKind:
        others = {"cdr_classic": ""} if kind is SourceKind.CDR else {}
        Ingest(folder / "pbx", folder / "day", {"sources": others}).land(kind)
        target = home.landing / kind
        target.mkdir(parents=True, exist_ok=True)
        for path in (folder / "day" / kind).glob("*.parquet"):
            if kind not in _STAMPED or path.name == "empty.parquet":
                path.rename(target / path.name)
        if kind in _STAMPED:
            _lay(kind, folder / "day" / kind, target, [(day - first).days for day in opened])
    (home.landing / "rejects").mkdir(exist_ok=True)
    (folder / "day" / "rejects" / "empty.parquet").rename(
        home.landing / "rejects" / "empty.parquet"
    )
    return home.root, opened


def name_of(kind: SourceKind, number: int) -> str:
    """The name of a landing file: each day is a source of its own."""
    return (
        f"{hashlib.sha256(f'{kind} {number}'.encode()).hexdigest()[:32]}-{0:012d}-{1:012d}.parquet"
    )


def _lay(kind: SourceKind, day: Path, target: Path, shifts: Sequence[int]) -> None:
    """One file per day: the template's rows, so many days later, as other calls."""
    ids, texts, times = _STAMPED[kind]
    made = [f"case when {_ID.format(column)} end as {column}" for column in ids]
    made += [
        f"case when n = 0 then {column} else md5({column} || n) end as {column}" for column in texts
    ]
    made += [f"{column} + to_days(n) as {column}" for column in times]
    if kind is SourceKind.CDR:
        made.append("md5(row_key || n) as row_key")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for number, shift in enumerate(shifts):
            replaced = ", ".join([*made, f"md5(source_id || {number}) as source_id"]).replace(
                "n * 86400", f"{shift} * 86400"
            )
            replaced = (
                replaced.replace("n = 0", f"{number} = 0")
                .replace("|| n)", f"|| {number})")
                .replace("to_days(n)", f"to_days({shift})")
            )
            connection.execute(
                f"copy (select * replace ({replaced}) from read_parquet('{day}/*.parquet') order by {_TIME[kind]}) "
                f"to '{target}/{name_of(kind, number)}' (format parquet, compression zstd, kv_metadata {{end_line: '0', tail: ''}})"
            )


def _apart(what: str, home: Path, *days: date) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.model", what, str(home), *map(str, days)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=1800,
    )  # fmt: skip
    values: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return values


def _group(home: Home) -> None:
    """What anybody would do first: per call of each log, its first and last moment and how many rows it has."""
    keys = {
        SourceKind.QUEUE_LOG: "call_uniqueid",
        SourceKind.CDR: "linkedid",
        SourceKind.CEL: "linkedid",
    }
    with duckdb.connect() as connection:
        for kind, key in keys.items():
            time_of = _TIME[kind]
            connection.execute(
                f"create temp table {kind} as select {key}, min({time_of}), max({time_of}), count(*) "
                f"from read_parquet('{home.landing}/{kind}/*.parquet') group by {key}"
            )


def _warm_up(home: Home, day: date | None) -> None:
    """What a process imports and reads once is no part of a build; nor is what earlier nights asked and kept."""
    from application.warehouse.build import build
    from application.warehouse.landed import keep_landed, landed_days

    if day is not None:
        landed_days(home.landing, None, home.landed)
        keep_landed(home.landing, home.landed)

    days = {"from_date": "2023-01-01", "to_date": "2023-01-01"}
    build(home, {"as_of": AS_OF.isoformat(), **days}, select="stg_pbx__messages")


def _build(home: Home, day: date | None) -> None:
    from application.warehouse.build import build
    from application.warehouse.landed import files_of_days

    named = None
    if day is None:
        home.warehouse.unlink(missing_ok=True)
    else:
        named = files_of_days(home.landing, day, day + timedelta(days=1), home.landed)
    bound = None if day is None else day.isoformat()
    build(
        home,
        {"as_of": AS_OF.isoformat(), "from_date": bound, "to_date": bound},
        exclude=None if day is None else "tag:weekly tag:monthly",
        files=named,
    )


def _one(what: str, home: Home, day: date | None) -> None:
    if what == "build":
        _warm_up(home, day)
    began, cpu = time.perf_counter(), time.process_time()
    _group(home) if what == "group" else _build(home, day)
    values = {
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(values) + "\n")


def main() -> None:
    if sys.argv[1:2] in (["group"], ["build"]):
        day = date.fromisoformat(sys.argv[3]) if len(sys.argv) > 3 else None
        _one(sys.argv[1], Home.at(Path(sys.argv[2])), day)
        return
    parser = argparse.ArgumentParser(prog="python -m tests.bench.model", description=__doc__)
    parser.add_argument("calls", type=int, nargs="*", help=f"a multiple of {DAYS} each")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    given = parser.parse_args()
    sizes = given.calls or (QUICK if given.quick else FULL)
    for name, values in model(sizes, 1 if given.quick else ROUNDS).items():
        shown = ", ".join(f"{key} {value:,}" for key, value in values.items())
        sys.stdout.write(f"{name:34} {shown}\n")


if __name__ == "__main__":
    main()
