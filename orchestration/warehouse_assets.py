"""Assets of the group `warehouse`: every dbt model, and every dbt test as a check of its model.

One Dagster step builds all models of a range of days, a second one the weekly rows; what dbt says of a
node becomes a materialization or a check result while dbt goes on. A test that finds rows makes its
check red and stops nothing: Monday's report prints the verdict.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from orchestration.dbt_build import NodeOutcome
from orchestration.manifest import require_manifest
from orchestration.metadata import bars, table
from orchestration.model import WEEKLY, build_days, build_weeks
from orchestration.partitions import ContractPartitions
from orchestration.workplace import Workplace

GROUP = "warehouse"
POOL = "duckdb_writer"
_KEPT_BY_DAY = {"marts", "reports"}
DAILY_KPI = dg.AssetKey([GROUP, "daily_kpi"])
WEEKLY_KPI = dg.AssetKey([GROUP, "weekly_kpi"])


class Translator(DagsterDbtTranslator):
    """Group and descriptions as MG reads them; no dbt test blocks what follows."""

    def __init__(self, partitions: dg.PartitionsDefinition) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))
        self._partitions = partitions

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
        """The model's description alone, without its SQL."""
        return str(dbt_resource_props.get("description") or "").replace("**", "")

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
    """The two steps that build the warehouse, and the manifest that they were read from."""

    daily: dg.AssetsDefinition
    weekly: dg.AssetsDefinition


def warehouse_assets(partitions: ContractPartitions) -> WarehouseAssets:
    """Assets from the dbt manifest that set-up made.

    Raises:
        ManifestMissing: set-up has not run.
    """
    manifest = require_manifest()

    @dbt_assets(
        manifest=manifest,
        name="daily_models",
        exclude=WEEKLY,
        backfill_policy=dg.BackfillPolicy.single_run(),
        dagster_dbt_translator=Translator(partitions.days),
        required_resource_keys={"workplace"},
        pool=POOL,
    )
    def daily_models(context: dg.AssetExecutionContext) -> Iterator[object]:
        workplace: Workplace = context.resources.workplace
        from_date, to_date, until = None, None, None
        if context.has_partition_key or context.has_partition_key_range:
            keys = context.partition_key_range
            from_date, to_date = partitions.bounds_of(keys.start, keys.end)
            until = keys.end
        outcomes: list[NodeOutcome] = []
        build_days(workplace, from_date, to_date, _listen(workplace, outcomes))
        yield from _events(context, outcomes, _daily_metadata(workplace, until))

    @dbt_assets(
        manifest=manifest,
        name="weekly_models",
        select=WEEKLY,
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1),
        dagster_dbt_translator=Translator(partitions.weeks),
        required_resource_keys={"workplace"},
        pool=POOL,
    )
    def weekly_models(context: dg.AssetExecutionContext) -> Iterator[object]:
        workplace: Workplace = context.resources.workplace
        outcomes: list[NodeOutcome] = []
        build_weeks(workplace, _listen(workplace, outcomes))
        yield from _events(context, outcomes, {})

    return WarehouseAssets(daily=daily_models, weekly=weekly_models)


def _listen(workplace: Workplace, outcomes: list[NodeOutcome]) -> Any:
    def listen(outcome: NodeOutcome) -> None:
        outcomes.append(outcome)
        if outcome.resource_type == "model":
            workplace.journal.node(outcome.unique_id.split(".")[2])

    return listen


def _events(
    context: dg.AssetExecutionContext,
    outcomes: list[NodeOutcome],
    extra: Mapping[dg.AssetKey, Mapping[str, Any]],
) -> Iterator[object]:
    """One event per model and per test that was selected (the UI may ask for one alone, though all of
    those days are built); what dbt ran without an asset behind it is logged."""
    keys = _keys_by_unique_id(context)
    checks = {
        spec.metadata["dagster_dbt/unique_id"]: spec for spec in context.assets_def.check_specs
    }
    for outcome in outcomes:
        if outcome.unique_id in keys and keys[outcome.unique_id] in context.selected_asset_keys:
            key = keys[outcome.unique_id]
            yield dg.MaterializeResult(
                asset_key=key,
                metadata={**extra.get(key, {}), "所要秒": round(outcome.seconds, 2)},
            )
    for outcome in outcomes:
        spec = checks.get(outcome.unique_id)
        if spec is not None:
            if spec.key not in context.selected_asset_check_keys:
                continue
            yield dg.AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=outcome.status == "pass",
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"該当行": outcome.failures or 0},
            )
        elif outcome.status not in {"pass", "success"}:
            context.log.warning(f"{outcome.unique_id}: {outcome.status}")


def _keys_by_unique_id(context: dg.AssetExecutionContext) -> dict[str, dg.AssetKey]:
    return {
        spec.metadata["dagster_dbt/unique_id"]: spec.key
        for spec in context.assets_def.specs
        if "dagster_dbt/unique_id" in spec.metadata
    }


def _daily_metadata(workplace: Workplace, until: str | None) -> dict[dg.AssetKey, dict[str, Any]]:
    """The last days up to the last one built, for MG: a table and a chart.

    A day on which no source wrote a row shows ― and no zeros: nobody can tell whether nothing happened.
    """
    import duckdb

    from reporting import wording
    from reporting.wareki import weekday

    with duckdb.connect(str(workplace.home.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select call_date, incoming_in_hours_count, answered_count, overflow_count, "
            "abandoned_total_count, message_count, answer_rate, "
            "queue_log_lines + cdr_rows + cel_rows > 0 as has_records "
            "from reports.rpt_daily_kpi left join reports.rpt_reconciliation_daily using (call_date) "
            "where call_date <= ?::date and (is_business_day or incoming_count > 0) "
            "order by call_date desc limit 12",
            [until or "9999-12-31"],
        ).fetchall()
    rows.reverse()
    if not rows:
        return {}
    header = ("日", "入電", "応答", "あふれ", "放棄", "預かり", "応答率")
    cells = [
        (f"{r[0]:%m/%d}({weekday(r[0])})", *r[1:6], wording.percent(r[6]))
        if r[7]
        else (f"{r[0]:%m/%d}({weekday(r[0])})", *[wording.NOTHING] * 6)
        for r in rows
    ]
    chart = bars(
        [f"{r[0]:%m/%d}({weekday(r[0])})" for r in rows],
        [
            ("応答", [r[2] for r in rows]),
            ("あふれ", [r[3] for r in rows]),
            ("放棄", [r[4] for r in rows]),
            ("預かり", [r[5] for r in rows]),
            ("その他", [r[1] - sum(r[2:6]) for r in rows]),
        ],
    )
    recorded = [r for r in rows if r[7]]
    if not recorded:
        return {DAILY_KPI: {"日別（直近、業務時間内）": table(header, cells)}}
    last = recorded[-1]
    return {
        DAILY_KPI: {
            "直近の記録日": f"{last[0]:%Y-%m-%d}({weekday(last[0])})",
            "入電（業務時間内）": last[1],
            "応答": last[2],
            "あふれ": last[3],
            "放棄": last[4],
            "預かり": last[5],
            "応答率": wording.percent(last[6]),
            "日別（直近、業務時間内）": table(header, cells),
            "図（日別、業務時間内）": chart,
        }
    }
