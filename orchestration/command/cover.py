"""`madoguchi papers cover`: the 送付書 under which the two monthly papers go to the city."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.people.rights import Right
from orchestration.command.acting import acting
from orchestration.command.options import By, Config, HomeFolder, typed_day


def cover(
    month: Annotated[str, typer.Option(help="The month of both papers (2023-12).")],
    to: Annotated[
        Path | None, typer.Option("--to", help="A folder that a copy is written into.")
    ] = None,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """送付書 over 業務完了届 and 個人情報取扱状況報告書 of a month: a paper of the register, to be confirmed and handed over with
    them; refused until both are made and confirmed."""
    from application.cover import monthly_letter
    from reporting.cover.kind import COVER

    day = typed_day(f"{month}-01")
    with acting(config, home, by, Right.TELL_THE_CITY) as (place, actor):
        made = monthly_letter(place, day)
        paths = [made.folder / name for name in made.files]
        if to is not None:
            with place.engine.begin() as connection:
                name = f"{COVER.kind}/{made.period}/r{made.edition}"
                note(connection, actor.entry(Action.PAPER_OPENED, ObjectKind.DELIVERABLE, name))
            below = to.absolute()
            below.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in paths:
                write_durably(below / path.name, path.read_bytes())
            paths = [below / path.name for path in paths]
    for path in paths:
        typer.echo(str(path))
