"""The jobs of one home in this process, on the Dagster instance that its UI shows: what `run` has found to do.

A run that was killed leaves a Dagster run that looks alive and a pool slot taken. Whoever holds the
home's run lock knows that no other run is alive, so both are settled before the first job.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from application.home.environment import environment
from application.home.run_store import require_runs_kept
from application.home.session import Workplace
from application.papers import DuePaper, papers_to_judge
from application.warehouse.days import digest_of_reference
from application.warehouse.state import BuildState, DayRange
from compliance.contract.due_terms import Unit
from orchestration.assets import audit_log, erasure, inquiries, jobs, recordings, today, urgent
from orchestration.assets.code_location import CONTRACT_REFERENCE, build_definitions, partitions_of
from orchestration.assets.deliverables import paper_name
from orchestration.assets.metadata import table
from orchestration.assets.partitions import RANGE_END, RANGE_START, ContractPartitions
from orchestration.instance.history import forget_history
from orchestration.instance.origin import file_under_location
from orchestration.instance.settings import opened_instance

STARTED_BY = {"madoguchi/started_by": "madoguchi run"}
REFERENCE_DIGEST = "照合値（SHA-256）"
QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""The command itself says what failed, in one message."""
_ALIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dataclass(frozen=True, slots=True)
class Headless:
    """Executes jobs of one home in this process, on the instance that its UI shows."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    partitions: ContractPartitions

    def execute(self, job: str, *, partition: str | None = None, **tags: str) -> None:
        """Run one job to its end; what a step raises is raised here."""
        self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key=partition,
            tags={**STARTED_BY, **tags},
            run_config=QUIET,
        )

    def execute_papers(self, papers: Sequence[DuePaper]) -> None:
        """Make papers of one period, as one run; each with the figures that it reads."""
        partition = papers[0].period.starts_on.isoformat()
        if len(papers) == 1:
            self.execute(paper_name(papers[0].owed), partition=partition)
            return
        keys = {
            key
            for paper in papers
            for key in self.definitions.resolve_job_def(
                paper_name(paper.owed)
            ).asset_layer.selected_asset_keys
        }
        self.definitions.resolve_job_def(
            jobs.papers_job_name(papers[0].owed.kind.unit)
        ).execute_in_process(
            instance=self.instance,
            partition_key=partition,
            asset_selection=sorted(keys),
            tags=STARTED_BY,
            run_config=QUIET,
        )

    def execute_days(self, job: str, days: DayRange) -> int:
        """Run one job over a range of day partitions, as one run; returns how many they are."""
        first, last = self.partitions.keys_of(days)
        self.execute(job, **{RANGE_START: first, RANGE_END: last})
        return len(DayRange(date.fromisoformat(first), date.fromisoformat(last)))


def do(
    workplace: Workplace, state: BuildState, pending: Sequence[DayRange], *, has_news: bool
) -> None:
    """Build the days that are pending, write the papers that are due, and tell the UI what was done besides.

    Raises:
        ModelFailed: the warehouse could not be built.
    """
    with headless(workplace) as dagster:
        _do(workplace, dagster, state, pending, has_news=has_news)
        if workplace.journal.recordings_sealed or workplace.journal.recordings_rotated:
            recordings.report(dagster.instance, workplace)
        audit_log.report(dagster.instance, workplace)
        erasure.report(dagster.instance, workplace)
        inquiries.report(dagster.instance, workplace)
        urgent.report(dagster.instance, workplace)
        today.report(dagster.instance, workplace)
        days = workplace.settings.contract.retention.ui_history_days
        forget_history(dagster.instance, days, datetime.now(UTC))


def tell_the_morning(workplace: Workplace) -> None:
    """Tell the UI the morning as it is now: what people did after the last run (confirmed, handed over) is in it. A real home's
    schedule tells it at half past eight."""
    with headless(workplace) as dagster:
        today.report(dagster.instance, workplace)


def _do(
    workplace: Workplace,
    dagster: Headless,
    state: BuildState,
    pending: Sequence[DayRange],
    *,
    has_news: bool,
) -> None:
    """One Dagster run for what landed and the days that moved last, one for each earlier stretch of days
    that moved, one for the papers of each period that are to be judged.

    Days that moved are questioned whoever took their rows in: a run that was killed after it had done so
    leaves the questions to the next.
    """
    for days in pending:
        job = jobs.MORNING if days == pending[-1] else jobs.NIGHTLY
        workplace.journal.built(dagster.execute_days(job, days))
    if not pending and has_news:
        dagster.execute(jobs.INGEST)
    by_period: dict[tuple[Unit, date], list[DuePaper]] = {}
    for paper in papers_to_judge(workplace, state):
        key = (paper.owed.kind.unit, paper.period.starts_on)
        by_period.setdefault(key, []).append(paper)
    for papers in by_period.values():
        dagster.execute_papers(papers)


@contextmanager
def headless(workplace: Workplace) -> Iterator[Headless]:
    """Dagster on this home, whose steps work on the workplace at hand; dead runs are settled.

    Raises:
        NotAllowed: its runs would lie on another machine, and no permit names that.
        RunStoreUnavailable: the database that they lie in cannot be had.
    """
    require_runs_kept(workplace)
    with (
        environment(DAGSTER_HOME=str(workplace.home.dagster)),  # what dagster.yaml refers to
        opened_instance(workplace.home) as instance,
    ):
        file_under_location(instance)
        settle_dead_runs(instance)
        tell_reference(instance, workplace)
        clock = (workplace.clock, workplace.now)
        yield Headless(
            build_definitions(workplace.settings, workplace),
            instance,
            partitions_of(workplace.settings, clock),
        )


def tell_reference(instance: dg.DagsterInstance, workplace: Workplace) -> None:
    """Show in the UI which terms and definitions are in force, whenever they say something new."""
    contract = workplace.settings.contract
    digest = digest_of_reference(workplace.home)
    event = instance.get_latest_materialization_event(CONTRACT_REFERENCE)
    last = event.asset_materialization if event else None
    if last is not None and last.metadata[REFERENCE_DIGEST].value == digest:
        return
    instance.report_runless_asset_event(
        dg.AssetMaterialization(
            CONTRACT_REFERENCE,
            metadata={
                "開設期間": f"{contract.period.start_date} – {contract.period.end_date}",
                "用語の定義": table(
                    ("用語", "版", "この日から", "算出方法"),
                    [(d.title, d.version, d.valid_from, d.formula) for d in contract.definitions],
                ),
                REFERENCE_DIGEST: digest,
            },
        )
    )


def settle_dead_runs(instance: dg.DagsterInstance) -> int:
    """Mark headless runs that a killed process left as failed, and free the slots they hold."""
    dead = instance.get_runs(dg.RunsFilter(statuses=_ALIVE, tags=STARTED_BY))
    for dagster_run in dead:
        instance.report_run_failed(
            dagster_run, "この処理は途中で終了しました。次の処理が続きを行います。"
        )
        if instance.event_log_storage.supports_global_concurrency_limits:
            instance.event_log_storage.free_concurrency_slots_for_run(dagster_run.run_id)
    return len(dead)
