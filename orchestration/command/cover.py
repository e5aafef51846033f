"""`madoguchi papers cover`: the 送付書 under which the two monthly papers go to the city."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.people.rights import Right
from orchestration.command.options import By, Config, HomeFolder, passphrase, typed_day
from orchestration.duties.people import acting_home
from orchestration.opening.workplace import read_settings


def cover(
    month: Annotated[str, typer.Option(help="The month of both papers (2023-12).")],
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """送付書 over 業務完了届 and 個人情報取扱状況報告書 of a month, dated today; refused until both are made and confirmed."""
    from orchestration.duties.cover import monthly_letter
    from reporting.cover.letter import render

    day = typed_day(f"{month}-01")
    with acting_home(read_settings(config, home)) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, Right.TELL_THE_CITY)
        paper = monthly_letter(place, day)
        content = render(paper, place.today)
        with place.engine.begin() as connection:
            name = f"cover/{day:%Y-%m}"
            note(connection, actor.entry(Action.PAPER_OPENED, ObjectKind.DELIVERABLE, name))
        path = to.absolute() / f"{paper.head.title}_{day:%Y-%m}.pdf"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(path, content)
    typer.echo(str(path))
