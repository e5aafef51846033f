"""What templates of the dbt project find under `adapter` where dbt is not: SQLFluff loads this module by its name (`.sqlfluff`)."""

from __future__ import annotations

import jinja2


@jinja2.pass_context
def dispatch(context: jinja2.runtime.Context, name: str) -> object:
    """The macro of that name that says it as DuckDB does, as dbt gives it to a home."""
    return context[f"duckdb__{name}"]
