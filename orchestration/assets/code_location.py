"""Everything that Dagster shows of one contract, built from its settings.

Loading reads `contract.toml` and the dbt manifest, and nothing heavy: no Great Expectations, no dbt run,
no data frame library. A home that lives by a simulated clock opens with its schedules stopped.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import dagster as dg

from application.home.session import Workplace, peek_clock, workplace_for_step
from application.home.settings import Settings
from application.papers import owed_papers
from compliance.errors import NotAllowed
from compliance.ground.acts import SYSTEM, Action, Actor, ObjectKind, Via, note
from compliance.ground.clock import ClockKind
from compliance.ground.japan import civil_date
from compliance.people.rights import Right
from orchestration.assets import recordings_jobs
from orchestration.assets.audit_log import audit_log
from orchestration.assets.cited import described
from orchestration.assets.deliverables import paper_asset
from orchestration.assets.drill import drill
from orchestration.assets.erasure import (
    erasure_apply,
    erasure_cases,
    erasure_execute,
    erasure_tasks,
)
from orchestration.assets.figures import management_figures
from orchestration.assets.history import history
from orchestration.assets.inbox import inbox_job, inbox_of_the_floor, inbox_sensor
from orchestration.assets.inquiries import inquiries_of_the_floor
from orchestration.assets.jobs import asset_jobs, schedules
from orchestration.assets.pages import actor_of_run, allow_page
from orchestration.assets.partitions import ContractPartitions
from orchestration.assets.pbx import pbx_assets, quality_checks
from orchestration.assets.people import people_sheet
from orchestration.assets.recordings import archived_recordings, sealed_recordings
from orchestration.assets.today import morning_brief, morning_brief_job
from orchestration.assets.urgent import urgent_of_the_floor, urgent_sensor
from orchestration.assets.warehouse import warehouse_assets
from orchestration.instance.acts import JOBS

CONTRACT_REFERENCE = dg.AssetKey(["compliance", "contract_reference"])
_CONTRACT_REFERENCE = dg.AssetSpec(
    CONTRACT_REFERENCE,
    group_name="compliance",
    description=(
        "契約の条件・暦・用語の定義（contract.toml）\n\n開設日、業務時間、回線数、区分の定義と版、"
        "職員番号の対応。コマンドがホームを開くたびに contract.toml から書き出されます。"
    ),
)


_KEPT = (
    inquiries_of_the_floor,
    urgent_of_the_floor,
    morning_brief,
    inbox_of_the_floor,
    audit_log,
    sealed_recordings,
    archived_recordings,
    erasure_cases,
)


def build_definitions(settings: Settings, workplace: Workplace | None = None) -> dg.Definitions:
    """Definitions of the contract that these settings describe, for the home as it stands now.

    Steps work on the workplace given, whose home this process holds already; without one each step opens
    the environment's home for itself.
    """
    clock = peek_clock(settings)
    partitions, words = partitions_of(settings, clock), settings.contract.words
    owed = owed_papers(settings)
    warehouse = warehouse_assets(partitions, words)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", dg.BetaWarning
        )  # of `backfill_policy`; the version is pinned
        papers = [paper_asset(paper, settings.contract, partitions) for paper in owed]
    jobs = asset_jobs(warehouse, owed, words)
    is_real = clock is not None and clock[0] is ClockKind.REAL
    return dg.Definitions(
        assets=[
            *pbx_assets(),
            _CONTRACT_REFERENCE,
            *described(_KEPT, words),
            warehouse.daily,
            *warehouse.by_unit.values(),
            *papers,
        ],
        asset_checks=quality_checks(),
        jobs=[
            *jobs,
            inbox_job,
            morning_brief_job,
            people_sheet,
            management_figures,
            history,
            drill,
            *recordings_jobs.JOBS,
            erasure_apply,
            erasure_execute,
            erasure_tasks,
        ],
        schedules=schedules(
            settings,
            partitions,
            jobs,
            is_simulated=clock is not None and clock[0] is ClockKind.SIMULATED,
            is_running=is_real,
        ),
        sensors=[
            urgent_sensor(settings, is_running=is_real),
            inbox_sensor(
                settings, is_running=is_real, is_simulated=clock is not None and not is_real
            ),
        ],
        resources={
            "workplace": workplace_resource
            if workplace is None
            else dg.ResourceDefinition.hardcoded_resource(workplace)
        },
        loggers={"console": quiet_console},
        executor=dg.in_process_executor,
    )


def partitions_of(
    settings: Settings, clock: tuple[ClockKind, datetime] | None
) -> ContractPartitions:
    """Days and weeks of the contract; those of a simulated home end with its present."""
    is_simulated = clock is not None and clock[0] is ClockKind.SIMULATED
    until = civil_date(clock[1]) if clock and is_simulated else None
    return ContractPartitions.of(settings.contract, until)


@dg.resource(
    description="開いたホーム（設定・保管場所・鍵・現在時刻）。同時に使えるのは1つの処理だけです。"
)
def workplace_resource(context: dg.InitResourceContext) -> Iterator[Workplace]:
    """The home, held for as long as the run works on it; the log says which job began and by which way."""
    with workplace_for_step() as workplace:
        if context.run is None:
            yield workplace
        else:
            yield _noted(workplace, context.run)


def _noted(workplace: Workplace, run: dg.DagsterRun) -> Workplace:
    """The workplace of a run, once the log says which job began and who asked for it."""
    by = actor_of_run(run, workplace.now)
    workplace = replace(workplace, by=by)
    if run.job_name not in JOBS:
        raise NotAllowed(f"{run.job_name} は、だれが行えるかの表にないため、実行できません。")
    if by is not None:
        allow_page(workplace, Right.REBUILD)  # what a job does beyond that asks for its own right
    actor = by or Actor(SYSTEM, workplace.now, via=Via.SCHEDULE)
    with workplace.engine.begin() as connection:
        note(connection, actor.entry(Action.JOB_RUN, ObjectKind.JOB, run.job_name))
    return workplace


def _quiet_console(context: dg.InitLoggerContext) -> logging.Logger:
    """Warnings and worse on the console, or what the run asks for; everything is in the event log."""
    logger = logging.getLogger("madoguchi.dagster")
    logger.setLevel(context.logger_config["log_level"])
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler())
    return logger


quiet_console = dg.LoggerDefinition(
    _quiet_console,
    config_schema={"log_level": dg.Field(str, default_value="WARNING", is_required=False)},
    description="警告以上だけを画面に出します。すべての経過は画面の記録にあります。",
)
