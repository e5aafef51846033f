"""Which process is at a run: it is known by the lock that it holds, however it ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher.base import WorkerStatus

from orchestration.instance.launcher import WarmLauncher
from orchestration.instance.workers import Worker, look, working
from tests.homes import ROOT

HOLD = """
import sys
from pathlib import Path
from orchestration.instance.workers import working
with working(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_process_is_known_by_what_it_holds(tmp_path: Path) -> None:
    run_id = "../../../etc/passwd"
    assert look(tmp_path, run_id) == (Worker.UNKNOWN, 0)
    for kill in (True, False):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path), run_id],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip
        assert process.stdout and process.stdin
        assert process.stdout.readline() == b"held\n"
        assert look(tmp_path, run_id) == (Worker.ALIVE, process.pid)
        with pytest.raises(BlockingIOError), working(tmp_path, run_id):
            raise AssertionError("two processes at one run")
        if kill:
            process.kill()
        process.communicate()
        assert look(tmp_path, run_id)[0] is (Worker.GONE if kill else Worker.UNKNOWN)
    assert [path.parent.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_of_a_run_that_began_elsewhere_nothing_is_said(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        at_work = WarmLauncher()
        at_work.register_instance(instance)
        run = dg.DagsterRun(job_name="recordings_rotate")
        assert at_work.check_run_worker_health(run).status is WorkerStatus.RUNNING
        assert at_work.get_run_worker_debug_info(run) is None
