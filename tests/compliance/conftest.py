"""An operations database on each engine that the platform supports."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from compliance.ground.home import Home
from compliance.ground.operations import open_operations

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
    """Address of an empty database of a kind, for as long as it is wanted."""
    if kind == "sqlite":
        yield home.operations_url
        return
    name = f"madoguchi_test_{secrets.token_hex(6)}"
    server = create_engine(
        f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2}
    )
    try:
        with server.connect() as connection:
            connection.execute(text(f"create database {name}"))
    except Exception as error:
        server.dispose()
        if os.environ.get("MADOGUCHI_CI") == "1":
            raise
        pytest.skip(f"no PostgreSQL answers at 127.0.0.1:5432 ({type(error).__name__})")
    try:
        yield f"postgresql://postgres@127.0.0.1:5432/{name}"
    finally:
        with server.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        server.dispose()


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
