"""`make bench`: speed as ratios, measured side by side in one run.

Absolute times of a shared machine say little; each line sets our work against the plainest thing that
could do it, alternating the two, and gives the median ratio with its spread.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time as clock
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.japan import TOKYO
from orchestration.command.run import run
from orchestration.opening.journal import Journal
from orchestration.opening.settings import Settings
from orchestration.opening.workplace import open_workplace, read_settings
from reporting.weekly.pdf import render_pdf
from reporting.weekly.workbook import render_xlsx
from telephony_ingest.simulation.files import SimulatedPbx
from tests.bench import audit_log, erasure, landing, vault
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


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = {
            **{
                f"rows/s of {kind} : typed load": values
                for kind, values in landing.landing(Path(folder) / "landing").items()
            },
            "definitions : bare imports": loading(),
            "PDF : workbook": papers(),
            "audit entry : append, fdatasync": audit_log.single(Path(folder), side_by_side),
            "a hundred entries at once : single": audit_log.grouped(Path(folder), side_by_side),
            "verify 1 M entries : hashlib loop": audit_log.verifying(Path(folder), side_by_side),
            "seal, read back : copy, fsync": vault.sealing(Path(folder), side_by_side),
            "shred 10,000 files : erase 10,000 keys": erasure.keys(Path(folder)),
        }
    for name, values in found.items():
        shown = f"{values['ratio']:.2f} ({values['lowest']:.2f}–{values['highest']:.2f})"
        rest = ", ".join(
            f"{key} {value:,}"
            for key, value in values.items()
            if key not in {"ratio", "lowest", "highest"}
        )
        sys.stdout.write(f"{name:34} {shown:20} {rest}\n")
    with tempfile.TemporaryDirectory() as folder:
        mornings = days(Path(folder))
    shown = ", ".join(f"{name} {value}" for name, value in mornings.items())
    sys.stdout.write(f"{'seconds of a simulated morning':34} {shown}\n")
    about = {
        "mornings": mornings,
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
    sys.stdout.write(json.dumps({**about, "duckdb": duckdb.__version__, "results": found}) + "\n")


if __name__ == "__main__":
    main()
