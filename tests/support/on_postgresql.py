"""Databases of a test's own on PostgreSQL, a server of its own that may be stopped, and homes that lie on either."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select

import application.stores  # noqa: F401 - every table is declared
from compliance.ground.operations import metadata, open_operations
from tests.homes import HomeOnTrial

SHARED = "postgresql://postgres@127.0.0.1:5432"
_IN_CI = os.environ.get("MADOGUCHI_CI") == "1"
PASSWORD = "geheim-3a064b98b0b7c07f"


@contextmanager
def database(server: str = SHARED) -> Iterator[str]:
    """An empty database, dropped afterwards; skipped where no server answers."""
    name = f"madoguchi_test_{secrets.token_hex(6)}"
    try:
        _ask(f"{server}/postgres", f"create database {name}")
    except psycopg.OperationalError as error:
        if _IN_CI:
            raise
        pytest.skip(f"no PostgreSQL answers ({type(error).__name__})")
    try:
        yield f"{server}/{name}"
    finally:
        _ask(f"{server}/postgres", f"drop database if exists {name} with (force)")


def rows(url: str, question: str) -> list[tuple[Any, ...]]:
    """What a database answers."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(question).fetchall()  # type: ignore[call-overload, no-any-return]


def cut(url: str) -> None:
    """End every connection to a database."""
    place, _, name = url.rpartition("/")
    rows(f"{place}/postgres", f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")  # fmt: skip


def _ask(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True, connect_timeout=2) as connection:
        for one in statements:
            connection.execute(one)  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A server of a test's own; whoever connects needs a password."""

    binaries: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}"

    def restart(self, mode: str) -> None:
        """As at an upgrade (`fast`) or a power cut (`immediate`)."""
        self._control("restart", "-m", mode)

    def start(self) -> None:
        self._control("start")

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def _control(self, *words: str) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        given = ["-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", options]
        _as_nobody([str(self.binaries / "pg_ctl"), "-w", "-t", "60", *given, *words])


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A new server on a free port; skipped where PostgreSQL's programs or an account without rights are missing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found or (os.getuid() == 0 and shutil.which("setpriv") is None):
        if _IN_CI:
            raise AssertionError("there are no programs of PostgreSQL to start a server with")
        pytest.skip("no server of PostgreSQL can be started here (initdb, setpriv)")
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-pg-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        _as_nobody([
            str(found[-1]), "-D", str(folder / "data"), "-U", "postgres", "-N", "-E", "UTF8", "--locale=C",
            "--auth=scram-sha-256", f"--pwfile={folder / 'password'}",
        ])  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = OwnServer(found[-1].parent, folder, port)
        server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_nobody(words: list[str]) -> None:
    if os.getuid() == 0:
        words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words]
    done = subprocess.run(
        words, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=False
    )  # fmt: skip
    assert done.returncode == 0, words[-1]


@dataclass(frozen=True, slots=True)
class HomeOnPostgresql(HomeOnTrial):
    """A home whose two databases lie there."""

    operations: str = ""
    runs: str = ""

    def environment(self) -> dict[str, str]:
        said = {"MADOGUCHI_OPERATIONS_URL": self.operations, "MADOGUCHI_DAGSTER_URL": self.runs}
        return HomeOnTrial.environment(self) | {k: v for k, v in said.items() if v}

    def brought_over(self) -> None:
        """Put what the operations database holds into the home as SQLite, for whoever compares homes."""
        source = open_operations(self.operations)
        target = create_engine(f"sqlite:///{self.path / 'operations.db'}")
        version = Table(
            "alembic_version", MetaData(), Column("version_num", String, primary_key=True)
        )
        for made in (metadata, version.metadata):
            made.create_all(target)
        with source.connect() as read, target.begin() as written:
            for table in (*metadata.sorted_tables, version):
                kept = [dict(row) for row in read.execute(select(table)).mappings()]
                if kept:
                    written.execute(insert(table), kept)
        source.dispose()
        target.dispose()
