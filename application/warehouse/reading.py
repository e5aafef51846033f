"""Looking into the warehouse without holding the home, and asking DuckDB a question with values.

DuckDB's Python module imports pandas, where it is installed, for every value that it is handed: half a second that a command waits
for. A statement prepared and executed in SQL, with the values written out, needs none of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from compliance.errors import HomeBusy
from compliance.ground.home import Home

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextmanager
def warehouse_to_read(home: Home) -> Iterator[DuckDBPyConnection | None]:
    """The warehouse, read only; null where there is none yet.

    Raises:
        HomeBusy: another process builds it now.
    """
    import duckdb

    if not home.warehouse.is_file():
        yield None
        return
    try:
        connection = duckdb.connect(str(home.warehouse), read_only=True)
    except duckdb.IOException as error:
        raise HomeBusy(
            "A run builds the warehouse now, so it cannot be read: try again in a minute."
        ) from error
    with connection:
        yield connection


@contextmanager
def in_memory() -> Iterator[DuckDBPyConnection]:
    """DuckDB without a file, to ask files of: one engine for the process, since to start one takes longer than most questions. No table is
    made there and nothing set, which the next would meet; nothing spills to a disk."""
    with _engine(os.getpid()).cursor() as cursor:
        yield cursor


@cache
def _engine(_pid: int) -> DuckDBPyConnection:
    """A forked process has one of its own."""
    import duckdb

    return duckdb.connect(config={"temp_directory": ""})


def rows_of(
    connection: DuckDBPyConnection | None, query: str, values: Sequence[object] = ()
) -> list[tuple[Any, ...]]:
    """The rows of a query; none where there is no warehouse, or it was never built as far as its tables."""
    import duckdb

    if connection is None:
        return []
    try:
        return asked(connection, query, values)
    except duckdb.CatalogException:
        return []


def asked(
    connection: DuckDBPyConnection, query: str, values: Sequence[object]
) -> list[tuple[Any, ...]]:
    """The rows of a query with `?` or `$1` for its values: whole numbers, texts, days, null, and lists of them.

    Raises:
        TypeError: a value is of another kind.
        duckdb.Error: as DuckDB says.
    """
    if not values:
        return connection.execute(query).fetchall()
    connection.execute(f"prepare asked as {query}")
    try:
        return connection.execute(f"execute asked({', '.join(map(literal, values))})").fetchall()
    finally:
        connection.execute("deallocate asked")


def literal(value: object) -> str:
    """A value as DuckDB reads it in SQL. Pure.

    Raises:
        TypeError: it is of another kind than `asked` takes.
    """
    if value is None:
        return "null"
    if type(value) is int:
        return str(value)
    if type(value) is str:
        return "'" + value.replace("'", "''") + "'"
    if type(value) is date:
        return f"date '{value.isoformat()}'"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"no value for a question: {type(value).__name__}")
