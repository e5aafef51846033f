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
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import (
    ConsolidatedSqliteEventLogStorage,
)
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy.engine import Connection, Engine


class EventLog(ConsolidatedSqliteEventLogStorage):
    """What `dagster.yaml` names as the event log's storage."""

    def __init__(self, *args: Any, **named: Any) -> None:
        self._engine: Engine | None = None
        self._engine_of = -1
        self._columns: dict[str, bool] = {}
        self._tables: set[str] = set()
        super().__init__(*args, **named)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._pool().connect() as connection, connection.begin():
            yield connection

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

    def dispose(self) -> None:
        """Let the file go."""
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
