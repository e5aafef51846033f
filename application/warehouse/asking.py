"""Asks the warehouse what dbt's tests ask, each as one statement, as dbt compiled them at set-up.

A test costs dbt some 45 ms around a statement of a few: with as many tests as models, half of a night's build. The
statements are dbt's own (`compiled_code` in the manifest), and so is the verdict: rows found, or none. `dbt test`
asks the same; a test of ours holds both to each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from application.errors import ModelFailed
from application.warehouse.build import folders_read
from application.warehouse.dating import days_of
from application.warehouse.manifest import PLACEHOLDERS, require_manifest
from application.warehouse.outcome import NodeOutcome
from compliance.contract.due_terms import Unit

if TYPE_CHECKING:
    from compliance.ground.home import Home

TAGS: Mapping[Unit, str] = {Unit.WEEK: "weekly", Unit.MONTH: "monthly"}
"""dbt's tags of the models whose rows are longer periods than a day."""


def known_tests() -> tuple[Mapping[str, Any], ...]:
    """Every test of the project, as the manifest has it."""
    return tuple(node for node in _nodes().values() if node["resource_type"] == "test")


def unit_of(test: Mapping[str, Any]) -> Unit:
    """With which models it is asked: the longest period among the rows that it looks at."""
    nodes = _nodes()
    looked_at = (nodes[one] for one in test["depends_on"]["nodes"] if one in nodes)
    tags = {tag for node in looked_at for tag in node.get("tags", [])}
    return next((unit for unit in (Unit.MONTH, Unit.WEEK) if TAGS[unit] in tags), Unit.DAY)


def ask(
    home: Home,
    tests: Collection[Mapping[str, Any]],
    on_node: Callable[[NodeOutcome], None] = lambda _: None,
) -> tuple[NodeOutcome, ...]:
    """Ask those tests of the warehouse as it is, in the order of their names.

    Raises:
        ModelFailed: a test cannot be asked; its models are not what it was written for.
    """
    import duckdb

    outcomes = []
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        for test in sorted(tests, key=lambda one: str(one["name"])):
            began = perf_counter()
            try:
                sql = _of_home(home, test["compiled_code"])
                found = connection.execute(f"select count(*) from ({sql}\n) as found").fetchone()
                rows = int(found[0]) if found else 0
                by_day = days_of(connection, sql, test, _nodes()) if rows else {}
            except duckdb.Error as error:
                raise ModelFailed(
                    f"The test {test['name']} could not be asked of the warehouse ({type(error).__name__}). "
                    f"If the cause is not plain, remove {home.warehouse.name} from the home and run again: "
                    "it is rebuilt from landing."
                ) from error
            outcome = NodeOutcome(
                unique_id=str(test["unique_id"]),
                resource_type="test",
                status="fail" if rows else "pass",
                seconds=perf_counter() - began,
                failures=rows,
                message="",
                by_day=by_day,
            )
            outcomes.append(outcome)
            on_node(outcome)
    return tuple(outcomes)


def _of_home(home: Home, sql: str) -> str:
    """A statement that was compiled for no home yet, about this one's files."""
    for name, folder in folders_read(home).items():
        sql = sql.replace(PLACEHOLDERS[name], folder)
    return sql


def _nodes() -> Mapping[str, Mapping[str, Any]]:
    path = require_manifest()
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read(path: Path, changed_ns: int) -> Mapping[str, Mapping[str, Any]]:
    nodes: Mapping[str, Mapping[str, Any]] = json.loads(path.read_bytes())["nodes"]
    return nodes
