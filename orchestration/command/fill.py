"""`madoguchi papers fill`: a paper of tables in the city's own form (別紙1-10)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from application.city_forms import filled, form_of_kind, must_go_into_forms
from application.handing_over import edition_of
from application.outbox import confirmation_of
from compliance.errors import EntryRefused
from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.people.rights import Right
from orchestration.command.acting import acting
from orchestration.command.options import By, Config, HomeFolder


def fill(
    kind: Annotated[str, typer.Argument(help="completion or personal_information.")],
    period: Annotated[str, typer.Argument(help="Its period, as `papers list` shows it.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    template: Annotated[
        Path | None,
        typer.Option(
            help="The city's form: an xlsx or docx file with marks ({{fact.対象月}}); left out: the contract file's."
        ),
    ] = None,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Fill the city's own form with a paper's latest edition; unknown marks are refused with their place. The log says who did."""
    must_go_into_forms(kind)
    if template is not None and not template.is_file():
        raise typer.BadParameter(f"{template} is no file", param_hint="--template")
    with acting(config, home, by, Right.TELL_THE_CITY) as (place, actor):
        form = template or form_of_kind(place.settings.contract, kind)
        if form is None:
            raise EntryRefused(
                f"{kind} の様式が決められていません。--template で指定するか、contract.toml の [[deliverables]] に "
                "template を書いてください。"
            )
        made = edition_of(place.engine, kind, period)
        name, content = filled(made, form, confirmation_of(place.engine, place.home, made))
        with place.engine.begin() as connection:
            note(connection, actor.entry(Action.PAPER_OPENED, ObjectKind.DELIVERABLE, made.name))
        path = to.absolute() / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(path, content)
    typer.echo(str(path))
