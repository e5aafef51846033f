"""Looking into the warehouse without holding the home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


def rows_of(
    connection: DuckDBPyConnection | None, query: str, values: Sequence[object] = ()
) -> list[tuple[Any, ...]]:
    """The rows of a query; none where there is no warehouse, or it was never built as far as its tables."""
    import duckdb

    if connection is None:
        return []
    try:
        return connection.execute(query, list(values)).fetchall()
    except duckdb.CatalogException:
        return []
