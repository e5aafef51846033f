"""What a person waits for: a short job from the page, click to end, and the demo from its first line to its last.

The job is a trial of the rotation, which has nothing to do; the ratio is to a process that imports Dagster alone, which any run would
pay that is not forked.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.homes import ROOT, HomeOnTrial
from tests.support.served_home import Service, serving

JOB, OP = "recordings_rotate", "rotate_now"


def jobs(folder: Path, rounds: int = 5) -> dict[str, float]:
    """Click to end of a job, wall seconds; the first, for which the warm process is made, is told apart."""
    lived = HomeOnTrial.in_folder(folder / "lived", ROOT / "tests" / "samples" / "pbx")
    if lived.run().returncode not in {0, 3}:
        raise RuntimeError("the recorded home was not made")
    with serving(lived, folder / "served") as service:
        service.visitor("ad1")  # the log-in is not the job's
        first = _clicked(service)
        taken = [_clicked(service) for _ in range(rounds)]
    bare = [_imports() for _ in range(rounds)]
    ratios = [ours / theirs for ours, theirs in zip(taken, bare, strict=True)]
    return {
        "ratio": round(statistics.median(ratios), 2),
        "lowest": round(min(ratios), 2),
        "highest": round(max(ratios), 2),
        "our_seconds": round(statistics.median(taken), 2),
        "first_seconds": round(first, 2),
    }


def demo(folder: Path) -> dict[str, float]:
    """Seconds of the whole demo, after set-up, and the lines that it prints where nobody looks."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "demo", "--home", str(folder / "home")],
        cwd=ROOT, capture_output=True, text=True, timeout=1800, check=True,
    )  # fmt: skip
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "lines": len((done.stdout + done.stderr).splitlines()),
    }


def _clicked(service: Service) -> float:
    began = time.perf_counter()
    service.launch(service.visitor("ad1"), JOB, OP, 試行=True)
    return time.perf_counter() - began


def _imports() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import dagster"], cwd=ROOT, check=True)
    return time.perf_counter() - began
