"""Where a run comes from, so that the UI's pages of jobs and runs show what the command started.

Dagster files a run under a code location and repository only where whoever started it says so; a run
executed in process says nothing. Here every run that is added to an instance gets the origin that
`workspace.yaml` gives to runs started in the UI.
"""

from __future__ import annotations

import sys

import dagster as dg
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._record import copy

MODULE = "orchestration.definitions"
LOCATION = "madoguchi"
REPOSITORY = "__repository__"


def origin_of(job: str) -> RemoteJobOrigin:
    """The origin of a job's runs, as `workspace.yaml` names it."""
    location = ManagedGrpcPythonEnvCodeLocationOrigin(
        LoadableTargetOrigin(executable_path=sys.executable, module_name=MODULE), LOCATION
    )
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, REPOSITORY), job)


def file_under_location(instance: dg.DagsterInstance) -> None:
    """Give every run that this instance adds from now on its origin, unless it has one."""
    storage = instance.run_storage
    add_run = storage.add_run

    def add_with_origin(dagster_run: DagsterRun) -> DagsterRun:
        if dagster_run.remote_job_origin is None:
            dagster_run = copy(dagster_run, remote_job_origin=origin_of(dagster_run.job_name))
        return add_run(dagster_run)

    storage.add_run = add_with_origin  # type: ignore[method-assign]
