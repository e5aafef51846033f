"""Which process is at a run: it is known by the lock that it holds, however it ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher.base import WorkerStatus
from dagster._serdes import serialize_value

from orchestration.instance.launcher import WarmLauncher
from orchestration.instance.warm import _tell
from orchestration.instance.workers import Worker, look, sweep, working
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


@contextmanager
def held(root: Path, run_id: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that is at a run until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root), run_id], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )  # fmt: skip
    try:
        assert process.stdout and process.stdout.readline() == b"held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_end_of_a_second_process_says_nothing_of_the_first(tmp_path: Path) -> None:
    """The launcher asks a second warm process where the first broke before it said that it had forked."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        run = dg.DagsterRun(job_name="rotate", run_id="a-run", status=dg.DagsterRunStatus.STARTED)
        instance.add_run(run)
        ref = serialize_value(instance.get_ref())
        with held(tmp_path, run.run_id) as process:
            assert _tell(run.run_id, ref, 1 << 8) == 0
            assert look(tmp_path, run.run_id) == (Worker.ALIVE, process.pid)
            found = instance.get_run_by_id(run.run_id)
            assert found is not None and found.status is dg.DagsterRunStatus.STARTED
        assert _tell(run.run_id, ref, signal.SIGKILL) == 0
        found = instance.get_run_by_id(run.run_id)
        assert found is not None and found.status is dg.DagsterRunStatus.FAILURE
    assert look(tmp_path, run.run_id) == (Worker.UNKNOWN, 0)


def test_of_many_at_once_one_is_it(tmp_path: Path) -> None:
    (tmp_path / "workers").mkdir()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path), "a-run"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT,
        )
        for _ in range(6)
    ]  # fmt: skip
    said = [one.stdout.readline() for one in processes if one.stdout]
    assert sorted(said) == [b""] * 5 + [b"held\n"]
    for one in processes:
        one.communicate()
    assert list((tmp_path / "workers").iterdir()) == []


def test_what_killed_processes_left_goes_once_their_runs_are_over(tmp_path: Path) -> None:
    for run_id in ("over", "unknown yet"):
        with held(tmp_path, run_id):
            pass
    with held(tmp_path, "alive"):
        sweep(tmp_path, lambda run_id: run_id in ("over", "alive"))
        assert look(tmp_path, "alive")[0] is Worker.ALIVE
    assert look(tmp_path, "over")[0] is Worker.UNKNOWN
    assert look(tmp_path, "unknown yet")[0] is Worker.GONE


def test_of_a_run_that_began_elsewhere_nothing_is_said(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        at_work = WarmLauncher()
        at_work.register_instance(instance)
        run = dg.DagsterRun(job_name="recordings_rotate")
        assert at_work.check_run_worker_health(run).status is WorkerStatus.RUNNING
        assert at_work.get_run_worker_debug_info(run) is None
