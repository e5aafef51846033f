"""Living a home: up to one moment, or through the moments of a whole contract, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import TYPE_CHECKING

import typer

from compliance.ground.japan import TOKYO
from orchestration.command.exit_codes import ExitCode
from orchestration.command.terminal import Lived, lived_progress, progress

if TYPE_CHECKING:
    from application.home.run_report import Journal
    from application.home.settings import Settings


def run_home(
    settings: Settings,
    moments: Iterable[datetime | None],
    is_json: bool,
    end: datetime | None = None,
) -> Journal:
    """Open a home and do everything up to each moment in turn; shared by `run`, `demo` and `simulate`.

    A null moment is the system clock's present; `end` the last moment of a life of many days, which is told as one.
    """
    from application.asking_aside import Asker
    from application.home.run_report import Journal
    from application.home.run_store import require_runs_kept
    from application.home.session import open_workplace
    from orchestration.command.run import run as run_everything

    whole, first = Journal(), settings.contract.period.start_date
    with (
        Asker() as asker,
        progress(is_quiet=is_json)
        if end is None
        else lived_progress(datetime.combine(first, time(), TOKYO), end, is_quiet=is_json) as told,
    ):
        on_step, lived = (told.step, told.moment) if isinstance(told, Lived) else (told, None)
        for moment in moments:
            own = Journal(on_step)
            with open_workplace(settings, as_of=moment, pbx=settings.pbx, journal=own) as workplace:
                require_runs_kept(workplace)
                run_everything(workplace, asker)
            whole.add(own)
            if lived and moment:
                lived(moment)
    return whole


def tell_the_morning_of(settings: Settings, moment: datetime) -> None:
    """Tell the UI the morning of a simulated home as it is at that moment."""
    from application.home.run_report import Journal
    from application.home.session import open_workplace
    from orchestration.command.headless import tell_the_morning

    with open_workplace(settings, as_of=moment, pbx=settings.pbx, journal=Journal()) as workplace:
        tell_the_morning(workplace)


def finish(journal: Journal, is_json: bool) -> None:
    """Print what was done, name what was refused, end with the right status."""
    from orchestration.command.summary import as_json, as_text

    typer.echo(as_json(journal) if is_json else as_text(journal))
    if journal.needs_a_hand:
        raise typer.Exit(ExitCode.INPUT_REFUSED)
