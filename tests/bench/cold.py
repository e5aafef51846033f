"""What a command costs from nothing: a process that has imported nothing yet, on a home that has lived some days.

Against a process that imports the command line's own library, which any command pays; what is compiled lies on the disk, as after the
first command of a day.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path

from application.home.run_report import Journal
from application.home.session import open_workplace, read_settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.japan import TOKYO
from orchestration.command.exit_codes import ExitCode
from orchestration.command.run import run
from simulation.exchange.files import SimulatedPbx
from tests.homes import ROOT

DAYS = 3


def cold(folder: Path, rounds: int = 5) -> dict[str, dict[str, float]]:
    """For each command: the ratio of its CPU seconds to those of the bare library, its CPU and wall seconds."""
    settings = read_settings(None, folder / "home", environment={})
    calendar, pbx = BusinessCalendar(settings.contract), SimulatedPbx(settings.pbx.root)
    first = settings.contract.period.start_date

    def written(days: int, later: int = 0) -> None:
        for number in range(later, later + days):
            day = first + timedelta(days=number)
            pbx.live(day, is_open=calendar.is_business_day(day))

    written(DAYS)
    moment = datetime.combine(first + timedelta(days=DAYS), clock(6), TOKYO)
    with open_workplace(settings, as_of=moment, journal=Journal()) as workplace:
        run(workplace)
    home = ("--home", str(folder / "home"))
    lived = ("run", *home, "--as-of")
    found = {
        "madoguchi --help": _rounds(lambda: ("--help",), rounds),
        "madoguchi papers list": _rounds(lambda: ("papers", "list", *home), rounds),
        "madoguchi today": _rounds(lambda: ("today", *home), rounds),
        "madoguchi run, nothing new": _rounds(lambda: (*lived, moment.isoformat()), rounds),
    }
    written(rounds, DAYS)
    mornings = iter([(moment + timedelta(days=n)).isoformat() for n in range(1, rounds + 1)])
    found["madoguchi run, one more day"] = _rounds(lambda: (*lived, next(mornings)), rounds)
    return {f"{name} : import typer": values for name, values in found.items()}


def _rounds(words: Callable[[], Sequence[str]], rounds: int) -> dict[str, float]:
    pairs = [
        (_spent("-m", "orchestration.cli", *words()), _spent("-c", "import typer"))
        for _ in range(rounds)
    ]
    ratios = [ours[0] / bare[0] for ours, bare in pairs]
    return {
        "ratio": round(statistics.median(ratios), 2),
        "lowest": round(min(ratios), 2),
        "highest": round(max(ratios), 2),
        "cpu_seconds": round(statistics.median(ours[0] for ours, _ in pairs), 2),
        "our_seconds": round(statistics.median(ours[1] for ours, _ in pairs), 2),
    }


def _spent(*words: str) -> tuple[float, float]:
    """CPU and wall seconds of one process and whatever it starts."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=kept, capture_output=True, timeout=300, check=False
    )
    if done.returncode not in {ExitCode.DONE, ExitCode.INPUT_REFUSED}:  # a test that found rows
        raise RuntimeError(f"{words[:3]} ended with {done.returncode}")
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, ended - began
