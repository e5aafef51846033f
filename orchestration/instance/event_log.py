"""Dagster's event log of a home: one SQLite file, its connections kept open.

Dagster's default keeps one SQLite file per run, creates its schema anew each time and opens a connection
per event; at a run every five minutes that is some seven thousand files by a contract's end, and more
than half of a simulated day (ADR 0010). Its consolidated log is one file; here its connections are pooled
as well, and what SQLite would ask the schema at every event is asked once.

A commit does not wait for the disk (`synchronous = normal`): after a power cut the log may lack its last
moments, never its soundness. Nothing that must be proved rests on it; registers and papers have their own
stores.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import (
    ConsolidatedSqliteEventLogStorage,
)
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy.engine import Connection, Engine

from orchestration.instance.following import Follower, Sign


class EventLog(ConsolidatedSqliteEventLogStorage):
    """What `dagster.yaml` names as the event log's storage."""

    def __init__(self, *args: Any, **named: Any) -> None:
        self._engine: Engine | None = None
        self._engine_of = -1
        self._columns: dict[str, bool] = {}
        self._tables: set[str] = set()
        self._follower = Follower(
            self._signs,
            lambda: self.on_modified(),  # type: ignore[no-untyped-call]
            lambda: bool(self._watchers),
        )
        self._storing = threading.local()
        super().__init__(*args, **named)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        present = getattr(self._storing, "connection", None)
        if present is not None:
            yield present
            return
        with self._pool().connect() as connection, connection.begin():
            yield connection

    def store_event(self, event: EventLogEntry) -> None:
        """Note an event and what the log's index says of it, in one transaction: the default makes up to four."""
        with self._connect() as connection:
            self._storing.connection = connection
            try:
                super().store_event(event)
            finally:
                self._storing.connection = None

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if column_name not in self._columns:
            self._columns[column_name] = super()._has_asset_key_col_on_connection(conn, column_name)
        return self._columns[column_name]

    def has_table(self, table_name: str) -> bool:
        """Whether the file has that table; one that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def upgrade(self) -> None:
        """Migrate the file, and forget what its schema said before."""
        super().upgrade()  # type: ignore[no-untyped-call]
        self._columns.clear()
        self._tables.clear()

    def watch(self, run_id: str, cursor: str | None, callback: Any) -> None:
        """Tell a page what is noted of a run from a cursor on, within half a second."""
        with self._follower.turn:
            self._watchers[run_id][callback] = cursor
            self._follower.begin()

    def end_watch(self, run_id: str, handler: Any) -> None:
        """Tell it no more."""
        with self._follower.turn:
            super().end_watch(run_id, handler)  # type: ignore[no-untyped-call]
            if not self._watchers.get(run_id):
                self._watchers.pop(run_id, None)

    @contextmanager
    def _signs(self) -> Iterator[Sign]:
        """`data_version` moves with each commit of anybody else, and asking for it reads no row; a file's events are not seen, since what
        is committed goes beside the file (WAL) and connections stay open."""
        file = str(self.get_db_path())  # type: ignore[no-untyped-call]
        place = f"{Path(file).resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(place, uri=True)) as connection:
            yield lambda: connection.execute("pragma data_version").fetchone()

    def dispose(self) -> None:
        """Let the file go."""
        self._follower.end()
        if self._engine is not None:
            self._engine.dispose(close=self._engine_of == os.getpid())
            self._engine = None
        super().dispose()  # type: ignore[no-untyped-call]

    def _pool(self) -> Engine:
        """This process's connections; a child that was forked makes its own."""
        if self._engine is None or self._engine_of != os.getpid():
            if self._engine is not None:
                self._engine.dispose(close=False)
            self._engine_of = os.getpid()
            self._engine = sa.create_engine(
                self._conn_string,
                pool_size=4,
                max_overflow=-1,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            sa.event.listen(self._engine, "connect", _relax)
        return self._engine


def _relax(connection: Any, _: object) -> None:
    connection.execute("pragma synchronous = normal")
