"""Builds the warehouse with dbt, inside this process.

A subprocess costs 11–14 s before dbt starts its work; its in-process runner takes well under a second
once the project is parsed, so the parsed manifest is kept per home. What dbt says of each node is
handed on as a `NodeOutcome` the moment the node ends, so that a caller can show progress or turn it
into a materialization. dbt's adapter keeps the DuckDB file open after a build, which locks every
other reader out: it is let go at the end, whatever happened.

Left out: which days to build (`days`), what tests ask (`asking`), and what Dagster makes of the outcomes (`orchestration.assets.warehouse`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.errors import ModelFailed
from orchestration.opening.environment import environment
from orchestration.warehouse.manifest import DBT_PROJECT

if TYPE_CHECKING:
    from compliance.ground.home import Home

_PARSED: dict[str, Any] = {}
"""Parsed manifests by home; source locations are rendered when dbt parses."""


@dataclass(frozen=True, slots=True)
class NodeOutcome:
    """What became of one dbt node.

    `status` is dbt's own word: `success` for a model, `pass` or `fail` for a test (whatever its severity),
    `error`, `skipped` for both. `failures` counts the rows that a test found, null for models.
    """

    unique_id: str
    resource_type: str
    status: str
    seconds: float
    failures: int | None
    message: str

    @property
    def is_broken(self) -> bool:
        """Whether the node could not do its work (a test that found rows did its work)."""
        return self.status in {"error", "skipped", "runtime error", "partial success"}

    @property
    def name(self) -> str:
        """The node's own name."""
        return self.unique_id.split(".")[2]


def build(
    home: Home,
    variables: Mapping[str, str | None],
    *,
    select: str | None = None,
    exclude: str | None = None,
    on_node: Callable[[NodeOutcome], None] = lambda _: None,
) -> tuple[NodeOutcome, ...]:
    """Run `dbt run` over the selection and return each model's outcome, in the order they ended.

    Raises:
        ModelFailed: a model could not be built.
    """
    outcomes: list[NodeOutcome] = []

    def listen(event: Any) -> None:
        if event.info.name != "NodeFinished":
            return
        run, node = event.data.run_result, event.data.node_info
        outcome = NodeOutcome(
            unique_id=node.unique_id,
            resource_type=node.resource_type,
            status=str(run.status),
            seconds=float(run.execution_time),
            failures=None,
            message=str(run.message),
        )
        outcomes.append(outcome)
        on_node(outcome)

    with _pointed_at(home):
        arguments = ["run", "--vars", json.dumps(variables)]
        if select:
            arguments += ["--select", select]
        if exclude:
            arguments += ["--exclude", exclude]
        try:
            result = _invoke(home, arguments, listen)
        finally:
            _let_go()
    broken = [o for o in outcomes if o.is_broken]
    if broken or not result.success:
        first = broken[0] if broken else None
        reason = first.message if first else str(result.exception or "no node ran")
        raise ModelFailed(
            f"The warehouse could not be built: {first.unique_id if first else 'dbt'} ended with: {reason} "
            "What was built before is still there. If the cause is not plain, remove "
            f"{home.warehouse.name} from the home and run again: it is rebuilt from landing."
        )
    return tuple(outcomes)


def _invoke(home: Home, arguments: list[str], listen: Callable[[Any], None]) -> Any:
    from dbt.cli.main import dbtRunner

    key = str(home.root)
    options = [
        "--quiet",
        "--log-level-file",
        "none",
        "--no-write-json",
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
        "--no-partial-parse",
        "--no-use-colors",
    ]
    places = [
        "--project-dir",
        str(DBT_PROJECT),
        "--profiles-dir",
        str(DBT_PROJECT),
        "--target-path",
        str(home.logs / "dbt"),
    ]
    if key not in _PARSED:
        parsed = dbtRunner().invoke([*options, "parse", *places])
        if not parsed.success:
            raise ModelFailed(f"dbt could not read its project: {parsed.exception}")
        _PARSED[key] = parsed.result
    runner = dbtRunner(manifest=_PARSED[key], callbacks=[listen])
    return runner.invoke([*options, *arguments, *places])


def folders_read(home: Home) -> dict[str, str]:
    """The folders that the models read, by the variables that dbt reads them from."""
    return {
        "MADOGUCHI_LANDING": str(home.landing),
        "MADOGUCHI_REFERENCE": str(home.reference),
        "MADOGUCHI_FLOOR": str(home.floor),
    }


def _pointed_at(home: Home) -> AbstractContextManager[None]:
    """dbt reads the home's folders from the environment."""
    return environment(
        MADOGUCHI_WAREHOUSE=str(home.warehouse), DO_NOT_TRACK="1", **folders_read(home)
    )


def _let_go() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
