"""`madoguchi people paper`: 保護管理者変更申請書, 従業者報告書, 従業者変更報告書 and 誓約書台帳, the papers that print names from the register."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from application.audit_log import checkpointed
from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.people.rights import Right
from orchestration.command.acting import acting
from orchestration.command.options import By, Config, HomeFolder


class PeopleForm(StrEnum):
    """Which paper."""

    OFFICER_CHANGE = "officer-change"
    """保護管理者変更申請書 (別紙1-2)."""
    STAFF_LIST = "staff-list"
    """従業者報告書 (別紙2-3)."""
    STAFF_CHANGE = "staff-change"
    """従業者変更報告書 (別紙2-3-4)."""
    PLEDGES = "pledges"
    """誓約書台帳 (別紙2-6-4)."""


_OF_ONE = (PeopleForm.OFFICER_CHANGE, PeopleForm.STAFF_CHANGE)


def paper(
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    form: Annotated[
        PeopleForm,
        typer.Option(
            help="officer-change, staff-change (of one person), staff-list or pledges (of all)."
        ),
    ],
    staff_id: Annotated[
        str | None,
        typer.Argument(
            help="With officer-change: who takes the office; with staff-change: whose entry changed."
        ),
    ] = None,
    replaces: Annotated[
        str | None,
        typer.Option(help="With officer-change: whose place it is, where several hold the office."),
    ] = None,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """保護管理者変更申請書, 従業者報告書, 従業者変更報告書 or 誓約書台帳 as PDF, with names; why somebody changes is asked on the terminal. The log says
    who did; a copy lies sealed in the outbox, and the register of papers knows it."""
    from application.people_papers import (
        kept_paper,
        officer_change_paper,
        pledges_paper,
        staff_change_paper,
        staff_paper,
    )
    from reporting.paper.tables import render_pdf

    if (form in _OF_ONE) != (staff_id is not None):
        raise typer.BadParameter(
            "a staff id goes with officer-change and staff-change, and only there"
        )
    if replaces and form is not PeopleForm.OFFICER_CHANGE:
        raise typer.BadParameter("--replaces goes with officer-change only")
    with acting(config, home, by, Right.KEEP_PEOPLE) as (place, actor):
        if staff_id is not None:
            reason: str = typer.prompt(
                "Reason (変更の理由)", default="", show_default=False, err=True
            )
            made = (
                officer_change_paper(place, staff_id, replaces, reason.strip())
                if form is PeopleForm.OFFICER_CHANGE
                else staff_change_paper(place, staff_id, reason.strip())
            )
        else:
            made = pledges_paper(place) if form is PeopleForm.PLEDGES else staff_paper(place)
        with place.engine.begin() as connection:
            entry = actor.entry(Action.PEOPLE_EXPORTED, ObjectKind.PERSON, staff_id or "all")
            note(connection, entry)
        with place.held():  # a number is given to one paper alone
            made = replace(made, checkpoint=checkpointed(place).shown)
            content = render_pdf(made, place.now)
            number = kept_paper(place, made, content, staff_id or "all")
        path = to.absolute() / f"{made.head.title}_{staff_id or place.today}.pdf"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(path, content)
    typer.echo(str(path))
    typer.echo(
        f"people/{number}: waits for its confirmation (`madoguchi papers confirm`)", err=True
    )
