"""`madoguchi run`: does headless, up to one moment, what the schedules would have done.

The same jobs on the same Dagster instance as the UI shows, executed in this process one after another:
take in, question the rows, build the days that changed, write the papers that are due. What is done
already is not done again: nothing new landed means no questioning and no building; papers are looked
at again only when something they are made of moved.

A run that was killed leaves a Dagster run that looks alive and a pool slot taken. Whoever holds the
home's run lock knows that no other run is alive, so both are settled before the first job.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg

from orchestration import jobs, model
from orchestration.code_location import build_definitions
from orchestration.papers import weeks_to_judge
from orchestration.partitions import RANGE_END, RANGE_START, ContractPartitions
from orchestration.workplace import Workplace, lend

STARTED_BY = {"madoguchi/started_by": "madoguchi run"}
QUIET: dict[str, Any] = {"loggers": {"console": {}}}
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

    def execute_days(self, job: str, days: model.DayRange) -> None:
        """Run one job over a range of day partitions, as one run."""
        first, last = self.partitions.keys_of(days)
        self.execute(job, **{RANGE_START: first, RANGE_END: last})


def run(workplace: Workplace) -> None:
    """Everything up to the home's present time; what was done stands in the workplace's journal.

    Raises:
        ModelFailed: the warehouse could not be built.
        Any error of the packages below, as their messages say.
    """
    with headless(workplace) as dagster:
        dagster.execute(jobs.INGEST)
        if any(report.rows_landed for report in workplace.journal.landings):
            dagster.execute(jobs.QUALITY)
        first_day = dagster.partitions.first_day
        for days in model.pending_days(workplace.home, workplace.now, first_day):
            dagster.execute_days(jobs.NIGHTLY, days)
            workplace.journal.built(len(days))
        for week in weeks_to_judge(workplace):
            dagster.execute(jobs.WEEKLY, partition=week.monday.isoformat())


@contextmanager
def headless(workplace: Workplace) -> Iterator[Headless]:
    """Dagster on this home, with the home lent to its steps and dead runs settled."""
    with (
        dg.DagsterInstance.from_config(str(workplace.home.dagster)) as instance,
        lend(workplace),
    ):
        settle_dead_runs(instance)
        yield Headless(
            build_definitions(workplace.settings),
            instance,
            ContractPartitions.of(workplace.settings.contract),
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
