"""On which civil days the rows lie that a dbt test found, so that each paper tells those of its own period.

A test's rows carry a date themselves, or name what they found by a key or a value of the model that was tested; that row's
date is then theirs. Only a test that found something is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DATES = (
    "call_date",
    "week_start_date",
    "month_start_date",
    "half_hour_start_local",
    "event_at",
    "started_at",
)
"""The columns that say when, the plainest first; a week or a month lies on its first day."""


def days_of(
    connection: DuckDBPyConnection,
    sql: str,
    test: Mapping[str, Any],
    nodes: Mapping[str, Mapping[str, Any]],
) -> dict[date, int]:
    """How many of the rows of a test's statement (about the home at hand) lie on which day; those that no day is known of are
    left out."""
    found = _columns(connection, f"({sql}\n)")
    if when := _date_among(found):
        return _counted(connection, f"select {when}, count(*) from ({sql}\n) as found group by 1")
    column, key = test.get("column_name"), next(iter(found), None)
    if not column or not key:
        return {}
    for node in (nodes[one] for one in test["depends_on"]["nodes"] if one in nodes):
        model = f"{node['schema']}.{node['name']}"
        known = _columns(connection, model)
        if column in known and (when := _date_among(known)) and _is_tested(node, test):
            return _counted(
                connection,
                f"select {when}, count(distinct model.{column}) + max(cast(model.{column} is null as integer)) "
                f"from {model} as model where exists (select 1 from ({sql}\n) as found "
                f"where found.{key} is not distinct from model.{column}) group by 1",
            )
    return {}


def _is_tested(node: Mapping[str, Any], test: Mapping[str, Any]) -> bool:
    """Whether a test is about that model; of a relation between two, it is the one whose column was named."""
    attached = test.get("attached_node")
    return attached is None or attached == node["unique_id"]


def _columns(connection: DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Names and types of a relation's columns, in order."""
    rows = connection.execute(f"describe select * from {relation}").fetchall()
    return {row[0]: row[1] for row in rows}


def _date_among(columns: Mapping[str, str]) -> str | None:
    """The date of a row in Asia/Tokyo as SQL; null where it has none."""
    for name in _DATES:
        kind = columns.get(name)
        if kind == "TIMESTAMP WITH TIME ZONE":
            return f"cast(timezone('Asia/Tokyo', {name}) as date)"
        if kind in {"DATE", "TIMESTAMP"}:
            return f"cast({name} as date)"
    return None


def _counted(connection: DuckDBPyConnection, query: str) -> dict[date, int]:
    rows = connection.execute(query).fetchall()
    return {day: int(count) for day, count in rows if day is not None}
