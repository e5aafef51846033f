"""Dagster's runs on PostgreSQL: the same papers, a server that goes away in the middle, jobs of the page, and what is said of a mistake."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus
from dagster._serdes import serialize_value

from application.errors import Unusable
from application.home import run_store
from application.home.environment import environment
from application.home.run_store import require_store_permitted, run_store_of
from compliance.errors import NotAllowed
from compliance.ground.home import Home
from compliance.ground.run_lock import run_lock
from compliance.registers.entries import KeptEntry
from orchestration.command.exit_codes import ExitCode
from orchestration.instance.settings import opened_instance
from orchestration.instance.warm import ended_ja
from orchestration.instance.workers import Worker, look
from tests.compare_homes import differences
from tests.homes import ROOT, HomeOnTrial
from tests.support.instance_on_trial import (
    OPEN,
    RUN,
    entry,
    heard_of,
    open_at_once,
    wait_for,
)
from tests.support.on_postgresql import (
    PASSWORD,
    HomeOnPostgresql,
    OwnServer,
    cut,
    database,
    own_server,
    rows,
)
from tests.support.served_home import Service, serving

pytestmark = pytest.mark.slow
JOB, OP = "recordings_rotate", "rotate_now"
URL = "MADOGUCHI_DAGSTER_URL"
SECRET = PASSWORD.encode()


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_server() as made:
        yield made


@pytest.fixture(scope="module")
def lived(
    tmp_path_factory: pytest.TempPathFactory, pbx_dir: Path, server: OwnServer
) -> Iterator[HomeOnPostgresql]:
    """The recorded weeks, lived with both databases on PostgreSQL."""
    with database(server.url) as operations, database(server.url) as runs:
        made = HomeOnTrial.in_folder(tmp_path_factory.mktemp("lived"), pbx_dir)
        home = HomeOnPostgresql(made.root, made.pbx, operations, runs)
        done = home.run()
        assert done.returncode == 0, done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        yield home


@pytest.fixture
def runs() -> Iterator[str]:
    with database() as url:
        yield url


def test_papers_and_registers_are_those_of_a_home_on_sqlite(
    lived: HomeOnPostgresql, finished_home: HomeOnTrial
) -> None:
    assert not list((lived.path / "dagster").rglob("*.db"))
    assert not lived.path.joinpath("operations.db").exists()
    with (
        environment(DAGSTER_HOME=str(lived.path / "dagster"), MADOGUCHI_DAGSTER_URL=lived.runs),
        dg.DagsterInstance.from_config(str(lived.path / "dagster")) as instance,
    ):
        found = instance.get_runs()
        assert len(found) == 7 and all(run.is_success for run in found)
        weekly = dg.AssetKey(["deliverables", "weekly_report"])
        assert instance.get_latest_materialization_event(weekly) is not None
        assert PASSWORD not in instance.info_str() + serialize_value(instance.get_ref())
    holding = [
        path for path in lived.root.rglob("*") if path.is_file() and SECRET in path.read_bytes()
    ]
    assert holding == []
    lived.brought_over()
    try:
        assert lived.papers() == finished_home.papers()
        assert list(differences(lived.path, finished_home.path)) == []
    finally:
        (lived.path / "operations.db").unlink()


@pytest.mark.parametrize(
    ("events", "how"),
    [
        (2, "cut"),
        (60, "immediate"),
        (250, "fast"),
        (500, "storm"),
        (1300, "storm"),
    ],
)
def test_a_server_that_goes_away_in_a_run_costs_nothing_but_the_run(
    tmp_path: Path, pbx_dir: Path, server: OwnServer, finished_home: HomeOnTrial, events: int, how: str
) -> None:  # fmt: skip
    with database(server.url) as operations, database(server.url) as runs:
        made = HomeOnTrial.in_folder(tmp_path, pbx_dir)
        home = HomeOnPostgresql(made.root, made.pbx, operations, runs)
        with (tmp_path / "said").open("w") as said:
            words = ("run", "--home", str(home.path), "--pbx", str(home.pbx), "--as-of", "2023-12-25T18:00+09:00")  # fmt: skip
            process = subprocess.Popen(
                home.command(*words), cwd=ROOT, env=home.environment(), stdout=said, stderr=said
            )
            wait_for_events(runs, events, process)
            if how in ("immediate", "fast"):
                server.restart(how)
            else:
                cut(runs)
                cut(operations)
            while how == "storm" and process.poll() is None:
                cut(runs)
                cut(operations)
                time.sleep(0.05)
            status = process.wait(300)
        told = (tmp_path / "said").read_text()
        assert "Traceback" not in told and PASSWORD not in told, told[-3000:]
        assert status == 0 or (status == 1 and "PostgreSQL went away" in told), told[-1000:]
        assert home.run().returncode == 0
        states = rows(runs, "select distinct status from runs")
        assert {state for (state,) in states} <= {"SUCCESS", "FAILURE"}
        home.brought_over()
        assert home.tables() == finished_home.tables()
        assert home.papers() == finished_home.papers()
        assert list(differences(home.path, finished_home.path)) == []


def wait_for_events(url: str, count: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, "it ended before that"
        made = rows(url, "select to_regclass('event_logs') is not null")[0][0]
        if made and rows(url, "select count(*) from event_logs")[0][0] >= count:
            return
        time.sleep(0.02)
    raise AssertionError(f"there were no {count} events in two minutes")


@pytest.fixture(scope="module")
def service(lived: HomeOnPostgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(URL, lived.runs)
        with serving(lived, tmp_path_factory.mktemp("served")) as served:
            yield served


def test_a_job_from_the_page_begins_ends_and_is_seen(service: Service) -> None:
    visitor = service.visitor("ad1")
    run = service.launch(visitor, JOB, OP, 試行=True)
    assert run.is_success
    _, answer = service.ask(
        visitor,
        "query R($id: ID!) { runOrError(runId: $id) { ... on Run { status jobName } } }",
        {"id": run.run_id},
    )
    assert answer["data"]["runOrError"] == {"status": "SUCCESS", "jobName": JOB}
    with service.instance() as instance:
        told = [one.user_message or one.message for one in instance.all_logs(run.run_id)]
    assert not any("No warm process answers" in one for one in told)
    assert PASSWORD not in (service.folder / "stderr").read_text()


def test_a_killed_one_failed_and_one_beside_it_is_not_touched(service: Service) -> None:
    with run_lock(service.home, 60):
        begun = [service.begin(service.visitor("ad1"), JOB, OP, 試行=True) for _ in range(2)]
        for run_id in begun:
            service.wait(run_id, lambda run: run.status is DagsterRunStatus.STARTED)
        worker, pid = look(service.home.dagster, begun[0])
        assert worker is Worker.ALIVE
        os.kill(pid, signal.SIGKILL)
        run = service.wait(begun[0], lambda run: run.is_finished, 10)
        assert run.status is DagsterRunStatus.FAILURE
        with service.instance() as instance:
            told = [one.user_message or one.message for one in instance.all_logs(begun[0])]
        assert ended_ja(signal.SIGKILL) in told
    assert service.wait(begun[1], lambda run: run.is_finished).is_success


def test_what_a_run_loads_is_loaded_before_it_is_forked_and_no_connection_is_open_then(
    service: Service, lived: HomeOnPostgresql
) -> None:
    done = service.launch(service.visitor("ad1"), JOB, OP, 試行=True)
    with service.instance() as instance:
        run_id = "20000000-0000-4000-8000-000000000000"
        instance.add_run(done._replace(run_id=run_id, status=DagsterRunStatus.STARTING))
        given = f"{run_id} {serialize_value(instance.get_ref())}"
    own = {"MADOGUCHI_HOME": str(service.home.root), "DAGSTER_HOME": str(service.home.dagster)}
    done_ = subprocess.run(
        [sys.executable, "-c", FORKED_ONCE, "orchestration.definitions"], input=given, cwd=ROOT,
        env={**lived.environment(), **own, "MADOGUCHI_CONFIG": str(ROOT / "contracts/sapporo-2023/contract.toml")},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done_.returncode == 0, done_.stderr[-2000:]
    loaded = json.loads(done_.stdout.splitlines()[-1])
    watched = ("alembic", "dagster", "orchestration", "psycopg", "sqlalchemy", "upath")
    assert [name for name in loaded["late"] if name.startswith(watched)] == []
    assert loaded["sockets"] == 0


def test_a_service_goes_on_when_its_server_was_away(service: Service, server: OwnServer) -> None:
    with run_lock(service.home, 60):
        begun = service.begin(service.visitor("ad1"), JOB, OP, 試行=True)
        service.wait(begun, lambda run: run.status is DagsterRunStatus.STARTED)
        server.stop()
        time.sleep(8)  # longer than Dagster tries to connect again
        assert service.process.poll() is None
        server.start()
    run = service.wait(begun, lambda run: run.is_finished, 60)
    assert run.status in (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE)
    assert service.launch(service.visitor("ad1"), JOB, OP, 試行=True).is_success
    assert PASSWORD not in (service.folder / "stderr").read_text()


FORKED_ONCE = """
import importlib, json, os, sys
from pathlib import Path
from orchestration.instance import warm
for name in (sys.argv[1], *warm.loaded_by_runs()):
    importlib.import_module(name)
sys.modules[sys.argv[1]].defs.get_repository_def()
warm._stamp()
sockets = sum("socket:" in os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink() and one.exists())
run_id, _, ref = sys.stdin.read().partition(" ")
before = set(sys.modules)
import orchestration.instance.workers
warm._execute(run_id, ref)
print(json.dumps({"sockets": sockets, "late": sorted(set(sys.modules) - before)}))
"""


def test_a_fork_has_no_connection_of_the_process_that_it_came_of(tmp_path: Path, runs: str) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    with (
        environment(DAGSTER_HOME=str(home.dagster), MADOGUCHI_DAGSTER_URL=runs),
        opened_instance(home) as instance,
    ):
        assert instance.get_runs_count() == 0
        pool = instance.run_storage._engine.pool  # type: ignore[attr-defined]
        assert pool.checkedin() == 1
        read, write = os.pipe()
        if (pid := os.fork()) == 0:
            kept = instance.run_storage._engine.pool.checkedin()  # type: ignore[attr-defined]
            os.write(write, f"{kept} {instance.get_runs_count()}".encode())
            os._exit(0)
        os.waitpid(pid, 0)
        assert os.read(read, 16) == b"0 0"
        assert pool.checkedin() == 1 and instance.get_runs_count() == 0
        for descriptor in (read, write):
            os.close(descriptor)


def test_events_of_another_process_are_heard_within_a_second_however_quiet_it_was(
    tmp_path: Path, runs: str
) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    with (
        environment(DAGSTER_HOME=str(home.dagster), MADOGUCHI_DAGSTER_URL=runs),
        opened_instance(home) as noting,
        opened_instance(home) as following,
    ):
        log, follower = noting.event_log_storage, following.event_log_storage
        log.store_event(entry(0))
        heard = heard_of(follower)
        for number in range(1, 4):
            log.store_event(entry(number))
            time.sleep(0.3)
        time.sleep(4)  # where Dagster's own follower has come to look every four seconds
        cut(runs)
        time.sleep(1.5)
        log.store_event(entry(4))
        wait_for(heard, 5)
        second = heard_of(follower)
        wait_for(second, 5)
        for number in range(5, 305):
            log.store_event(entry(number))
        wait_for(heard, 305, 30)
        wait_for(second, 305, 30)
        assert [text for text, _ in heard] == [str(number) for number in range(305)]
        assert [text for text, _ in second] == [str(number) for number in range(305)]
        assert max(late for _, late in heard[1:5]) < 1.0
        for callbacks in list(follower._watchers.values()):  # type: ignore[attr-defined]
            for one in list(callbacks):
                follower.end_watch(RUN, one)
        end = time.monotonic() + 5
        while any(one.name == "event-log-follower" for one in threading.enumerate()):
            assert time.monotonic() < end
            time.sleep(0.05)


def test_a_new_database_is_made_by_one_and_opened_by_all(tmp_path: Path, runs: str) -> None:
    """Each at a folder of its own with the home's id, as at a machine of its own: no lock of files keeps them apart."""
    processes = []
    for number in range(4):
        home = Home.at(tmp_path / f"home-{number}")
        home.create()
        (home.dagster / "instance-id").write_text("the-same")
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", OPEN, str(home.root)], cwd=ROOT, env={**os.environ, URL: runs},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
    open_at_once(processes)
    assert rows(runs, "select count(*) from alembic_version") == [(1,)]


def refused(home: HomeOnTrial, said: str, *words: str) -> subprocess.CompletedProcess[str]:
    given = words or ("run", "--as-of", "2023-11-20", "--home", str(home.path))
    return subprocess.run(
        home.command(*given, "--pbx", str(home.pbx)), cwd=ROOT, env={**home.environment(), URL: said},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("postgresql://postgres:nicht-{}@127.0.0.1:{}/postgres", "does not let this account in"),
        ("postgresql://postgres:{}@127.0.0.1:{}/missing", "has no database missing"),
        ("postgresql://postgres:{}@127.0.0.1:9/missing", "does not answer"),
    ],
    ids=["password", "database", "unreachable"],
)
def test_what_is_missing_is_said_in_a_line_before_anything_lands(
    new_home: HomeOnTrial, server: OwnServer, said: str, told: str
) -> None:
    url = said.format(PASSWORD, server.port)
    done = refused(new_home, url)
    assert done.returncode == ExitCode.FAILED and told in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and PASSWORD not in done.stderr + done.stdout
    assert list((new_home.path / "landing").iterdir()) == []
    looked = refused(new_home, url, "doctor", "--as-of", "2023-12-25", "--json")
    advice = [one for one in json.loads(looked.stdout)["advice"] if one["topic"] == "runs"]
    assert len(advice) == 1 and told in advice[0]["what"], looked.stdout
    assert PASSWORD not in looked.stdout + looked.stderr


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_store, "find_spec", lambda _: None)
    url = run_store_of({URL: "postgresql://u@127.0.0.1/d"})
    told = run_store.missing_of_run_store(url)
    assert "requirements-postgres.lock" in told["dagster-postgres"]
    with pytest.raises(run_store.RunStoreUnavailable, match="dagster-postgres is not here"):
        run_store.require_run_store(url)
    assert run_store.missing_of_run_store(None) == {}


@pytest.mark.parametrize(
    "said",
    [
        "sqlite:///runs.db",
        "postgresql://",
        "postgresql:///name",
        f"postgresql://u:{PASSWORD}@tail@db.example/d",
        f"postgresql://u:{PASSWORD}@db.example:port/d",
        f"postgresql://u:{PASSWORD}@127.0.0.1/d?hostaddr=192.0.2.1",
        f"postgresql://u:{PASSWORD}@127.0.0.1/d?service=other",
        f"postgresql://u:{PASSWORD}@127.0.0.1,db.example/d",
        f"postgresql://u:{PASSWORD}@db.example/d?sslmode=prefer",
    ],
)
def test_an_address_that_is_none_is_refused_without_being_shown(said: str) -> None:
    with pytest.raises(Unusable) as found:
        run_store_of({URL: said})
    assert PASSWORD not in str(found.value) and URL in str(found.value)
    assert found.value.__cause__ is None


def test_a_server_elsewhere_takes_the_city_s_permit(new_home: HomeOnTrial) -> None:
    values = {
        "kind": "network", "target": "db.example", "scope": "処理の記録", "permitted_on": "2023-11-20", "expires_on": "2023-11-30",
    }  # fmt: skip
    permitted = KeptEntry(
        register="permits", entry_id="N-1", revision=1, about="", values=values,
        recorded_at=datetime(2023, 11, 20, tzinfo=UTC), recorded_by="mg1", has_words=False,
    )  # fmt: skip
    url = run_store_of({URL: f"postgresql://u:{PASSWORD}@db.example/d"})
    require_store_permitted(None, (), date(2023, 11, 21))
    require_store_permitted(run_store_of({URL: "postgresql://u@localhost/d"}), (), date(2023, 11, 21))  # fmt: skip
    require_store_permitted(url, [permitted], date(2023, 11, 30))
    for permits, day in (((), 21), ([permitted], 31)):
        with pytest.raises(NotAllowed, match=r"db\.example"):
            require_store_permitted(url, permits, date(2023, 12, 1) if day == 31 else date(2023, 11, day))  # fmt: skip
    done = refused(new_home, f"postgresql://u:{PASSWORD}@db.example/d")
    assert done.returncode == ExitCode.REFUSED and "db.example" in done.stderr, done.stderr
    assert PASSWORD not in done.stderr and list((new_home.path / "landing").iterdir()) == []


def test_a_database_serves_one_home(tmp_path: Path, runs: str) -> None:
    homes = [Home.at(tmp_path / name) for name in ("one", "other")]
    for home in homes:
        home.create()
    with environment(DAGSTER_HOME=str(homes[0].dagster), MADOGUCHI_DAGSTER_URL=runs):
        for _ in range(2):
            with opened_instance(homes[0]):
                pass
    with (
        environment(DAGSTER_HOME=str(homes[1].dagster), MADOGUCHI_DAGSTER_URL=runs),
        pytest.raises(run_store.RunStoreUnavailable, match="another home"),
        opened_instance(homes[1]),
    ):
        pass


def test_a_backup_says_whose_matter_the_history_is(lived: HomeOnPostgresql, tmp_path: Path) -> None:
    """The operations database lies there too: neither is in the backup, and nothing crashes."""
    done = subprocess.run(
        lived.command("backup", "--to", str(tmp_path), "--home", str(lived.path)),
        cwd=ROOT, env=lived.environment(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "where it lies on PostgreSQL, that database too" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr
