"""Runs are forked from a warm process: what ends one, ends no other, and a run whose process is gone is told so."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus
from dagster._serdes import serialize_value

from compliance.ground.run_lock import run_lock
from orchestration.instance import launcher
from orchestration.instance.launcher import CODE, WarmLauncher, WarmProcess
from orchestration.instance.warm import ended_ja
from orchestration.instance.workers import FOLDER, Worker, look
from tests.homes import ROOT, HomeOnTrial
from tests.support.served_home import Service, service

pytestmark = pytest.mark.slow
__all__ = ["service"]
JOB, OP = "recordings_rotate", "rotate_now"
NO_WARM = "No warm process answers"


def begun(service: Service) -> tuple[str, int]:
    """A run that is alive, waiting for the home, and the pid of its process."""
    run_id = service.begin(service.visitor("ad1"), JOB, OP, 試行=True)
    service.wait(run_id, lambda run: run.status is DagsterRunStatus.STARTED)
    worker, pid = look(service.home.dagster, run_id)
    assert worker is Worker.ALIVE
    return run_id, pid


def messages(service: Service, run_id: str) -> list[str]:
    with service.instance() as instance:
        return [entry.user_message or entry.message for entry in instance.all_logs(run_id)]


def parent_of(pid: int) -> tuple[int, str]:
    stat = Path(f"/proc/{pid}/stat").read_text()
    parent = int(stat.rsplit(")", 1)[1].split()[1])
    return parent, Path(f"/proc/{parent}/cmdline").read_text()


def threads_of(pid: int) -> set[str]:
    return {(task / "comm").read_text().strip() for task in Path(f"/proc/{pid}/task").iterdir()}


def test_a_run_is_a_fork_of_the_warm_process_and_leaves_nothing(service: Service) -> None:
    with run_lock(service.home, 60):
        run_id, pid = begun(service)
        warm, command = parent_of(pid)
        assert "orchestration.instance.warm" in command
        assert threads_of(warm) <= {"python", "jemalloc_bg_thd"}, "what forks has no thread at work"
        assert len(list(Path(f"/proc/{warm}/task").iterdir())) <= 2
    assert service.wait(run_id, lambda run: run.is_finished).is_success
    assert not any(NO_WARM in one for one in messages(service, run_id))
    for _ in range(50):
        if not list((service.home.dagster / FOLDER).iterdir()):
            break
        time.sleep(0.1)
    assert list((service.home.dagster / FOLDER).iterdir()) == []


def test_what_a_run_loads_is_loaded_before_it_is_forked(service: Service) -> None:
    """Found by a fork that says what it loaded besides: a store's modules alone take longer than a short job."""
    done = subprocess.run(
        [sys.executable, "-c", FORKED_ONCE, CODE], input=ref_and_run(service),
        env={**os.environ, **_environment(service), "DAGSTER_HOME": str(service.home.dagster)}, cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert loaded["status"] == 0
    assert "duckdb" not in loaded["before"], "it starts a thread"
    late = [name for name in loaded["late"] if name.startswith(("alembic", "dagster", "orchestration", "sqlalchemy", "upath"))]  # fmt: skip
    assert late == []


FORKED_ONCE = """
import importlib, json, os, sys
from orchestration.instance import warm
for name in (sys.argv[1], *warm.LOADED_BY_RUNS):
    importlib.import_module(name)
sys.modules[sys.argv[1]].defs.get_repository_def()
run_id, _, ref = sys.stdin.read().partition(" ")
before = set(sys.modules)
import orchestration.instance.workers
status = warm._execute(run_id, ref)
print(json.dumps({"status": status, "before": sorted(before), "late": sorted(set(sys.modules) - before)}))
"""


def ref_and_run(service: Service) -> str:
    with service.instance() as instance:
        (done,) = instance.get_runs(
            dg.RunsFilter(job_name=JOB, statuses=[DagsterRunStatus.SUCCESS]), limit=1
        )
        run_id = "20000000-0000-4000-8000-000000000000"
        instance.add_run(done._replace(run_id=run_id, status=DagsterRunStatus.STARTING))
        return f"{run_id} {serialize_value(instance.get_ref())}"


def test_a_run_that_is_terminated_at_the_page_ends_in_seconds(service: Service) -> None:
    with run_lock(service.home, 60):
        run_id, pid = begun(service)
        asked = time.monotonic()
        _, answer = service.ask(
            service.visitor("ad1"),
            "mutation T($id: String!) { terminateRun(runId: $id) { __typename } }",
            {"id": run_id},
        )
        assert answer["data"]["terminateRun"]["__typename"] == "TerminateRunSuccess"
        run = service.wait(run_id, lambda run: run.is_finished, 10)
        assert run.status is DagsterRunStatus.CANCELED
        while Path(f"/proc/{pid}").exists():  # it says so itself, then ends
            assert time.monotonic() - asked < 10
            time.sleep(0.05)


def test_a_run_that_is_killed_failed_within_seconds_and_says_how(service: Service) -> None:
    with run_lock(service.home, 60):
        run_id, pid = begun(service)
        os.kill(pid, signal.SIGKILL)
        run = service.wait(run_id, lambda run: run.is_finished, 10)
    assert run.status is DagsterRunStatus.FAILURE
    assert ended_ja(signal.SIGKILL) in messages(service, run_id)
    assert look(service.home.dagster, run_id) == (Worker.UNKNOWN, 0)


def test_a_warm_process_that_breaks_ends_no_run_and_is_replaced(service: Service) -> None:
    with run_lock(service.home, 60):
        run_id, pid = begun(service)
        os.kill(parent_of(pid)[0], signal.SIGKILL)
        time.sleep(0.5)
    assert service.wait(run_id, lambda run: run.is_finished).is_success
    with run_lock(service.home, 60):
        second, pid = begun(service)
        assert "orchestration.instance.warm" in parent_of(pid)[1]
    assert service.wait(second, lambda run: run.is_finished).is_success
    assert not any(NO_WARM in one for one in messages(service, second))


def test_what_the_services_end_left_alive_is_told_within_half_a_minute(
    service: Service, finished_home: HomeOnTrial
) -> None:
    with run_lock(service.home, 60):
        run_id, _ = begun(service)
        service.process.kill()  # its daemon goes with it, and the run with the daemon
        service.process.wait()
        for _ in range(50):
            if look(service.home.dagster, run_id)[0] is Worker.GONE:
                break
            time.sleep(0.1)
    with service.instance() as instance:
        left = instance.get_run_by_id(run_id)
        assert left is not None and left.status is DagsterRunStatus.STARTED
    again = subprocess.Popen(
        finished_home.command(
            "serve", "--home", str(service.home.root), "--config",
            str(ROOT / "contracts/sapporo-2023/contract.toml"), "--port", str(service.port),
        ),
        cwd=ROOT, env=finished_home.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        run = service.wait(run_id, lambda run: run.is_finished, 60)
    finally:
        again.send_signal(signal.SIGTERM)
        again.wait(10)
    assert run.status is DagsterRunStatus.FAILURE
    assert any("この実行のプロセスはありません" in one for one in messages(service, run_id))


def test_two_hundred_runs_in_a_row_do_not_let_it_grow(service: Service) -> None:
    """After the services: the same runs, asked of a warm process of our own."""
    with service.instance() as instance, pytest.MonkeyPatch.context() as patch:
        for name, value in _environment(service).items():
            patch.setenv(name, value)
        (done,) = instance.get_runs(
            dg.RunsFilter(job_name=JOB, statuses=[DagsterRunStatus.SUCCESS]), limit=1
        )
        warm, ref = WarmProcess(), serialize_value(instance.get_ref())
        try:
            grown = []
            for number in range(200):
                run_id = f"00000000-0000-4000-8000-{number:012d}"
                instance.add_run(done._replace(run_id=run_id, status=DagsterRunStatus.STARTING))
                warm.fork(run_id, ref)
                ends_by = time.monotonic() + 30
                while not (run := instance.get_run_by_id(run_id)) or not run.is_finished:
                    assert time.monotonic() < ends_by
                    time.sleep(0.02)
                grown.append(warm.resident)
            assert instance.get_runs_count(
                dg.RunsFilter(job_name=JOB, statuses=[DagsterRunStatus.SUCCESS])
            ) > 200  # fmt: skip
            assert grown[-1] < grown[4] * 1.05, (grown[0], grown[4], grown[-1])
        finally:
            warm.close()
            warm.process.wait(10)


def test_a_contract_that_changed_is_loaded_by_a_new_process(
    service: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "contract"
    folder.mkdir()
    for file in (ROOT / "contracts/sapporo-2023").iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    with service.instance() as instance, pytest.MonkeyPatch.context() as patch:
        for name, value in _environment(service).items():
            patch.setenv(name, value)
        patch.setenv("MADOGUCHI_CONFIG", str(folder / "contract.toml"))
        (done,) = instance.get_runs(
            dg.RunsFilter(job_name=JOB, statuses=[DagsterRunStatus.SUCCESS]), limit=1
        )
        patch.setattr(launcher, "_warm", None)
        at_work = WarmLauncher()
        at_work.register_instance(instance)
        pids = []
        text = (folder / "contract.toml").read_text("utf-8")
        assert text.count("start_date = ") == 1
        for number in range(3):
            if number == 2:
                told = re.sub('name = "[^"]*"', 'name = "架空の業務"', text, count=1)
                assert told != text
                (folder / "contract.toml").write_text(told, "utf-8")
            run = done._replace(
                run_id=f"10000000-0000-4000-8000-{number:012d}", status=DagsterRunStatus.STARTING
            )
            instance.add_run(run)
            assert at_work._fork(run)
            service.wait(run.run_id, lambda run: run.is_finished, 60)
            assert launcher._warm is not None
            pids.append(launcher._warm.process.pid)
        launcher._let_go()
    assert pids[0] == pids[1] != pids[2]


def _environment(service: Service) -> dict[str, str]:
    return {
        "MADOGUCHI_HOME": str(service.home.root),
        "MADOGUCHI_CONFIG": str(ROOT / "contracts/sapporo-2023/contract.toml"),
    }
