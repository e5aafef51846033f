"""One process at a time; a dead one never locks anybody out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from compliance.errors import HomeBusy
from compliance.ground.home import Home
from compliance.ground.run_lock import run_lock
from tests.homes import ROOT

HOLD = """
import sys, time
from pathlib import Path
from compliance.ground.home import Home
from compliance.ground.run_lock import run_lock
with run_lock(Home.at(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(home: Home) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_and_told_who_holds_the_home(home: Home) -> None:
    process = holder(home)
    try:
        with pytest.raises(HomeBusy, match=f"process {process.pid}"), run_lock(home):
            pytest.fail("two processes held one home")
    finally:
        process.kill()
        process.wait()


def test_a_killed_holder_frees_the_home_at_once(home: Home) -> None:
    process = holder(home)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with run_lock(home):
        assert home.lock_file.read_text() == f"process {os.getpid()}"


def test_waiting_ends_when_the_holder_lets_go(home: Home) -> None:
    process = holder(home)
    began = time.monotonic()
    with pytest.raises(HomeBusy), run_lock(home, wait_seconds=0.5):
        pass
    assert time.monotonic() - began >= 0.5
    process.kill()
    process.wait()
    with run_lock(home, wait_seconds=5):
        pass
