"""The operations database of a released home goes to a newer schema whole or not at all; nobody undoes what people did by going back."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from fnmatch import fnmatch
from pathlib import Path

import pytest

from application.errors import UpgradeRefused
from application.migrating import go_back, is_under_way, kept_database, migrate, settle
from application.stores import STORES
from compliance.errors import HomeBusy, StoreUnavailable
from compliance.ground import durable, operations
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.ground.run_lock import service_lock
from compliance.registers.entries import entries
from compliance.registers.handling import PERMITS
from tests.homes import ROOT
from tests.support.newer_versions import NEWER, newer, revision
from tests.support.released import AT, laid, released


@pytest.fixture(params=released())
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return laid(request.param, tmp_path)


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This programme, newer by one migration."""
    with monkeypatch.context() as patched:
        patched.setattr(operations, "MIGRATIONS", newer(tmp_path))
        yield


def content(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return hashlib.sha256("\n".join(database.iterdump()).encode()).hexdigest()


def leftovers(home: Home) -> list[str]:
    return [
        path.name for path in home.root.iterdir() if path.name.startswith(durable.TEMPORARY_PREFIX)
    ]


def test_a_released_home_opens_in_this_version_with_what_people_kept(home: Home) -> None:
    migrate(home, home.operations_url)
    settle(home)
    engine = open_operations(home.operations_url)
    assert [one.values["target"] for one in entries(engine, PERMITS)] == ["192.0.2.10"]
    engine.dispose()


@pytest.mark.usefixtures("later")
def test_a_newer_version_takes_every_row_along_and_can_go_back_to_the_very_same(home: Home) -> None:
    before = content(home.operations_database)
    done = migrate(home, home.operations_url)
    assert (done.before, done.after) == ("0017", NEWER) and revision(home) == NEWER
    assert is_under_way(home) and content(kept_database(home)) == before
    beside = [path.name for path in home.root.iterdir() if path.name.startswith("operations")]
    assert all(any(fnmatch(name, one.pattern) for one in STORES) for name in beside)
    assert go_back(home) == 0 and content(home.operations_database) == before
    assert not is_under_way(home) and go_back(home) == 0
    migrate(home, home.operations_url)
    settle(home)
    settle(home)
    assert not is_under_way(home) and revision(home) == NEWER and leftovers(home) == []


@pytest.mark.usefixtures("later")
def test_nobody_undoes_by_going_back_what_was_noted_since(home: Home) -> None:
    """Whoever keeps the server could close the eyes of the log otherwise: an account that was closed would be open again."""
    migrate(home, home.operations_url)
    engine = open_operations(home.operations_url)
    with engine.begin() as connection:
        note(connection, Actor("mg1", AT).entry(Action.ACCOUNT_CLOSED, ObjectKind.PERSON, "sv1"))
    engine.dispose()
    after = content(home.operations_database)
    assert go_back(home) == 1
    assert content(home.operations_database) == after and revision(home) == NEWER
    (home.root / "operations.db.upgrade").unlink()
    assert go_back(home) > 1, "whoever takes the note of the upgrade away is refused as well"


def test_a_home_that_is_newer_is_refused_in_words_and_left(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(operations, "MIGRATIONS", newer(tmp_path))
        migrate(home, home.operations_url)
        settle(home)
    before = content(home.operations_database)
    with pytest.raises(StoreUnavailable, match="newer"):
        migrate(home, home.operations_url)
    assert content(home.operations_database) == before and leftovers(home) == []


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("op.execute('delete from people_events')", "people_events holds 0 rows"),
        ("op.execute('insert into no_such_table values (1)')", "fails on a copy"),
    ],
)
def test_a_migration_that_loses_rows_or_breaks_off_touches_only_the_copy(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, told: str
) -> None:
    before = content(home.operations_database)
    monkeypatch.setattr(operations, "MIGRATIONS", newer(tmp_path, then))
    with pytest.raises((UpgradeRefused, StoreUnavailable), match=told):
        migrate(home, home.operations_url)
    assert content(home.operations_database) == before
    assert not is_under_way(home) and leftovers(home) == []


@pytest.mark.usefixtures("later")
def test_a_home_that_is_served_or_whose_log_was_touched_is_not_migrated(home: Home) -> None:
    with service_lock(home), pytest.raises(HomeBusy):
        migrate(home, home.operations_url)
    log = home.audit / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"mg1", b"sv1", 1))
    with pytest.raises(UpgradeRefused, match="audit log"):
        migrate(home, home.operations_url)
    assert revision(home) == "0017"


@pytest.mark.usefixtures("later")
def test_a_fault_at_every_step_leaves_the_old_database_or_the_new_one(
    home: Home, tmp_path: Path
) -> None:
    before = content(home.operations_database)
    with durable.failing_at(10**9) as steps:
        migrate(home, home.operations_url)
        there = len(steps)
        after = content(home.operations_database)
        go_back(home)
    assert there > 5 and len(steps) > there + 3
    for nth in range(len(steps)):
        with pytest.raises(durable.InjectedFault), durable.failing_at(nth):
            migrate(home, home.operations_url)
            go_back(home)
        assert content(home.operations_database) in (before, after)
        assert go_back(home) == 0 and content(home.operations_database) == before
        migrate(home, home.operations_url)
        assert content(home.operations_database) == after
        assert go_back(home) == 0 and leftovers(home) == []


@pytest.mark.parametrize("step", [0, 3, 6, 9, 12])
def test_a_migration_that_is_killed_goes_back_and_is_done_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    before = content(home.operations_database)
    migrations = newer(tmp_path)
    script = textwrap.dedent(
        f"""
        import os, signal
        from pathlib import Path
        from application.migrating import migrate
        from compliance.ground import durable, operations
        from compliance.ground.home import Home
        operations.MIGRATIONS = Path({str(migrations)!r})
        home = Home.at({str(home.root)!r})
        with durable.failing_at({step}, lambda: os.kill(os.getpid(), signal.SIGKILL)):
            migrate(home, home.operations_url)
        """
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, timeout=60, check=False, env=os.environ
    )
    assert ended.returncode == -signal.SIGKILL
    monkeypatch.setattr(operations, "MIGRATIONS", migrations)
    assert go_back(home) == 0 and content(home.operations_database) == before
    migrate(home, home.operations_url)
    assert revision(home) == NEWER and leftovers(home) == []
