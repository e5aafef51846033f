"""Runs the models that set-up compiled, one after another, each in a transaction of its own, as dbt would.

Left out: what the statements are (`compiled`), and what is built by dbt itself (`build`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from application.warehouse.compiled import (
    AS_OF,
    FROM_DATE,
    TO_DATE,
    CompiledModel,
    Days,
    kind_of,
    relations_needed,
    wrapped,
)
from application.warehouse.outcome import NodeOutcome

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb


@dataclass(frozen=True, slots=True)
class Filled:
    """What takes the tokens' places: the bounds of the days (null: open) and the present, as texts, and where each source lies, in SQL."""

    days: Days
    from_date: str | None
    to_date: str | None
    as_of: str
    sources: Mapping[str, str]

    def into(self, statement: str) -> str:
        """The statement about these days and this home. Pure."""
        days = {FROM_DATE: self.from_date or "", TO_DATE: self.to_date or "", AS_OF: self.as_of}
        for token, value in {**days, **self.sources}.items():
            statement = statement.replace(token, value)
        return statement


def run_models(
    warehouse: Path,
    models: Sequence[CompiledModel],
    filled: Filled,
    on_node: Callable[[NodeOutcome], None],
) -> tuple[NodeOutcome, ...] | None:
    """Each model's outcome, in order; null, and nothing done, where the warehouse cannot be opened or lacks what the statements
    change: dbt then builds, or says what is wrong. After one that failed the others are skipped; what was built before them stays.
    """
    import duckdb

    outcomes: list[NodeOutcome] = []
    try:
        opened = duckdb.connect(str(warehouse))
    except duckdb.Error:
        return None
    with opened as connection:
        connection.execute("set timezone = 'UTC'")
        present = _present(connection)
        if not _is_there(connection, models, present):
            return None
        for model in models:
            if outcomes and outcomes[-1].is_broken:
                outcomes.append(_outcome(model, "skipped", 0.0, ""))
            else:
                outcomes.append(_built(connection, model, filled, present))
            on_node(outcomes[-1])
    return tuple(outcomes)


def _present(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        "select schema_name, table_name, 'table' from duckdb_tables() where not internal "
        "union all select schema_name, view_name, 'view' from duckdb_views() where not internal"
    ).fetchall()
    return {(schema, name): kind for schema, name, kind in rows}


def _is_there(
    connection: duckdb.DuckDBPyConnection,
    models: Sequence[CompiledModel],
    present: Mapping[tuple[str, str], str],
) -> bool:
    schemas = {
        str(name)
        for (name,) in connection.execute("select schema_name from duckdb_schemas()").fetchall()
    }
    return {model.schema for model in models} <= schemas and all(
        present.get(key) == "table" for key in relations_needed(models)
    )


def _built(
    connection: duckdb.DuckDBPyConnection,
    model: CompiledModel,
    filled: Filled,
    present: Mapping[tuple[str, str], str],
) -> NodeOutcome:
    import duckdb

    began = perf_counter()
    there = present.get((model.schema, model.name))
    try:
        connection.begin()
        if there is not None and there != kind_of(model, filled.days):
            connection.execute(f"drop {there} {model.relation} cascade")
        connection.execute(filled.into(wrapped(model, filled.days)))
        connection.commit()
    except duckdb.Error as error:
        _undone(connection)
        words = f"Runtime Error in model {model.name} ({model.path})\n  {error}"
        return _outcome(model, "error", perf_counter() - began, words)
    return _outcome(model, "success", perf_counter() - began, "OK")


def _undone(connection: duckdb.DuckDBPyConnection) -> None:
    """Roll back; where the commit itself failed, the engine has done so."""
    import contextlib

    import duckdb

    with contextlib.suppress(duckdb.Error):
        connection.rollback()


def _outcome(model: CompiledModel, status: str, seconds: float, message: str) -> NodeOutcome:
    return NodeOutcome(
        unique_id=model.unique_id,
        resource_type="model",
        status=status,
        seconds=seconds,
        failures=None,
        message=message,
    )
