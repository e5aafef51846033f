"""`madoguchi registers`: what people keep by hand, every register by the same commands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from application.home.session import outlook, read_settings
from application.home.settings import Settings
from application.people import acting_home
from application.sheets import read_rows, write_rows
from compliance.errors import EntryRefused
from compliance.ground.acts import Action, ObjectKind, note
from compliance.keys.keyring import Keyring
from compliance.people.rights import Right
from compliance.registers import sheet
from compliance.registers.description import FieldKind, Register
from compliance.registers.entries import draft_upon, entries, save, void
from compliance.registers.known import REGISTERS, registers_under
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import By, Config, HomeFolder, passphrase

app = typer.Typer()
Name = Annotated[str, typer.Argument(help="The register's name (`registers list`).")]


@app.command(name="list")
def list_(config: Config = None) -> None:
    """The registers with their fields, as the contract fills them."""
    for one in _under(read_settings(config, None)).values():
        typer.echo(f"{one.name}  {one.title}")
        for field in one.fields:
            codes = "、".join(f"{code}={title}" for code, title in field.choices.items())
            mark = "*" if field.is_needed else " "
            typer.echo(f"  {mark} {field.name:<12} {field.title}  {codes}".rstrip())


@app.command()
def show(name: Name, config: Config = None, home: HomeFolder = None) -> None:
    """The entries in force by what lies in clear; no word of a citizen or of the city."""
    settings = read_settings(config, home)
    register = _register(name, settings)
    with outlook(settings, datetime.now(UTC)) as place:
        kept = entries(place.engine, register)
    for entry in kept:
        values = "  ".join(
            f"{one.title}={sheet.shown(one, entry.get(one.name))}"
            for one in register.plain
            if entry.get(one.name)
        )
        typer.echo(f"{entry.entry_id}  第{entry.revision}版  {entry.about}  {values}")


@app.command()
def template(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The xlsx or CSV file to write.")],
    config: Config = None,
) -> None:
    """Write an empty sheet of a register to fill, with the contract's codes to choose from."""
    register = _register(name, read_settings(config, None))
    write_rows(file.absolute(), sheet.headings(register), [], sheet.choices(register))
    typer.echo(str(file))


@app.command(name="import")
def import_(
    name: Name,
    file: Annotated[Path, typer.Argument(help="A sheet as `registers template` writes it.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Take entries in; bad rows come back beside the sheet with their reasons, good ones stay."""
    settings = read_settings(config, home)
    register = _register(name, settings)
    rows = read_rows(file, sheet.needed(register))
    with acting_home(settings) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, register.write)
        with place.held():
            taken = sheet.take_in(
                place.engine,
                Keyring.open(place.home),
                register,
                actor,
                rows,
                oversees=place.may(actor, Right.TELL_THE_CITY),
                confirms=register.is_confirmed_by(partial(place.may, actor)),
            )
    typer.echo(
        f"{taken.new} entries are new, {taken.corrected} corrected, {taken.unchanged} were there already."
    )
    if taken.refused:
        back = file.with_name(f"{file.stem}_返却{file.suffix}")
        write_rows(back.absolute(), (*sheet.headings(register), sheet.REASON), taken.refused)
        typer.echo(f"{len(taken.refused)} rows were refused; reasons: {back}", err=True)
        raise typer.Exit(ExitCode.INPUT_REFUSED)


@app.command()
def export(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The xlsx or CSV file to write, words and all.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Write a register with its words into a sheet; the log says who did."""
    settings = read_settings(config, home)
    register = _register(name, settings)
    with acting_home(settings) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, register.write)
        kept = entries(place.engine, register, Keyring.open(place.home))
        with place.engine.begin() as connection:
            note(
                connection,
                actor.entry(Action.REGISTER_EXPORTED, ObjectKind.REGISTER, register.name),
            )
        write_rows(file.absolute(), sheet.headings(register), sheet.rows_out(register, kept))
    typer.echo(f"{file}: {len(kept)} entries")


@app.command()
def add(
    name: Name,
    values: Annotated[
        list[str] | None, typer.Argument(help="field=value, as many as there are.")
    ] = None,
    about: Annotated[str, typer.Option(help="The inquiry that it is about (Q-…).")] = "",
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Add or correct one entry; what is not given stays as it was. What somebody said is asked for on the terminal, not on
    the command line."""
    settings = read_settings(config, home)
    register = _register(name, settings)
    given = _given(register, values or [])
    with acting_home(settings) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, register.write)
        said = {
            one.name: typer.prompt(one.title, default="", show_default=False, err=True)
            for one in register.words
        }
        with place.held():
            ring = Keyring.open(place.home)
            typed = {name: value for name, value in {**given, **said}.items() if value}
            draft = draft_upon(place.engine, ring, register, about, typed)
            (saved,) = save(
                place.engine, ring, register, actor, [draft],
                oversees=place.may(actor, Right.TELL_THE_CITY),
                confirms=register.is_confirmed_by(partial(place.may, actor)),
            )  # fmt: skip
    typer.echo(f"{register.title}: {saved.value}")


@app.command()
def paper(
    name: Name,
    entry_id: Annotated[
        str, typer.Argument(help="The entry's id (`registers show`); left out: the list of all.")
    ] = "",
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """An entry as a paper for the city (事故報告書, 預り証, 許可申請書, …), or all of them as a list; in the register of papers, to be confirmed and
    handed over like any other (`papers confirm`, `deliver`, `received`)."""
    from application.filings import filing_of_entry, filing_of_register

    register = _register(name)
    if not register.filings:
        known = ", ".join(one.name for one in REGISTERS.values() if one.filings)
        raise EntryRefused(f"An entry of {name} makes no paper; those of {known} do.")
    with acting_home(read_settings(config, home)) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, register.write)
        with place.held():
            made = (
                filing_of_entry(place, register, entry_id)
                if entry_id
                else filing_of_register(place, register)
            )
    for file in made.files:
        typer.echo(str(made.folder / file))
    typer.echo(
        f"{made.title}: {'made' if made.is_written else 'unchanged'} (papers confirm {made.kind} {made.period})"
    )


@app.command(name="void")
def void_(
    name: Name,
    entry_id: Annotated[str, typer.Argument(help="The entry's id (`registers show`).")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Strike an entry out; it stays in the register and counts no more."""
    register = _register(name)
    with acting_home(read_settings(config, home)) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, register.write)
        oversees = place.may(actor, Right.TELL_THE_CITY)
        void(place.engine, register, actor, entry_id, oversees=oversees)
    typer.echo(f"{entry_id} is struck out.")


def _under(settings: Settings) -> Mapping[str, Register]:
    return registers_under(settings.contract.campaigns, settings.contract.words.annex)


def _register(name: str, settings: Settings | None = None) -> Register:
    """A register of that name, as the contract fills it where one is given."""
    known = REGISTERS if settings is None else _under(settings)
    if name not in known:
        raise EntryRefused(
            f"{name} is no register: name one of {', '.join(known)} (`madoguchi registers list`)."
        )
    return known[name]


def _given(register: Register, values: list[str]) -> dict[str, str]:
    fields = {one.name: one for one in register.plain}
    given = {}
    for one in values:
        name, mark, value = one.partition("=")
        if not mark or name not in fields:
            told = ", ".join(f"{f.name} ({f.title})" for f in fields.values())
            words = (
                "; words are asked for"
                if any(f.kind is FieldKind.WORDS for f in register.fields)
                else ""
            )
            raise EntryRefused(f"Write values as field=value, of {told}{words}.")
        given[name] = sheet.read_cell(fields[name], value.strip())
    return given
