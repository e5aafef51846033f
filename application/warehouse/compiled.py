"""The models as dbt compiled them at set-up: a statement of each for each kind of `Days`, for any days of any home.

dbt takes a second to load and some 30 ms around each statement, and in a day's build it renders what it rendered the day before: two
days and the present differ, and where the sources lie. Set-up lets it render all models three times, once for each kind of `Days`, with
tokens in the place of these, and writes the statements beside the manifest. What a statement is wrapped in is said by the materializations
`replaced` and `by_day` (`dbt_project/macros/materializations.sql`); `wrapped` says the same, and a test holds both to each other.

Left out: who runs the statements (`running`), and how dbt itself builds (`build`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from application.warehouse.manifest import MANIFEST, project_files

COMPILED = MANIFEST.with_name("models.json")
FROM_DATE, TO_DATE, AS_OF = "set-up/from_date", "set-up/to_date", "set-up/as_of"
"""What stands in a statement for the days to build and the present."""


class Days(StrEnum):
    """Which days a query is about: all there are, those from one on, those from one to another."""

    ALL = "all"
    SINCE = "since"
    BETWEEN = "between"


_BOUNDS: Mapping[Days, Mapping[str, str | None]] = {
    Days.ALL: {"from_date": None, "to_date": None},
    Days.SINCE: {"from_date": FROM_DATE, "to_date": None},
    Days.BETWEEN: {"from_date": FROM_DATE, "to_date": TO_DATE},
}
_BY_DAY, _REPLACED = "by_day", "replaced"


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """One model. `relation` is its full quoted name; `queries` what it is by `Days`;
    `kind` is null for a table that keeps its days, whose rows hang on the `days_after` before them."""

    unique_id: str
    schema: str
    name: str
    relation: str
    tags: tuple[str, ...]
    path: str
    kind: str | None
    days_after: int
    queries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CompiledProject:
    """Every model, each after those that it reads, and by their tokens where set-up knew the sources to lie."""

    models: tuple[CompiledModel, ...]
    locations: Mapping[str, str]


def token_of(source: str, table: str) -> str:
    """What stands in a statement for a source; dbt-duckdb takes it for a call of a function and leaves it as it is."""
    return f"set_up_source({source}.{table})"


def compiled_at_set_up() -> CompiledProject | None:
    """The models as set-up wrote them; null where a file of the project is newer, or set-up wrote none."""
    try:
        made = COMPILED.stat().st_mtime_ns
        if any(path.stat().st_mtime_ns > made for path in project_files()):
            return None
        return _read(COMPILED, made)
    except (OSError, ValueError, TypeError, LookupError):
        return None


@lru_cache(maxsize=1)
def _read(path: Path, changed_ns: int) -> CompiledProject:
    told = json.loads(path.read_bytes())
    models = tuple(CompiledModel(**{**one, "tags": tuple(one["tags"])}) for one in told["models"])
    return CompiledProject(models, told["locations"])


def selected(
    project: CompiledProject, *, select: str | None, exclude: str | None
) -> tuple[CompiledModel, ...] | None:
    """The models of a selection by tags, in order; null where dbt has to select. Pure."""
    wanted, unwanted = _tags(select), _tags(exclude)
    if wanted is None or unwanted is None:
        return None
    return tuple(
        model
        for model in project.models
        if (not wanted or wanted & set(model.tags)) and not unwanted & set(model.tags)
    )


def _tags(selection: str | None) -> set[str] | None:
    words = (selection or "").split()
    if any(not word.startswith("tag:") for word in words):
        return None
    return {word.removeprefix("tag:") for word in words}


def days_of_build(from_date: str | None, to_date: str | None) -> Days | None:
    """Which queries a build of those days asks; null where none was compiled for it. Pure."""
    if to_date is not None:
        return Days.BETWEEN if from_date is not None else None
    return Days.ALL if from_date is None else Days.SINCE


def kind_of(model: CompiledModel, days: Days) -> str:
    """What a model is in the warehouse, `table` or `view`, after a build of those days. Pure."""
    if model.kind == "staged":
        return "view" if days is Days.ALL else "table"
    return model.kind or "table"


def wrapped(model: CompiledModel, days: Days) -> str:
    """What a build of those days executes of a model that is there already. Pure."""
    query = model.queries[days]
    if model.kind is not None:
        return f"create or replace {kind_of(model, days)} {model.relation} as (\n{query}\n)"
    bounds = ["1 = 1"]
    if days is not Days.ALL:
        bounds.append(f"call_date >= cast('{FROM_DATE}' as date)")
    if days is Days.BETWEEN:
        bounds.append(f"call_date <= cast('{TO_DATE}' as date) + {model.days_after}")
    return (
        f"delete from {model.relation} where {' and '.join(bounds)};\n"
        f"insert into {model.relation} by name (\n{query}\n)"
    )


def compile_models(project: Any, options: Iterable[str]) -> None:
    """Let dbt render every model of the parsed project with tokens, and write `COMPILED`. The project is not to be used after.

    Raises:
        ValueError: dbt could not render one; the words are dbt's.
    """
    locations = {}
    for source in project.sources.values():
        token = token_of(source.source_name, source.name)
        locations[token] = source.meta["external_location"].format_map({"name": source.name})
        source.meta["external_location"] = token
    rendered = {
        days: _rendered(project, options, {"as_of": AS_OF, **bounds})
        for days, bounds in _BOUNDS.items()
    }
    models = {
        node.unique_id: node for node in project.nodes.values() if node.resource_type == "model"
    }
    order = TopologicalSorter(
        {
            name: [one for one in node.depends_on.nodes if one in models]
            for name, node in models.items()
        }
    ).static_order()
    told = [
        CompiledModel(
            unique_id=name,
            schema=node.schema,
            name=node.name,
            relation=node.relation_name,
            tags=tuple(node.tags),
            path=node.original_file_path,
            kind=_kind(node),
            days_after=int(node.config.get("days_after", 0) or 0),
            queries={str(days): queries[name] for days, queries in rendered.items()},
        )
        for name in order
        for node in [models[name]]
    ]
    beside = COMPILED.with_suffix(".new")
    beside.write_text(
        json.dumps({"models": [asdict(one) for one in told], "locations": locations}), "utf-8"
    )
    beside.replace(COMPILED)


def _kind(node: Any) -> str | None:
    """Raises ValueError: a materialization that `wrapped` does not know."""
    if node.config.materialized == _BY_DAY:
        return None
    if node.config.materialized != _REPLACED:
        raise ValueError(f"{node.unique_id} is materialized in a way that no build of ours knows")
    return str(node.config["kind"])


def _rendered(
    project: Any, options: Iterable[str], variables: Mapping[str, str | None]
) -> dict[str, str]:
    from dbt.cli.main import dbtRunner

    told = ["compile", "--select", "resource_type:model", "--vars", json.dumps(variables)]
    result: Any = dbtRunner(manifest=project).invoke([*told, *options])
    if not result.success:
        raise ValueError(
            f"dbt could not render the models: {result.exception or 'see its messages above'}"
        )
    return {one.node.unique_id: str(one.node.compiled_code) for one in result.result.results}


def relations_needed(models: Collection[CompiledModel]) -> frozenset[tuple[str, str]]:
    """Tables that must be there for `wrapped` to hold: those that keep their days, by schema and name. Pure."""
    return frozenset((model.schema, model.name) for model in models if model.kind is None)
