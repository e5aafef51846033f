"""Who asked for a run: written on it when it is submitted, by whichever way a page asked for it.

A run that a page starts or starts again carries the staff id of whoever is at the page and the session by which they
were known. Tags of that name which the page sent along are written over, and where nobody has shown who they are
they are blank: a run with these tags was started at a page, one without by a schedule or a command.
"""

from __future__ import annotations

from dagster import DagsterRun
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext
from starlette.requests import HTTPConnection

from application.home.person import tags_of


class PersonCoordinator(QueuedRunCoordinator):
    """The queue of a home's runs; named in `dagster.yaml`."""

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Write who asked for it, then queue it."""
        source = getattr(context.workspace, "source", None)
        if isinstance(source, HTTPConnection):
            tags = tags_of(source.scope.get("visitor"))
            self._instance.add_run_tags(context.dagster_run.run_id, tags)
            run = self._instance.get_run_by_id(context.dagster_run.run_id)
            if run is not None:
                context = context._replace(dagster_run=run)
        return super().submit_run(context)
