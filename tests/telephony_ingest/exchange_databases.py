"""The recorded exchange's rows in a real database of each engine, written to by connections of their own."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from telephony_ingest.landing.scanners import Engine, _extension
from tests.telephony_ingest.tables import COLUMNS, Row, declared

_SERVERS = {
    Engine.MARIADB: ("mysql", "host=127.0.0.1 port=3306 user=root", "mysql"),
    Engine.POSTGRESQL: ("postgres", "host=127.0.0.1 port=5432 user=postgres", "dbname=postgres"),
}


@dataclass(frozen=True)
class ExchangeDatabase:
    """One database with the three tables, empty at first; `settings` is what `[pbx.database]` says of it."""

    engine: Engine
    name: str
    settings: dict[str, Any]

    def insert(self, kind: str, rows: Sequence[Row]) -> None:
        """Rows in one transaction of their own."""
        with self.writing() as connection:
            put(connection, kind, rows)

    def does(self, statement: str) -> None:
        """One statement of the engine's own SQL."""
        with self.writing() as connection:
            if isinstance(connection, sqlite3.Connection):
                connection.execute(statement)
            else:
                connection.execute(f"call {self.engine.scanner}_execute('pbx', $1)", [statement])

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """A connection in a transaction that ends with the block."""
        if self.engine is Engine.SQLITE:
            writer = sqlite3.connect(self.name)
            with writer:
                yield writer
            writer.close()
            return
        with _server(self.engine, self.name) as connection:
            connection.execute("begin")
            yield connection
            connection.execute("commit")


def put(connection: Any, kind: str, rows: Sequence[Row]) -> None:
    """Insert rows where a transaction is open."""
    names = COLUMNS[kind]
    if isinstance(connection, sqlite3.Connection):
        marks = ", ".join("?" for _ in names)
        connection.executemany(f"insert into {kind} ({', '.join(names)}) values ({marks})", rows)
        return
    columns = {
        name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(names)
    }
    connection.register("given", pa.table(columns))
    target = f"pbx.{'public.' if connection.execute('select true from duckdb_databases() where type = ?', ['postgres']).fetchone() else ''}{kind}"
    connection.execute(f"insert into {target} ({', '.join(names)}) select * from given")


@contextmanager
def _server(engine: Engine, database: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
    kind, where, of_none = _SERVERS[engine]
    given = (
        of_none
        if not database
        else f"dbname={database}"
        if kind == "postgres"
        else f"database={database}"
    )
    given = "" if given == "mysql" else given
    with duckdb.connect(config={"allow_unsigned_extensions": "true"}) as connection:
        connection.execute(f"load '{_extension(kind)}'")
        connection.execute(f"attach '{where} {given}' as pbx (type {kind})")
        yield connection


def exchange_database(engine: Engine, folder: Path) -> Iterator[ExchangeDatabase]:
    """A database of its own on an engine, dropped afterwards; skipped where none answers."""
    tables = {kind: kind for kind in COLUMNS}
    if engine is Engine.SQLITE:
        path = folder / "asterisk.db"
        made = ExchangeDatabase(
            engine, str(path), {"engine": "sqlite", "database": str(path), **tables}
        )
    else:
        name = f"madoguchi_pbx_{secrets.token_hex(4)}"
        try:
            with _server(engine) as server:
                server.execute(
                    f"call {engine.scanner}_execute('pbx', 'create database {name}', use_transaction = false)"
                    if engine is Engine.POSTGRESQL
                    else f"call mysql_execute('pbx', 'create database {name}')"
                )
        except duckdb.IOException as error:
            if os.environ.get("MADOGUCHI_CI") == "1":
                raise
            pytest.skip(f"no {engine} answers at 127.0.0.1 ({type(error).__name__})")
        user = "root" if engine is Engine.MARIADB else "postgres"
        made = ExchangeDatabase(
            engine, name, {"engine": str(engine), "database": name, "user": user, **tables}
        )
    try:
        for kind in COLUMNS:
            made.does(declared(kind, engine=str(engine), has_id=kind != "cdr"))
        yield made
    finally:
        if engine is not Engine.SQLITE:
            with _server(engine) as server:
                drop = f"drop database {name}" + (
                    " with (force)" if engine is Engine.POSTGRESQL else ""
                )
                more = ", use_transaction = false" if engine is Engine.POSTGRESQL else ""
                server.execute(f"call {engine.scanner}_execute('pbx', '{drop}'{more})")
