"""`madoguchi papers fill`: a paper of tables in the city's own form (別紙1-10)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.people.rights import Right
from orchestration.command.options import By, Config, HomeFolder, passphrase
from orchestration.duties.handing_over import edition_of
from orchestration.duties.people import acting_home
from orchestration.opening.workplace import read_settings
from reporting.kinds import KINDS


def fill(
    kind: Annotated[str, typer.Argument(help="completion or personal_information.")],
    period: Annotated[str, typer.Argument(help="Its period, as `papers list` shows it.")],
    template: Annotated[
        Path, typer.Option(help="The city's form: an xlsx file with marks ({{fact.対象月}}).")
    ],
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Fill the city's own form with a paper's latest edition; unknown marks are refused with their cells. The log says who did."""
    from reporting.paper.packaging import file_stem
    from reporting.paper.tables import TablePaper
    from reporting.paper.template import fill as fill_form

    if kind not in KINDS or KINDS[kind].value() is not TablePaper:
        known = ", ".join(name for name, one in KINDS.items() if one.value() is TablePaper)
        raise EntryRefused(f"{kind} goes into no form of the city's; these do: {known}.")
    if not template.is_file():
        raise typer.BadParameter(f"{template} is no file", param_hint="--template")
    with acting_home(read_settings(config, home)) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, Right.TELL_THE_CITY)
        made = edition_of(place.engine, kind, period)
        value: TablePaper = KINDS[kind].from_json(made.data_json)
        value = replace(value, edition=made.edition, checkpoint=made.checkpoint or None)
        content = fill_form(template.read_bytes(), value)
        with place.engine.begin() as connection:
            note(connection, actor.entry(Action.PAPER_OPENED, ObjectKind.DELIVERABLE, made.name))
        stem = file_stem(value.head.title, "様式", period, made.edition)
        path = to.absolute() / f"{stem}.xlsx"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(path, content)
    typer.echo(str(path))
