"""`madoguchi people paper`: 保護管理者変更申請書 and 従業者報告書, the papers that print names from the register."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.people.rights import Right
from orchestration.command.options import By, Config, HomeFolder, passphrase
from orchestration.duties.people import acting_home
from orchestration.opening.workplace import read_settings


class Form(StrEnum):
    """Which paper."""

    OFFICER_CHANGE = "officer-change"
    """保護管理者変更申請書 (別紙1-2)."""
    STAFF_LIST = "staff-list"
    """従業者報告書 (別紙2-3)."""


def paper(
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    form: Annotated[
        Form, typer.Option(help="officer-change (of one person) or staff-list (of all).")
    ],
    staff_id: Annotated[
        str | None, typer.Argument(help="With officer-change: who takes the office.")
    ] = None,
    replaces: Annotated[
        str | None,
        typer.Option(help="With officer-change: whose place it is, where several hold the office."),
    ] = None,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """保護管理者変更申請書 or 従業者報告書 as PDF, with names; why an officer changes is asked on the terminal. The log says who did."""
    from orchestration.duties.people_papers import officer_change_paper, staff_paper
    from reporting.paper.tables import render_pdf

    is_change = form is Form.OFFICER_CHANGE
    if is_change != (staff_id is not None) or (replaces and not is_change):
        raise typer.BadParameter("a staff id and --replaces go with officer-change, and only there")
    with acting_home(read_settings(config, home)) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, Right.KEEP_PEOPLE)
        if staff_id is not None:
            reason: str = typer.prompt(
                "Reason (変更の理由)", default="", show_default=False, err=True
            )
            made = officer_change_paper(place, staff_id, replaces, reason.strip())
        else:
            made = staff_paper(place)
        content = render_pdf(made, place.now)
        with place.engine.begin() as connection:
            entry = actor.entry(Action.PEOPLE_EXPORTED, ObjectKind.PERSON, staff_id or "all")
            note(connection, entry)
        path = to.absolute() / f"{made.head.title}_{staff_id or place.today}.pdf"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(path, content)
    typer.echo(str(path))
