"""How long the UI remembers runs: those of a day, a week or a month for good, others for so many days.

An ingest every five minutes is a hundred runs a day; a page about a day's figures leads to the run that made them. What
must be known for longer, who had what done, stands in the audit log (別紙1-5(6)), which nothing here touches. Dagster's
clock is the machine's, so days are counted by that one, in a simulated home as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

_OVER = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
_AT_ONCE = 500
_OF_PARTITIONS = ("dagster/partition", "dagster/asset_partition_range_start", "dagster/backfill")


def forget_history(instance: DagsterInstance, days: int, now: datetime) -> int:
    """Delete runs that ended, are older than so many days and are about no partition, but for the last one of
    each job: it holds what the pages of its assets show. Returns how many were deleted."""
    newest: dict[str, str] = {}
    going = []
    for run in _older(instance, now - timedelta(days=days)):
        if any(tag in run.tags for tag in _OF_PARTITIONS):
            continue
        if run.job_name not in newest:
            last = instance.get_runs(RunsFilter(job_name=run.job_name), limit=1)
            newest[run.job_name] = last[0].run_id
        if run.run_id != newest[run.job_name]:
            going.append(run.run_id)
    for run_id in going:
        instance.delete_run(run_id)
    return len(going)


def _older(instance: DagsterInstance, before: datetime) -> Iterator[DagsterRun]:
    """Runs that are over and were begun before that moment, the earliest first."""
    wanted = RunsFilter(statuses=_OVER, created_before=before)
    cursor = None
    while records := instance.get_run_records(
        wanted, limit=_AT_ONCE, ascending=True, cursor=cursor
    ):
        yield from (record.dagster_run for record in records)
        cursor = records[-1].dagster_run.run_id
