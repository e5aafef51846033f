"""What a home's warehouse holds, whole, to be compared."""

from __future__ import annotations

import duckdb

from compliance.ground.home import Home


def told_of(home: Home) -> dict[str, tuple[object, ...]]:
    """Of every relation: its kind, its columns' types, and its rows in an order of their own."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return {
            name: (
                kind,
                connection.execute(f"describe {name}").fetchall(),
                sorted(connection.execute(f"select * from {name}").fetchall(), key=repr),
            )
            for name, kind in connection.execute(
                "select table_schema || '.' || table_name, table_type from information_schema.tables"
            ).fetchall()
        }


def differing(one: Home, other: Home) -> list[str]:
    """Relations that are not the same in both, by kind, columns' types and rows, doubles to the last bit."""
    ours, theirs = told_of(one), told_of(other)
    assert len(ours) > 40
    return sorted(
        name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
    )
