"""Tables of another database, read by DuckDB's scanners: one way to ask SQLite, MariaDB and PostgreSQL.

Attached read-only in a DuckDB of its own, so that an extension and a secret never meet what lands. A statement is sent as
it is written, each for itself and bounded, so that no lock or snapshot is held at the exchange between two of them. What a
driver says of a failure may hold a password or a row: it is told by kind only.
"""

from __future__ import annotations

import importlib.util
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from telephony_ingest.errors import TableUnreadable

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


LOCK_SECONDS = 10
"""How long a statement waits where somebody holds the table: of itself MariaDB would wait a day, PostgreSQL for ever."""


class Engine(StrEnum):
    """The databases in which exchanges keep their records."""

    SQLITE = "sqlite"
    MARIADB = "mariadb"
    POSTGRESQL = "postgresql"

    @property
    def scanner(self) -> str:
        """What DuckDB calls it."""
        return {"sqlite": "sqlite", "mariadb": "mysql", "postgresql": "postgres"}[self]


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where a database is. `database` is a file's path where the engine is SQLite; `port` 0 is the engine's usual one."""

    engine: Engine
    database: str
    host: str = "127.0.0.1"
    port: int = 0
    user: str = ""
    ca_file: str = ""

    @property
    def is_here(self) -> bool:
        """Whether nothing leaves this machine."""
        return self.engine is Engine.SQLITE or is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Access:
    """What the composition root grants: a password, or in `refusal` why nothing may be asked."""

    password: str = field(default="", repr=False)
    refusal: str = ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Tables:
    """An attached database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, engine: Engine) -> None:
        self._connection = connection
        self.engine = engine

    def quoted(self, name: str) -> str:
        """A name, with its schema before a dot, as this engine writes it."""
        sign = "`" if self.engine is Engine.MARIADB else '"'
        return ".".join(sign + part.replace(sign, sign * 2) + sign for part in name.split("."))

    def asked(self, statement: str, local: str = "*") -> pa.Table:
        """The rows of a statement, with `local` DuckDB expressions over its columns.

        Raises:
            TableUnreadable: the database refuses, is gone, or holds what cannot be read.
        """
        query = f"select {local} from {self._source()}"
        with _told("the database did not answer as it should, or somebody holds the table"):
            return self._connection.execute(query, [self._bounded(statement)]).to_arrow_table()

    def columns(self, table: str) -> dict[str, str]:
        """The columns of a table by their lower-case names: own name and DuckDB's type, of SQLite always text.

        Raises:
            TableUnreadable: as `asked`.
        """
        statement = f"select * from {self.quoted(table)} limit 0"
        with _told("the table is not there, may not be read, or is held by somebody"):
            found = self._connection.execute(
                f"describe select * from {self._source()}", [self._bounded(statement)]
            ).fetchall()
        return {str(row[0]): str(row[1]) for row in found}

    def _bounded(self, statement: str) -> str:
        """Of MariaDB with its wait in front, which MySQL reads as a comment; PostgreSQL has it of its connection."""
        if self.engine is not Engine.MARIADB:
            return statement
        return f"/*M! set statement lock_wait_timeout = {LOCK_SECONDS} for */ {statement}"

    def _source(self) -> str:
        more = ", stream_results = true" if self.engine is Engine.MARIADB else ""
        return f"{self.engine.scanner}_query('pbx', $1{more})"


@contextmanager
def attached(address: DatabaseAddress, access: Access) -> Iterator[Tables]:
    """A database, attached read-only for as long as it is wanted.

    Raises:
        TableUnreadable: it cannot be reached, or lets nobody in.
    """
    import duckdb

    engine = address.engine
    if engine is Engine.SQLITE and not Path(address.database).is_file():
        raise TableUnreadable("there is no such file: check [pbx.database] database")
    settings: dict[str, str | bool | int | float | list[str]] = {
        "allow_unsigned_extensions": "true",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "threads": 2,
        "temp_directory": "",
    }
    with duckdb.connect(config=settings) as connection:
        with _told("the scanner of this engine cannot be loaded"):
            connection.execute(f"load '{_extension(engine.scanner)}'")
        connection.execute("set timezone = 'UTC'")
        for setting in _SETTINGS[engine]:
            connection.execute(f"set {setting}")
        with _told("it cannot be reached, or does not let this account in"):
            connection.execute(
                f"attach '{_text(_where(address, access))}' as pbx (type {engine.scanner}, read_only)"
            )
        yield Tables(connection, engine)


_SETTINGS = {
    Engine.SQLITE: ("sqlite_all_varchar = true",),
    Engine.MARIADB: (
        "mysql_incomplete_dates_as_nulls = true",
        "mysql_tinyint1_as_boolean = false",
        "mysql_bit1_as_boolean = false",
    ),
    Engine.POSTGRESQL: (),
}


def _where(address: DatabaseAddress, access: Access) -> str:
    if address.engine is Engine.SQLITE:
        return address.database
    is_maria = address.engine is Engine.MARIADB
    said = {
        "host": address.host,
        "port": str(address.port or (3306 if is_maria else 5432)),
        ("database" if is_maria else "dbname"): address.database,
        "user": address.user,
        "password": access.password,
    }
    if is_maria:
        said |= {"ssl_ca": address.ca_file}
        if not address.is_here:
            said |= {"ssl_mode": "verify_identity"}
    else:
        said |= {"sslrootcert": address.ca_file, "connect_timeout": "10"}
        said |= {"options": f"-c lock_timeout={LOCK_SECONDS}s"}
        if not address.is_here:
            said |= {"sslmode": "verify-full"}
    sign = '"' if is_maria else "'"
    return " ".join(f"{name}={_escaped(value, sign)}" for name, value in said.items() if value)


def _escaped(value: str, sign: str) -> str:
    return sign + value.replace("\\", "\\\\").replace(sign, "\\" + sign) + sign


def _text(value: str) -> str:
    return value.replace("'", "''")


def _extension(scanner: str) -> Path:
    import duckdb

    found = importlib.util.find_spec(f"duckdb_extension_{scanner}_scanner")
    folder = (
        Path(next(iter(found.submodule_search_locations or ()), "")) if found else Path("missing")
    )
    return folder / "extensions" / f"v{duckdb.__version__}" / f"{scanner}_scanner.duckdb_extension"


@contextmanager
def _told(what: str) -> Iterator[None]:
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise TableUnreadable(f"{what} ({type(error).__name__})") from None
