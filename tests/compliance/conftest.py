"""An operations database on each engine that the platform supports."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from compliance.ground.home import Home
from compliance.ground.operations import MIGRATIONS, metadata, open_operations

POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432"
NOW = datetime(2023, 11, 27, 6, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home with its folders."""
    home = Home.at(tmp_path / "home")
    home.create()
    return home


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, home: Home) -> Iterator[str]:
    """Address of an empty database; on PostgreSQL one of its own, dropped afterwards."""
    yield from address(request.param, home)


def address(kind: str, home: Home) -> Iterator[str]:
    """Address of an empty database of a kind, for as long as it is wanted; on PostgreSQL it has the present schema already."""
    if kind == "sqlite":
        yield home.operations_url
        return
    try:
        template = _migrated_on_postgres()
    except SQLAlchemyError as error:
        if os.environ.get("MADOGUCHI_CI") == "1":
            raise
        pytest.skip(f"no PostgreSQL answers at 127.0.0.1:5432 ({type(error).__name__})")
    name = _FREE.pop() if _FREE else _copied(template)
    try:
        yield f"{POSTGRES.replace('+psycopg', '')}/{name}"
    finally:
        if _emptied(name):
            _FREE.append(name)
        else:
            _drop(name)


_FREE: list[str] = []
"""Databases of this process that nobody uses: to empty one costs a tenth of making one."""
_IS_AS_MADE = "select (select count(*) from pg_tables where schemaname = 'public') = :tables and (select max(version_num) from alembic_version) = :head"
_TABLES = "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"  # fmt: skip


def _emptied(name: str) -> bool:
    """Whether a database is as it was made once its rows are gone; whoever still holds it open is sent away."""
    with _server() as connection:
        connection.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"),
            {"name": name},
        )
    with _server(name) as connection:
        expected = {"tables": len(metadata.tables) + 1, "head": head()}
        if not connection.execute(text(_IS_AS_MADE), expected).scalar_one():
            return False
        connection.execute(text("set session_replication_role = replica"))
        tables = connection.execute(text(_TABLES)).scalars().all()
        asked = " union all ".join(f"select '{t}' where exists (select 1 from {t})" for t in tables)
        for table in connection.execute(text(asked)).scalars().all():
            connection.execute(text(f"delete from {table}"))
        connection.execute(text("select setval(sequencename::regclass, start_value, false) from pg_sequences"))  # fmt: skip
    return True


def _copied(template: str) -> str:
    name = f"madoguchi_test_{secrets.token_hex(6)}"
    with _server() as connection:
        connection.execute(text(f"create database {name} template {template}"))
    atexit.register(_drop, name)
    return name


@cache
def head() -> str:
    """The newest migration."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


@contextmanager
def _server(name: str = "postgres") -> Iterator[Connection]:
    server = create_engine(
        f"{POSTGRES}/{name}", isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2}
    )
    try:
        with server.connect() as connection:
            yield connection
    finally:
        server.dispose()


@cache
def _migrated_on_postgres() -> str:
    """The name of a database with the present schema, of which the others of this process are copies."""
    name = f"madoguchi_test_{secrets.token_hex(6)}"
    with _server() as connection:
        connection.execute(text(f"create database {name}"))
    atexit.register(_drop, name)
    open_operations(f"{POSTGRES}/{name}").dispose()
    return name


def _drop(name: str) -> None:
    with _server() as connection:
        connection.execute(text(f"drop database if exists {name} with (force)"))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite store with the present schema: copied, it saves each test a fifth of a second of migrations."""
    path = tmp_path_factory.mktemp("migrated") / "operations.db"
    open_operations(f"sqlite:///{path}").dispose()
    assert not path.with_name("operations.db-wal").exists()
    return path


@pytest.fixture
def engine(url: str, migrated: Path) -> Iterator[Engine]:
    """An open operations database, its schema up to date."""
    store = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not store.exists():
        shutil.copyfile(migrated, store)
        store.chmod(0o600)
    engine = open_operations(url)
    yield engine
    engine.dispose()
