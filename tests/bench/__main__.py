"""`make bench`: speed as ratios, measured side by side in one run.

Absolute times of a shared machine say little; each line sets our work against the plainest thing that
could do it, alternating the two, and gives the median ratio with its spread.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time as clock
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path

from application.home.run_report import Journal
from application.home.session import open_workplace, read_settings
from application.home.settings import Settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.japan import TOKYO
from orchestration.command.run import run
from reporting.weekly.pdf import render_pdf
from reporting.weekly.workbook import render_xlsx
from simulation.exchange.files import SimulatedPbx
from simulation.exchange.scale import CDR, write_scaled
from telephony_ingest.asterisk.layouts import CDR_REFERENCE
from tests.bench import audit_log, cold, desk, erasure, landing, model, nights, peers, ui, vault
from tests.homes import ROOT
from tests.reporting.reports import report

ROUNDS = 5
PRINTED = datetime(2023, 11, 26, 21, 0, tzinfo=UTC)


def seconds(work: Callable[[], object]) -> float:
    began = clock.perf_counter()
    work()
    return clock.perf_counter() - began


def side_by_side(ours: Callable[[], object], plain: Callable[[], object]) -> dict[str, float]:
    ours(), plain()
    pairs = [(seconds(ours), seconds(plain)) for _ in range(ROUNDS)]
    ratios = [a / b for a, b in pairs]
    return {
        "ratio": round(statistics.median(ratios), 2),
        "lowest": round(min(ratios), 2),
        "highest": round(max(ratios), 2),
        "our_seconds": round(statistics.median(a for a, _ in pairs), 3),
    }


def loading() -> dict[str, float]:
    """Definitions of the code location, against the bare imports that any such location pays."""

    def run(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

    return side_by_side(
        run("from orchestration.definitions import defs; defs.get_repository_def()"),
        run("import dagster, dagster_dbt"),
    )


def days(folder: Path) -> dict[str, float]:
    """Seconds that one morning of a simulated centre costs, after two for warming up: after a business day,
    after a closed one on which people called, after one without a row, and a Monday with its paper."""
    settings = read_settings(None, folder / "home", environment={})
    pbx = SimulatedPbx(settings.pbx.root)
    calendar = BusinessCalendar(settings.contract)
    found: dict[str, float] = {}
    day = settings.contract.period.start_date
    for name in ("warm-up", "warm-up", "business", "closed with calls", "business", "", "monday"):
        pbx.live(day, is_open=calendar.is_business_day(day))
        day += timedelta(days=1)
        found[name] = round(seconds(lambda: morning(settings, day)), 2)  # noqa: B023
    found["nothing new"] = round(seconds(lambda: morning(settings, day, hour=7)), 2)
    return {name: value for name, value in found.items() if name and name != "warm-up"}


def morning(settings: Settings, day: date, hour: int = 6) -> None:
    moment = datetime.combine(day, time(hour), TOKYO)
    with open_workplace(settings, as_of=moment, journal=Journal()) as workplace:
        run(workplace)


def papers() -> dict[str, float]:
    """The PDF of a small week, against its workbook."""
    week = report()
    return side_by_side(lambda: render_pdf(week, PRINTED), lambda: render_xlsx(week, PRINTED))


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """One line each: the ratio, its spread, and what stands beside it."""
    lines = []
    for name, values in found.items():
        shown = f"{values['ratio']:.2f} ({values['lowest']:.2f}–{values['highest']:.2f})"
        rest = ", ".join(
            f"{key} {value:,}"
            for key, value in values.items()
            if key not in {"ratio", "lowest", "highest"}
        )
        lines.append(f"{name:40} {shown:22} {rest}")
    return "\n".join(lines)


def everything(folder: Path, *, is_quick: bool) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Every measurement, each as soon as it is there."""
    landed = landing.landing(
        folder / "landing", landing.QUICK if is_quick else landing.FULL, 1 if is_quick else ROUNDS
    )
    for kind, values in landed.items():
        yield f"rows/s of {kind} : typed load", values
    yield from of_peers(
        folder / "peers", 20_000 if is_quick else 500_000, landed["cdr"]["rows_per_second"]
    )
    yield from model.model(
        model.QUICK if is_quick else model.FULL, 1 if is_quick else model.ROUNDS
    ).items()
    yield from nights.nights(nights.QUICK if is_quick else nights.FULL).items()
    yield "definitions : bare imports", loading()
    yield from cold.cold(folder / "cold", 2 if is_quick else ROUNDS).items()
    yield (
        "a short job, click to end : import dagster",
        ui.jobs(folder / "ui", 2 if is_quick else ROUNDS),
    )
    yield "PDF : workbook", papers()
    yield "audit entry : append, fdatasync", audit_log.single(folder, side_by_side)
    yield "a hundred entries at once : single", audit_log.grouped(folder, side_by_side)
    if not is_quick:
        yield "verify 1 M entries : hashlib loop", audit_log.verifying(folder, side_by_side)
        yield "shred 10,000 files : erase 10,000 keys", erasure.keys(folder)
    yield "seal, read back : copy, fsync", vault.sealing(folder, side_by_side)


def of_peers(folder: Path, calls: int, ours: float) -> Iterator[tuple[str, Mapping[str, float]]]:
    rows = write_scaled(folder, calls, names=[CDR]).lines[CDR]
    yield from peers.peers(folder / CDR, list(CDR_REFERENCE), rows, ours).items()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, in minutes")
    parser.add_argument(
        "--json", type=Path, default=Path("bench.json"), help="where the figures go besides"
    )
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, values in everything(Path(folder), is_quick=given.quick):
            found[name] = values
            sys.stdout.write(table({name: values}) + "\n")
            sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        mornings = days(Path(folder))
        floor = (
            {}
            if given.quick
            else {
                "the pages ask every 3 s": desk.posting(Path(folder) / "asking"),
                "posts alone": desk.posting(Path(folder) / "silent", asks_every=0),
            }
        )
    with tempfile.TemporaryDirectory() as folder:
        whole = {} if given.quick else ui.demo(Path(folder))
    shown = ", ".join(f"{name} {value}" for name, value in mornings.items())
    sys.stdout.write(f"{'seconds of a simulated morning':40} {shown}\n")
    if whole:
        sys.stdout.write(f"{'the demo':40} {whole['seconds']} s, {whole['lines']} lines\n")
    for name, values in floor.items():
        shown = ", ".join(f"{key} {value}" for key, value in values.items())
        sys.stdout.write(f"{f'200 people at the desk, {name}':40} {shown}\n")
    about = {
        "is_quick": given.quick,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "versions": {
            name: version(name)
            for name in (
                "duckdb",
                "dagster",
                "dbt-core",
                "dbt-duckdb",
                "great_expectations",
                "pyarrow",
            )
        },
        "mornings": mornings,
        "demo": whole,
        "desk": floor,
        "results": found,
    }
    given.json.write_text(json.dumps(about, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
