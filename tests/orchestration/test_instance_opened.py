"""Several processes that open a new home's instance at the same moment make its databases once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.homes import ROOT

OPEN = """
import os, sys
from pathlib import Path
from compliance.ground.home import Home
home = Home.at(Path(sys.argv[1]))
home.create()
os.environ["DAGSTER_HOME"] = str(home.dagster)
import dagster
from orchestration.instance.settings import opened_instance
print("ready", flush=True)
sys.stdin.readline()
with opened_instance(home) as instance:
    print(instance.get_runs_count(), len(instance.all_instigator_state()), flush=True)
"""


def test_a_new_instance_is_made_by_one_and_opened_by_all(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(tmp_path / "home")],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for one in processes:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in processes:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    for one in processes:
        told, broken = one.communicate(timeout=120)
        assert (told, one.returncode) == ("0 0\n", 0), broken[-2000:]
