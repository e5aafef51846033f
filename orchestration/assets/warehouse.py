"""Assets of the group `warehouse`: every dbt model, and every dbt test as a check of its model.

One Dagster step builds all models of a range of days, a second one the weekly rows; what dbt says of a
node becomes a materialization or a check result while dbt goes on. A test that finds rows makes its
check red and stops nothing: Monday's report prints the verdict.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from application.home.session import Workplace
from application.warehouse.asking import TAGS
from application.warehouse.days import ask_tests, build_days, build_periods
from application.warehouse.manifest import require_manifest
from application.warehouse.outcome import NodeOutcome
from application.warehouse.verdicts import finding_of, is_notice
from compliance.contract.due_terms import Unit
from compliance.contract.words import ContractWords
from orchestration.assets.cited import model_description
from orchestration.assets.partitions import ContractPartitions
from orchestration.assets.warehouse_pages import Pages, listed, pages
from orchestration.instance.framework import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    dbt_assets,
)

GROUP = "warehouse"
_UNIT_TEST = "unit_test."
POOL = "duckdb_writer"
_KEPT_BY_DAY = {"marts", "reports"}


class Translator(DagsterDbtTranslator):
    """Group and descriptions as MG reads them; no dbt test blocks what follows."""

    def __init__(self, partitions: dg.PartitionsDefinition, words: ContractWords) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))
        self._partitions, self._words = partitions, words

    def get_partitions_def(
        self, dbt_resource_props: Mapping[str, Any]
    ) -> dg.PartitionsDefinition | None:
        """Marts and reports keep their days; what leads there holds the days last built, no more."""
        return self._partitions if dbt_resource_props["fqn"][1] in _KEPT_BY_DAY else None

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`rpt_daily_kpi` is `warehouse/daily_kpi`; other models keep their name; sources say their own."""
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey([GROUP, str(dbt_resource_props["name"]).removeprefix("rpt_")])

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """Reports open with their figures: forty columns would push these out of sight."""
        metadata = dict(super().get_metadata(dbt_resource_props))
        if dbt_resource_props["fqn"][1] == "reports":
            metadata.pop("dagster/column_schema", None)
        return metadata

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """All models stand in one group."""
        return GROUP

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The model's description alone, without its SQL, with the clause that it serves."""
        told = str(dbt_resource_props.get("description") or "")
        return model_description(str(dbt_resource_props["name"]), told, self._words)

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        """A test is a check of its model; a unit test judges the SQL, not the data."""
        if unique_id not in manifest["nodes"]:
            return None
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        description = manifest["nodes"][unique_id].get("description") or None
        return spec._replace(blocking=False, description=description)


@dataclass(frozen=True, slots=True)
class WarehouseAssets:
    """The steps that build the warehouse: its days, and the rows of longer periods by their unit."""

    daily: dg.AssetsDefinition
    by_unit: Mapping[Unit, dg.AssetsDefinition]


def warehouse_assets(partitions: ContractPartitions, words: ContractWords) -> WarehouseAssets:
    """Assets from the dbt manifest that set-up made.

    Raises:
        ManifestMissing: set-up has not run.
    """
    manifest = _slim(json.loads(require_manifest().read_bytes()))
    tests = _tests_by_unique_id(manifest)

    @dbt_assets(
        manifest=chosen(manifest, None),
        name="daily_models",
        backfill_policy=dg.BackfillPolicy.single_run(),
        dagster_dbt_translator=Translator(partitions.days, words),
        required_resource_keys={"workplace"},
        pool=POOL,
    )
    def daily_models(context: dg.AssetExecutionContext) -> Iterator[object]:
        workplace: Workplace = context.resources.workplace
        keys = None
        from_date, to_date = None, None
        if context.has_partition_key or context.has_partition_key_range:
            keys = context.partition_key_range
            from_date, to_date = partitions.bounds_of(keys.start, keys.end)
        outcomes: list[NodeOutcome] = []
        listen = _listen(workplace, outcomes)
        if _is_about_checks_alone(context, workplace):
            ask_tests(workplace, _tests_asked(context, tests), listen)
        else:
            build_days(workplace, from_date, to_date, listen)
        if keys is not None and context.selected_asset_keys:
            first, last = date.fromisoformat(keys.start), date.fromisoformat(keys.end)
            _tell_pages(context, pages(workplace.home, first, last), keys.end)
        yield from _events(context, outcomes, tests)

    tagged = {tag for node in manifest["nodes"].values() for tag in node.get("tags", [])}
    return WarehouseAssets(
        daily=daily_models,
        by_unit={
            unit: _period_models(unit, manifest, partitions, tests, words)
            for unit, tag in TAGS.items()
            if tag in tagged
        },
    )


def _slim(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """What assets and checks are made of: dagster-dbt reads unit tests node by node at each selection, and shows none."""
    maps = {
        name: {
            node: [one for one in others if not one.startswith(_UNIT_TEST)]
            for node, others in manifest[name].items()
            if not node.startswith(_UNIT_TEST)
        }
        for name in ("parent_map", "child_map")
    }
    return {**manifest, **maps, "unit_tests": {}, "macros": {}, "docs": {}, "disabled": {}}


class _Chosen(dict[str, Any]):
    """The manifest's nodes: what is looked up is among all of them, what is gone through are the chosen ones."""

    def __init__(self, nodes: Mapping[str, Any], chosen: Collection[str]) -> None:
        super().__init__(nodes)
        self._chosen = chosen

    def __iter__(self) -> Iterator[str]:
        return iter(self._chosen)


def chosen(manifest: Mapping[str, Any], unit: Unit | None) -> Mapping[str, Any]:
    """The manifest whose nodes, gone through, are the models of that unit and the tests that look at one of them; null: the models of
    days, and the tests that look at no others. As dbt selects, whose selector would have to be loaded. Pure."""
    nodes: Mapping[str, Mapping[str, Any]] = manifest["nodes"]
    models = {
        name: set(node["tags"]) for name, node in nodes.items() if node["resource_type"] == "model"
    }
    tags = set(TAGS.values()) if unit is None else {TAGS[unit]}
    tagged = {name for name, theirs in models.items() if tags & theirs}
    looks = {
        name
        for name, node in nodes.items()
        if node["resource_type"] == "test" and tagged & set(node["depends_on"]["nodes"])
    }
    found = tagged | looks if unit is not None else nodes.keys() - tagged - looks
    return {**manifest, "nodes": _Chosen(nodes, sorted(found))}


def _period_models(
    unit: Unit,
    manifest: Mapping[str, Any],
    partitions: ContractPartitions,
    tests: Mapping[str, Mapping[str, Any]],
    words: ContractWords,
) -> dg.AssetsDefinition:
    """The step that derives the rows of all weeks, or of all months."""

    @dbt_assets(
        manifest=chosen(manifest, unit),
        name=f"{TAGS[unit]}_models",
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1),
        dagster_dbt_translator=Translator(partitions.by_unit[unit], words),
        required_resource_keys={"workplace"},
        pool=POOL,
    )
    def period_models(context: dg.AssetExecutionContext) -> Iterator[object]:
        workplace: Workplace = context.resources.workplace
        outcomes: list[NodeOutcome] = []
        listen = _listen(workplace, outcomes)
        if _is_about_checks_alone(context, workplace):
            ask_tests(workplace, _tests_asked(context, tests), listen)
        else:
            build_periods(workplace, unit, listen)
        yield from _events(context, outcomes, tests)

    return period_models


def _listen(workplace: Workplace, outcomes: list[NodeOutcome]) -> Any:
    def listen(outcome: NodeOutcome) -> None:
        outcomes.append(outcome)
        if outcome.resource_type == "model":
            workplace.journal.node(outcome.unique_id.split(".")[2])

    return listen


def _is_about_checks_alone(context: dg.AssetExecutionContext, workplace: Workplace) -> bool:
    """The UI may ask for a check and for no asset: what is there is asked, unless nothing is there."""
    return not context.selected_asset_keys and workplace.home.warehouse.is_file()


def _tests_asked(
    context: dg.AssetExecutionContext, tests: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    by_key = {
        spec.key: spec.metadata["dagster_dbt/unique_id"] for spec in context.assets_def.check_specs
    }
    return [tests[by_key[key]]["name"] for key in context.selected_asset_check_keys]


def _tell_pages(context: dg.AssetExecutionContext, told: Pages, newest: str) -> None:
    """Each day's figures go to its own partition; what is newest stands beside the last one built."""
    for key in {*told.by_day, *told.newest} & context.selected_asset_keys:
        for day, figures in told.by_day.get(key, {}).items():
            context.add_asset_metadata(figures, key, day)
        context.add_asset_metadata(told.newest.get(key, {}), key, newest)


def _events(
    context: dg.AssetExecutionContext,
    outcomes: list[NodeOutcome],
    tests: Mapping[str, Mapping[str, Any]],
) -> Iterator[object]:
    """One event per model and per test that was selected (the UI may ask for one alone, though all of
    those days are built); what dbt ran without an asset behind it is logged."""
    workplace: Workplace = context.resources.workplace
    keys = _keys_by_unique_id(context)
    checks = {
        spec.metadata["dagster_dbt/unique_id"]: spec for spec in context.assets_def.check_specs
    }
    for outcome in outcomes:
        if outcome.unique_id in keys and keys[outcome.unique_id] in context.selected_asset_keys:
            yield dg.MaterializeResult(
                asset_key=keys[outcome.unique_id],
                metadata={"所要秒": round(outcome.seconds, 2)},
            )
    for outcome in outcomes:
        spec = checks.get(outcome.unique_id)
        if spec is not None:
            if spec.key in context.selected_asset_check_keys:
                yield _check_result(spec, outcome, tests[outcome.unique_id], workplace)
        elif outcome.status not in {"pass", "success"}:
            context.log.warning(f"{outcome.unique_id}: {outcome.status}")


def _check_result(
    spec: dg.AssetCheckSpec, outcome: NodeOutcome, test: Mapping[str, Any], workplace: Workplace
) -> dg.AssetCheckResult:
    """A test's verdict: red for what is wrong, a warning for a gap; with the list where there is one."""
    finding = finding_of(test)
    rows = outcome.failures or 0
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=outcome.status == "pass",
        severity=dg.AssetCheckSeverity.WARN if is_notice(test) else dg.AssetCheckSeverity.ERROR,
        metadata={"該当行": rows, **(listed(workplace.home, finding) if finding and rows else {})},
    )


def _tests_by_unique_id(manifest: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    nodes: Mapping[str, Mapping[str, Any]] = manifest["nodes"]
    return {name: node for name, node in nodes.items() if node["resource_type"] == "test"}


def _keys_by_unique_id(context: dg.AssetExecutionContext) -> dict[str, dg.AssetKey]:
    return {
        spec.metadata["dagster_dbt/unique_id"]: spec.key
        for spec in context.assets_def.specs
        if "dagster_dbt/unique_id" in spec.metadata
    }
