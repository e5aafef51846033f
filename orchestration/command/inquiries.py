"""`madoguchi inquiries`: what callers said, in by sheet and out again; a template with the form's codes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from application.home.session import outlook, read_settings
from application.open_matters import closed_callbacks
from application.sheets import read_rows, write_rows
from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.japan import TOKYO, civil_date
from compliance.inquiries import sheet
from compliance.inquiries.entering import void
from compliance.inquiries.form import load_form
from compliance.inquiries.reasons import STRIKING, reason_of
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from compliance.people.rights import Right
from orchestration.command.acting import acting
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import By, Config, HomeFolder

app = typer.Typer()


@app.command()
def template(
    file: Annotated[
        Path,
        typer.Argument(
            help="The xlsx (drop-downs, a sheet of codes) or CSV (codes beside it) to write."
        ),
    ],
    config: Config = None,
) -> None:
    """Write an empty sheet to fill, with the codes of the form."""
    form = load_form(read_settings(config).contract.form_file)
    write_rows(file.absolute(), sheet.headings(form), [], sheet.choices(form))
    if file.suffix.lower() != ".csv":
        typer.echo(str(file))
        return
    codes = file.absolute().with_name(f"{file.stem}_コード{file.suffix}")
    write_rows(codes, ("欄", "符号", "名称"), sheet.codes_out(form))
    typer.echo(f"{file}  {codes.name}")


@app.command(name="import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="An xlsx or CSV file as `inquiries template` writes it.")
    ],
    mask: Annotated[
        bool,
        typer.Option(
            "--mask", help="Mask what names or reaches somebody, instead of refusing the row."
        ),
    ] = False,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Take records in; bad rows come back beside the sheet with their reasons, good ones stay. An operator's sheet enters the own
    records of seven days and corrects the own ones, without their times, and takes no mark of a complaint away; SV and MG enter and
    correct anybody's."""
    rows = read_rows(file, sheet.NEEDED)
    with acting(config, home, by, Right.WRITE_INQUIRY) as (place, actor), place.held():
        ring, form = Keyring.open(place.home), load_form(place.settings.contract.form_file)
        taken = sheet.take_in(
            place.engine,
            ring,
            form,
            actor,
            rows,
            masks=mask,
            oversees=place.may(actor, Right.TELL_THE_CITY),
        )
    typer.echo(
        f"{taken.new} records are new, {taken.corrected} corrected, {taken.unchanged} were there already."
    )
    if taken.refused:
        back = file.with_name(f"{file.stem}_返却{file.suffix}")
        write_rows(back.absolute(), (*sheet.headings(form), sheet.REASON), taken.refused)
        typer.echo(f"{len(taken.refused)} rows were refused; reasons: {back}", err=True)
        raise typer.Exit(ExitCode.INPUT_REFUSED)


@app.command()
def export(
    file: Annotated[
        Path, typer.Argument(help="The xlsx or CSV file to write; it holds callers' words.")
    ],
    first: Annotated[str | None, typer.Option("--from", help="First day.")] = None,
    last: Annotated[str | None, typer.Option("--until", help="Last day.")] = None,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Write records with their words into a sheet; the log says who did. Contacts of closed return calls stay closed."""
    with acting(config, home, by, Right.TELL_THE_CITY) as (place, actor):
        kept = [
            one
            for one in latest(
                place.engine, Keyring.open(place.home), closed_callbacks(place.engine)
            )
            if _is_within(civil_date(one.inquiry.at), first, last)
        ]
        with place.engine.begin() as connection:
            note(connection, actor.entry(Action.INQUIRIES_EXPORTED, ObjectKind.INQUIRY, "all"))
        form = load_form(place.settings.contract.form_file)
        write_rows(file.absolute(), sheet.headings(form), sheet.rows_out(kept, form))
    typer.echo(f"{file}: {len(kept)} records")


@app.command(name="list")
def list_(
    last: Annotated[int, typer.Option(help="How many, the newest ones.")] = 20,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Records by their codes; no word of a caller."""
    settings = read_settings(config, home)
    form = load_form(settings.contract.form_file)
    with outlook(settings, datetime.now(UTC)) as place:
        kept = latest(place.engine)[-last:]
    for one in kept:
        record = one.inquiry
        flags = " ".join(sorted(flag.value for flag in record.flags))
        typer.echo(
            f"{one.inquiry_id}  {record.at.astimezone(TOKYO):%Y-%m-%d %H:%M}  {record.operator:<6} "
            f"{form.title_of(record.category, record.item)}  {form.handlings.get(record.handling, '')}  {flags}"
        )


@app.command(name="void")
def void_(
    inquiry_id: Annotated[str, typer.Argument(help="The record's id (`inquiries list`).")],
    reason: Annotated[str, typer.Option(help=f"Why: {', '.join(one.value for one in STRIKING)}.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Strike a record out for a reason, which stays with it; it stays in the register and counts no more."""
    why = reason_of(reason, STRIKING)
    if why is None:
        raise typer.BadParameter("no reason of the list.", param_hint="--reason")
    with acting(config, home, by, Right.TELL_THE_CITY) as (place, actor):
        void(
            place.engine,
            load_form(place.settings.contract.form_file),
            actor,
            inquiry_id,
            why,
        )
    typer.echo(f"{inquiry_id} is struck out.")


def _is_within(day: date, first: str | None, last: str | None) -> bool:
    return (first is None or day >= date.fromisoformat(first)) and (
        last is None or day <= date.fromisoformat(last)
    )
