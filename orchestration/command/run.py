"""`madoguchi run`: does headless, up to one moment, what the schedules would have done.

The same jobs on the same Dagster instance as the UI shows, executed in this process one after another:
take in, question the rows, build the days that changed, write the papers that are due. What is done
already is not done again: nothing new landed means no questioning and no building; papers are looked
at again only when something they are made of moved.

Whether there is anything to do is known before Dagster and dbt are imported (`headless`): a run without news, and whoever waits
for it, is spared them.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from application.asking_aside import Asker
from application.custody import rotated
from application.home.session import Workplace
from application.inbox import take_inbox
from application.ingest import everything_taken_in
from application.papers import look_after_papers, papers_to_judge, rows_to_ask
from application.rows_asked import asked_of_last_days
from application.warehouse.days import pending_days, wanted_state
from application.warehouse.verdicts import findings
from compliance.ground.source_states import read_states


def run(workplace: Workplace, asker: Asker | None = None) -> None:
    """Everything up to the home's present time; what was done stands in the workplace's journal. The rows are asked by the process
    of `asker`, without one by this.

    Where nothing landed, no day is over and no paper moved, Dagster is not asked to do anything.

    Raises:
        ModelFailed: the warehouse could not be built.
        Any error of the packages below, as their messages say.
    """
    look_after_papers(workplace)
    take_inbox(workplace)
    before = read_states(workplace.engine)
    reports = everything_taken_in(workplace)
    rotated(workplace)
    state = wanted_state(workplace.home, workplace.now, workplace.settings.built_by)
    pending = pending_days(workplace.home, state, workplace.calendar)
    has_news = any(report.rows_landed or report.rows_rejected for report in reports) or (
        before != read_states(workplace.engine)
    )
    if has_news or pending or papers_to_judge(workplace, state):
        if "orchestration.command.headless" not in sys.modules:
            workplace.journal.on_step("loading Dagster and dbt")
        if asker and pending:
            asker.ask(asked_of_last_days(workplace), *rows_to_ask(workplace))
        from orchestration.command.headless import do

        do(replace(workplace, aside=asker), state, pending, has_news=has_news)
    workplace.journal.findings = findings(workplace.home)
