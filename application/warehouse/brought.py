"""Brings the tables that Spark derived into the home's DuckDB file, in one replacement.

A file is made beside with every relation as DuckDB itself would have made it, of the same types, and empty; the rows come from the Parquet
files in which Spark keeps each table. Then it is renamed: who reads the file of before goes on reading it, and a kill leaves it there. A
view over landed files stays one.

Left out: what derives the tables (`spark_process`), and which days they hold (`days`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from application.errors import ModelFailed
from application.warehouse.compiled import CompiledModel, Days, wrapped
from application.warehouse.reading import literal
from application.warehouse.running import Filled
from compliance.ground import durable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from compliance.ground.home import Home


def bring_over(
    home: Home,
    models: Sequence[CompiledModel],
    files: Mapping[str, Sequence[str]],
    filled: Filled,
) -> None:
    """Every model's relation, each after those that it reads. `files` are those of a relation's rows, by `schema.name`; `filled` is
    about all days of this home.

    Raises:
        ModelFailed: a table's rows are not of the types that DuckDB gives it, or cannot be read.
    """
    import duckdb

    made = home.spark / home.warehouse.name  # of the same name: statements name the database by it
    for path in (made, _log_of(made)):
        path.unlink(missing_ok=True)
    views = {one.relation for one in models if _is_view(one, files, home.spark)}
    try:
        with duckdb.connect(str(made)) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.begin()
            _make_empty(connection, models, filled)
            for model in models:
                if model.relation in views:
                    connection.execute(f"drop table {model.relation}")
                    connection.execute(filled.into(wrapped(model, Days.ALL)))
                else:
                    _fill(connection, model, files.get(f"{model.schema}.{model.name}", ()))
            connection.commit()
    except duckdb.Error as error:
        raise ModelFailed(
            f"What Spark derived could not be brought into {home.warehouse.name} ({type(error).__name__}). "
            "The file of before is still there."
        ) from error
    _log_of(home.warehouse).unlink(missing_ok=True)
    durable.publish(made, home.warehouse)


def _log_of(file: Path) -> Path:
    return file.with_name(file.name + ".wal")


def _is_view(model: CompiledModel, files: Mapping[str, Sequence[str]], tables: Path) -> bool:
    """Whether Spark reads it from the landed files themselves. Pure."""
    theirs = files.get(f"{model.schema}.{model.name}", ())
    return model.kind == "view" or (
        model.kind == "staged" and not all(Path(one).is_relative_to(tables) for one in theirs)
    )


def _make_empty(
    connection: DuckDBPyConnection, models: Sequence[CompiledModel], filled: Filled
) -> None:
    """The tables without a row, so that each has the names and types that its query gives it here."""
    for schema in sorted({model.schema for model in models}):
        connection.execute(f"create schema if not exists {schema}")
    for model in models:
        query = filled.into(model.queries[Days.ALL])
        connection.execute(f"create table {model.relation} as select * from (\n{query}\n) limit 0")


def _fill(connection: DuckDBPyConnection, model: CompiledModel, files: Sequence[str]) -> None:
    if files:
        connection.execute(
            f"insert into {model.relation} by name select * from read_parquet({literal(sorted(files))})"
        )
