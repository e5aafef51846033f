"""What the UI forgets: old runs about no partition; what a page of a day or an asset shows stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickStatus

from orchestration.instance.history import forget_history
from orchestration.instance.settings import DAGSTER_YAML

DAYS = dg.DailyPartitionsDefinition("2023-11-20")
NOW = datetime.now(UTC)


@dg.asset
def landed() -> None: ...


@dg.asset(partitions_def=DAYS)
def daily() -> None: ...


JOBS = dg.Definitions(
    assets=[landed, daily],
    jobs=[
        dg.define_asset_job("ingest", [landed]),
        dg.define_asset_job("nightly", [daily]),
        dg.define_asset_job("audit", [landed]),
    ],
)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_bytes(DAGSTER_YAML.read_bytes())
    with dg.DagsterInstance.from_config(str(tmp_path)) as made:
        yield made


def lived(instance: dg.DagsterInstance, job: str, partition: str | None = None) -> str:
    return (
        JOBS.resolve_job_def(job)
        .execute_in_process(instance=instance, partition_key=partition)
        .run_id
    )


def kept(instance: dg.DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def test_old_runs_about_no_partition_go_but_for_each_job_s_last(
    instance: dg.DagsterInstance,
) -> None:
    ingests = [lived(instance, "ingest") for _ in range(4)]
    nights = [lived(instance, "nightly", day) for day in ("2023-11-20", "2023-11-21")]
    audit = lived(instance, "audit")
    assert forget_history(instance, 90, NOW + timedelta(days=80)) == 0
    before = instance.event_log_storage.get_asset_records([daily.key, landed.key])
    assert forget_history(instance, 90, NOW + timedelta(days=91)) == 3
    assert kept(instance) == {ingests[-1], *nights, audit}
    assert not any(instance.get_records_for_run(run).records for run in ingests[:-1])
    assert instance.event_log_storage.get_asset_records([daily.key, landed.key]) == before
    assert instance.get_materialized_partitions(daily.key) == {"2023-11-20", "2023-11-21"}
    assert forget_history(instance, 90, NOW + timedelta(days=91)) == 0


def test_what_still_runs_is_never_forgotten(instance: dg.DagsterInstance) -> None:
    lived(instance, "ingest")
    waiting = instance.create_run_for_job(JOBS.resolve_job_def("ingest"))
    lived(instance, "ingest")
    assert forget_history(instance, 7, NOW + timedelta(days=400)) == 1
    assert waiting.run_id in kept(instance)


def test_ticks_that_did_nothing_are_kept_a_week(instance: dg.DagsterInstance) -> None:
    """A schedule every five minutes leaves 105,000 ticks a year, most of which say that it is closed."""
    for kind in (InstigatorType.SCHEDULE, InstigatorType.SENSOR):
        kept_for = instance.get_tick_retention_settings(kind)
        assert kept_for[TickStatus.SKIPPED] == 7
        assert kept_for[TickStatus.SUCCESS] == kept_for[TickStatus.FAILURE] == 90
