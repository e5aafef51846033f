"""Several processes that open a new home's instance at the same moment make its databases once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.homes import ROOT
from tests.support.instance_on_trial import OPEN, open_at_once


def test_a_new_instance_is_made_by_one_and_opened_by_all(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(tmp_path / "home")],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    open_at_once(processes)
