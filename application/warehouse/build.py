"""Builds the warehouse: from the statements that dbt compiled at set-up, or with dbt, inside this process.

A warehouse that has its tables is brought further by dbt's own statements (`compiled`), without dbt; one that is made from nothing, and
whatever set-up did not compile, dbt builds.

A subprocess costs 11–14 s before dbt starts its work; its in-process runner takes well under a second
once the project is parsed. Set-up left it parsed; only the places of sources differ between homes and builds, and are
written into it before each. What dbt says of each node is
handed on as a `NodeOutcome` the moment the node ends, so that a caller can show progress or turn it
into a materialization. dbt's adapter keeps the DuckDB file open after a build, which locks every
other reader out: it is let go at the end, whatever happened.

Left out: which days to build (`days`), what tests ask (`asking`), and what Dagster makes of the outcomes (`orchestration.assets.warehouse`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from application.errors import ModelFailed
from application.home.environment import environment
from application.warehouse.compiled import (
    CompiledProject,
    compiled_at_set_up,
    days_of_build,
    selected,
)
from application.warehouse.manifest import DBT_PROJECT, PLACEHOLDERS, parsed_at_set_up
from application.warehouse.outcome import NodeOutcome, told_by_dbt
from application.warehouse.running import Filled, run_models

if TYPE_CHECKING:
    from pathlib import Path

    from compliance.ground.home import Home

_PARSED: dict[str, Any] = {}
"""The parsed project, and under `locations` what set-up wrote for each source's place."""


def build(
    home: Home,
    variables: Mapping[str, str | None],
    *,
    select: str | None = None,
    exclude: str | None = None,
    files: Mapping[str, Sequence[Path]] | None = None,
    on_node: Callable[[NodeOutcome], None] = lambda _: None,
) -> tuple[NodeOutcome, ...]:
    """Build the selection and return each model's outcome, in the order they ended. `files` names those
    that are to be read of a landing dataset; of others, all are.

    Raises:
        ModelFailed: a model could not be built.
    """
    outcomes = _build_compiled(home, variables, select, exclude, files or {}, on_node)
    if outcomes is None:
        return _build_with_dbt(home, variables, select, exclude, files or {}, on_node)
    require_whole(home, outcomes)
    return outcomes


def _build_compiled(
    home: Home,
    variables: Mapping[str, str | None],
    select: str | None,
    exclude: str | None,
    files: Mapping[str, Sequence[Path]],
    on_node: Callable[[NodeOutcome], None],
) -> tuple[NodeOutcome, ...] | None:
    """From what set-up compiled; null, and nothing done, where that does not do."""
    from_date, to_date, as_of = (variables.get(one) for one in ("from_date", "to_date", "as_of"))
    days = days_of_build(from_date, to_date)
    if days is None or as_of is None or not home.warehouse.is_file():
        return None
    project = compiled_at_set_up()
    models = project and selected(project, select=select, exclude=exclude)
    if not project or not models:
        return None
    filled = Filled(days, from_date, to_date, as_of, sources_of(home, project, files))
    return run_models(home.warehouse, models, filled, on_node)


def sources_of(
    home: Home, project: CompiledProject, files: Mapping[str, Sequence[Path]]
) -> dict[str, str]:
    """Where each source lies, by its token. What dbt-duckdb would fill in braces is filled already."""
    found = {}
    for token, known in project.locations.items():
        table = token.removesuffix(")").rpartition(".")[2]
        found[token] = _location(home, known, files.get(table, ())).format_map({})
    return found


def _build_with_dbt(
    home: Home,
    variables: Mapping[str, str | None],
    select: str | None,
    exclude: str | None,
    files: Mapping[str, Sequence[Path]],
    on_node: Callable[[NodeOutcome], None],
) -> tuple[NodeOutcome, ...]:
    """Run `dbt run` over the selection."""
    outcomes: list[NodeOutcome] = []

    def listen(event: Any) -> None:
        if outcome := told_by_dbt(event):
            outcomes.append(outcome)
            on_node(outcome)

    with _pointed_at(home):
        arguments = ["run", "--vars", json.dumps(variables)]
        if select:
            arguments += ["--select", select]
        if exclude:
            arguments += ["--exclude", exclude]
        try:
            result = _invoke(home, arguments, files, listen)
        finally:
            _let_go()
    require_whole(home, outcomes, None if result.success else result.exception or "no node ran")
    return tuple(outcomes)


def require_whole(home: Home, outcomes: Sequence[NodeOutcome], failure: object = None) -> None:
    """Raises ModelFailed where a node is broken, or the whole failed."""
    broken = next((one for one in outcomes if one.is_broken), None)
    if broken is None and failure is None:
        return
    raise ModelFailed(
        f"The warehouse could not be built: {broken.unique_id if broken else 'dbt'} ended with: "
        f"{broken.message if broken else failure} "
        "What was built before is still there. If the cause is not plain, remove "
        f"{home.warehouse.name} from the home and run again: it is rebuilt from landing."
    )


def _invoke(
    home: Home,
    arguments: list[str],
    files: Mapping[str, Sequence[Path]],
    listen: Callable[[Any], None],
) -> Any:
    with _own_log():
        from dbt.cli.main import dbtRunner

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
    project = _project([*options, *places])
    for key, source in project.sources.items():
        source.meta["external_location"] = _location(
            home, _PARSED["locations"][key], files.get(source.name, ())
        )
    runner = dbtRunner(manifest=project, callbacks=[listen])
    return runner.invoke([*options, *arguments, *places])


@contextmanager
def _own_log() -> Iterator[None]:
    """Something that dbt imports makes the root logger write to the terminal, for whoever logs; it is taken out again."""
    root = logging.getLogger()
    before = [*root.handlers]
    try:
        yield
    finally:
        root.handlers = before


def _project(options: Sequence[str]) -> Any:
    """The parsed project; parsed now, once per process, where set-up's is not of these files."""
    from dbt.cli.main import dbtRunner

    if not _PARSED:
        project: Any = parsed_at_set_up()
        if project is None:
            with environment(**PLACEHOLDERS):
                parsed = dbtRunner().invoke(["parse", *options])
            if not parsed.success:
                raise ModelFailed(f"dbt could not read its project: {parsed.exception}")
            project = parsed.result
        _PARSED["project"] = project
        _PARSED["locations"] = {
            key: source.meta["external_location"] for key, source in project.sources.items()
        }
    return _PARSED["project"]


def _location(home: Home, known: str, files: Sequence[Path]) -> str:
    """Where a source lies for this home and build, as dbt-duckdb reads it."""
    if files:
        listed = ", ".join(f"'{_quoted(str(file))}'" for file in files)
        return f"read_parquet([{listed}], union_by_name = true)"
    for name, folder in folders_read(home).items():
        known = known.replace(PLACEHOLDERS[name], _quoted(folder))
    return known


def _quoted(path: str) -> str:
    return path.replace("'", "''").replace("{", "{{").replace("}", "}}")


def folders_read(home: Home) -> dict[str, str]:
    """The folders that the models read, by the variables that dbt reads them from."""
    return {
        "MADOGUCHI_LANDING": str(home.landing),
        "MADOGUCHI_REFERENCE": str(home.reference),
        "MADOGUCHI_FLOOR": str(home.floor),
    }


def _pointed_at(home: Home) -> AbstractContextManager[None]:
    """dbt reads the warehouse's place from the environment."""
    return environment(MADOGUCHI_WAREHOUSE=str(home.warehouse), DO_NOT_TRACK="1")


def _let_go() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
