"""`madoguchi papers figures`: the manager's own report of any period, never handed to the city by itself (9(3))."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.people.rights import Right
from orchestration.command.acting import acting
from orchestration.command.options import By, Config, HomeFolder, typed_day


def figures(
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    first: Annotated[str | None, typer.Option("--from", help="First day.")] = None,
    last: Annotated[str | None, typer.Option("--until", help="Last day.")] = None,
    month: Annotated[
        str | None,
        typer.Option(help="A calendar month (2023-12), in the place of first and last day."),
    ] = None,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """運営状況報告（管理者用） of any period, PDF and Excel: service level, operators, staffing; days not yet over are left out."""
    from application.figures import figures_of
    from reporting.management.rendering import render_pdf, render_xlsx

    first_day, last_day = _period(first, last, month)
    with acting(config, home, by, Right.CONFIRM_PAPER) as (place, actor):
        paper = figures_of(place.settings, place.home, place.today, first_day, last_day)
        with place.engine.begin() as connection:
            name = f"figures/{first_day}/{last_day}"
            note(connection, actor.entry(Action.PAPER_OPENED, ObjectKind.DELIVERABLE, name))
        to.absolute().mkdir(mode=0o700, parents=True, exist_ok=True)
        for form, render in (("pdf", render_pdf), ("xlsx", render_xlsx)):
            path = to.absolute() / f"{paper.head.title}_{first_day}_{last_day}.{form}"
            write_durably(path, render(paper, place.now))
            typer.echo(str(path))


def _period(first: str | None, last: str | None, month: str | None) -> tuple[date, date]:
    """The days that somebody typed.

    Raises:
        typer.BadParameter: they are none, or not one way of saying them.
    """
    from application.figures import month_of

    if month is not None and first is None and last is None:
        return month_of(typed_day(f"{month}-01"))
    if month is None and first is not None and last is not None:
        days = typed_day(first), typed_day(last)
        if days[0] > days[1]:
            raise typer.BadParameter(f"the period ends on {days[1]}, before it begins")
        return days
    raise typer.BadParameter("say --from and --until, or --month alone")
