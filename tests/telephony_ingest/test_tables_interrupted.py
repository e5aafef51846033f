"""A poll of an exchange's tables that is killed, cut off or kept waiting: nothing twice, nothing lost, and what failed is told."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

from compliance.ground import durable
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.landing import scanners
from telephony_ingest.landing import tables as landing_tables
from telephony_ingest.landing.scanners import Engine, Tables
from telephony_ingest.landing.sources import State
from tests.support.database_tables import ingest_of
from tests.telephony_ingest import desks
from tests.telephony_ingest.desks import Ingest
from tests.telephony_ingest.exchange_databases import (
    ExchangeDatabase,
    _server,
    exchange_database,
    put,
)
from tests.telephony_ingest.tables import rows_of

_PAGE = 60
_SERVERS = [Engine.MARIADB, Engine.POSTGRESQL]
_POINTS = 20


@pytest.fixture(params=list(Engine))
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ExchangeDatabase]:
    yield from exchange_database(request.param, tmp_path)


@contextmanager
def _before_each_step(act: Callable[[int], None]) -> Iterator[None]:
    """`act` is called with the number of each statement that is asked and each file that is made, before it."""
    asked, publish, number = Tables.asked, durable.publish, iter(range(10**6))

    def asking(self: Tables, *words: Any) -> Any:
        act(next(number))
        return asked(self, *words)

    class Publishing:
        def __getattr__(self, name: str) -> Any:
            return getattr(durable, name)

        def publish(self, temporary: Path, path: Path) -> None:
            act(next(number))
            publish(temporary, path)

    patched = pytest.MonkeyPatch()
    patched.setattr(Tables, "asked", asking)
    patched.setattr(desks, "durable", Publishing())
    patched.setattr(landing_tables, "_PAGE", _PAGE)
    try:
        yield
    finally:
        patched.undo()


def _polled_to_death(tables: Ingest, kind: SourceKind, at: int) -> None:
    def act(number: int) -> None:
        if number == at:
            os.kill(os.getpid(), signal.SIGKILL)

    with _before_each_step(act):
        tables.land(kind)


def _each_killed_at_its_point(each: list[Ingest], kind: SourceKind, told: Any) -> None:
    """One process a point, forked from this one, which has imported everything and opened nothing."""
    ends = []
    for at, tables in enumerate(each):
        if (pid := os.fork()) == 0:
            try:
                _polled_to_death(tables, kind, at)
            finally:
                os._exit(0)
        ends.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    told.send(ends)


@pytest.mark.slow
def test_a_poll_that_is_killed_at_any_of_twenty_points_is_made_up_for_by_the_next(
    database: ExchangeDatabase, tmp_path: Path
) -> None:
    rows, kind = rows_of("cel")[: _PAGE * 10], SourceKind.CEL
    database.insert(kind, rows)
    whole = ingest_of(database, tmp_path)
    whole.land(kind)
    expected = _facts(whole, kind)
    assert expected
    each = []
    for at in range(_POINTS):
        (tmp_path / f"at-{at}").mkdir()
        each.append(ingest_of(database, tmp_path / f"at-{at}"))
    context = multiprocessing.get_context("forkserver")
    heard, told = context.Pipe(duplex=False)
    process = context.Process(target=_each_killed_at_its_point, args=(each, kind, told))
    process.start()
    process.join(120)
    assert heard.poll(0)
    assert heard.recv() == [-signal.SIGKILL] * _POINTS
    landed = [len(tables.rows(kind)) for tables in each if _has_begun(tables, kind)]
    assert len(set(landed)) > 5, "they were killed at different points"
    for at, tables in enumerate(each):
        tables.land(kind)
        assert _facts(tables, kind) == expected
        assert at % 5 or tables.land(kind).rows_landed == 0


def _has_begun(tables: Ingest, kind: SourceKind) -> bool:
    return any((tables.landing / kind).glob("*.parquet"))


def _facts(tables: Ingest, kind: SourceKind) -> list[tuple[Any, ...]]:
    """Each landed row with its place among them."""
    return tables.rows(kind, "* exclude (source_id, source_name, landed_at)")


def _cuts_off(database: ExchangeDatabase, *, waiting: bool = False) -> int:
    """How many of the other connections to the database its server ended: all of them, or those that wait for a table."""
    with _server(database.engine, database.name) as server:
        if database.engine is Engine.MARIADB:
            of_those = "and state like ''Waiting for%''" if waiting else ""
            asked = f"select id from information_schema.processlist where db = ''{database.name}'' and id <> connection_id() {of_those}"
            found = server.execute(f"from mysql_query('pbx', '{asked}')").fetchall()
            for (one,) in found:
                server.execute(f"call mysql_execute('pbx', 'kill {one}')")
            return len(found)
        of_those = "and wait_event_type = ''Lock''" if waiting else ""
        asked = (
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = ''{database.name}'' "
            f"and pid <> pg_backend_pid() {of_those}"
        )
        return len(server.execute(f"from postgres_query('pbx', '{asked}')").fetchall())


@pytest.mark.slow
@pytest.mark.parametrize("database", _SERVERS, indirect=True)
def test_a_connection_that_the_server_ends_between_two_statements_loses_and_doubles_nothing(
    database: ExchangeDatabase, tmp_path: Path
) -> None:
    rows, kind = rows_of("queue_log")[: _PAGE * 6], SourceKind.QUEUE_LOG
    database.insert(kind, rows)
    whole = ingest_of(database, tmp_path)
    whole.land(kind)
    ended = 0
    for at in range(0, 10, 2):
        folder = tmp_path / f"at-{at}"
        folder.mkdir()
        tables = ingest_of(database, folder)

        def act(number: int, at: int = at) -> None:
            nonlocal ended
            if number == at:
                ended += _cuts_off(database)

        with _before_each_step(act):
            report = tables.land(kind)
        (state,) = report.sources
        is_whole = len(tables.rows(kind)) == len(whole.rows(kind))
        assert (state.state, is_whole) in {(State.OK, True), (State.UNREADABLE, False)}
        assert not tables.land(kind).is_refused
        assert _facts(tables, kind) == _facts(whole, kind)
    assert ended >= 3


@pytest.mark.parametrize("database", _SERVERS, indirect=True)
def test_a_connection_that_the_server_ends_during_a_statement_is_told_and_the_next_poll_makes_up_for_it(
    database: ExchangeDatabase, tmp_path: Path
) -> None:
    database.insert("cdr", rows_of("cdr")[:20])
    tables = ingest_of(database, tmp_path)
    with _held(database, "cdr"), ThreadPoolExecutor(1) as pool:
        polled = pool.submit(tables.land, SourceKind.CDR)
        until = time.monotonic() + 8
        while not _cuts_off(database, waiting=True) and time.monotonic() < until:
            time.sleep(0.1)
        report = polled.result()
    assert [one.state for one in report.sources] == [State.UNREADABLE]
    assert database.name not in report.sources[0].detail
    again = tables.land(SourceKind.CDR)
    assert (again.rows_landed, again.is_refused) == (20, False)


@pytest.mark.parametrize("database", _SERVERS, indirect=True)
@pytest.mark.parametrize("kind", [SourceKind.CDR, SourceKind.QUEUE_LOG])
def test_rows_that_come_while_a_poll_reads_land_once_whenever_they_were_begun(
    database: ExchangeDatabase, tmp_path: Path, kind: SourceKind
) -> None:
    """A transaction that began before the poll ends in the midst of it; others come between its statements."""
    rows = rows_of(kind)[:300]
    tables, live = ingest_of(database, tmp_path), [rows[at : at + 20] for at in range(200, 300, 20)]
    database.insert(kind, rows[:180])
    slow = database.writing()
    put(slow.__enter__(), kind, rows[180:200])

    def act(number: int) -> None:
        if number == 3:
            slow.__exit__(None, None, None)
        elif live:
            database.insert(kind, live.pop(0))

    with _before_each_step(act):
        first = tables.land(kind)
    assert not live
    assert not first.is_refused
    tables.land(kind)
    assert len(tables.rows(kind)) == len(set(rows))
    assert tables.land(kind).rows_landed == 0


_HOLDS = """
import sqlite3, sys
writer = sqlite3.connect(sys.argv[1], isolation_level=None)
writer.execute("begin exclusive")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def _held(database: ExchangeDatabase, table: str) -> Iterator[None]:
    """Somebody holds the table for himself; of SQLite another process, since a process does not keep itself out."""
    if database.engine is Engine.SQLITE:
        words = [sys.executable, "-c", _HOLDS, database.name]
        with Popen(words, stdin=PIPE, stdout=PIPE, text=True) as holder:
            assert holder.stdin
            assert holder.stdout
            assert holder.stdout.readline() == "held\n"
            yield
            holder.stdin.close()
        return
    with database.writing() as server:
        if database.engine is Engine.MARIADB:
            server.execute(f"call mysql_execute('pbx', 'lock tables {table} write')")
        else:
            lock = f"lock table {table} in access exclusive mode"
            server.execute(f"call postgres_execute('pbx', '{lock}')")
        yield


def test_a_table_that_somebody_holds_is_told_in_bounded_time_and_read_once_it_is_free(
    database: ExchangeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanners, "LOCK_SECONDS", 1)
    database.insert("cdr", rows_of("cdr")[:20])
    tables = ingest_of(database, tmp_path)
    with _held(database, "cdr"):
        began = time.monotonic()
        report = tables.land(SourceKind.CDR)
        assert time.monotonic() - began < 20
    assert [one.state for one in report.sources] == [State.UNREADABLE]
    assert report.rows_landed == 0
    free = tables.land(SourceKind.CDR)
    assert (free.rows_landed, free.is_refused) == (20, False)
