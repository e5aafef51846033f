"""`madoguchi people`: the register of people, their training, pledges and keys.

Whoever changes something says who they are (`--by`) and proves it with the own key, whose passphrase is asked on
the terminal and is never an argument. Two officers found the home (`people found`); whoever gets a role that counts in an
erasure, or a key, is proposed by one person and confirmed by another (`people confirm`).
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from application.home.session import read_settings
from application.people import acting_home
from application.sheets import read_rows, write_rows
from compliance.ground.acts import Action, ObjectKind, note
from compliance.people import sheet
from compliance.people.person import Approval, Employment, EventKind, Particulars
from compliance.people.person_keys import enrolled_keys
from compliance.people.present import persons
from compliance.people.proposing import propose_person
from compliance.people.register import change as change_person
from compliance.people.register import changed, enter, names, needs_second
from compliance.people.rights import Right, Role
from compliance.people.standing import not_in_force, soon
from compliance.people.training_and_pledges import note_event
from orchestration.command import accounts, proposals
from orchestration.command.acting import acting
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import AsJson, By, Config, HomeFolder, passphrase
from orchestration.command.people_paper import paper

app = typer.Typer()
app.command()(paper)
for command in proposals.COMMANDS:
    app.command()(command)
app.command(name="proposals")(proposals.list_)
app.add_typer(accounts.app, name="account")

StaffId = Annotated[str, typer.Argument(help="The staff id: letters, digits, - and _.")]
Roles = Annotated[
    list[Role] | None, typer.Option("--role", help="A role; give it again for a second one.")
]
REPORTED = typer.Option("--reported", help="When the person was reported to the city.")
APPROVED = typer.Option("--approved", help="The day of the city's 承認 (change of officer).")
AFFILIATION = typer.Option(help="所属: firm and section, as the reports to the city name it.")
REFERENCE = typer.Option("--reference", help="Number or file of the city's answer, if any.")


@app.command()
def add(
    staff_id: StaffId,
    role: Roles = None,
    starts: Annotated[str, typer.Option(help="The first day: 2023-11-20.")] = "",
    employment: Annotated[Employment, typer.Option(help="How employed.")] = Employment.REGULAR,
    reported: Annotated[str | None, REPORTED] = None,
    reserve: Annotated[bool, typer.Option(help="Cover for sudden absence.")] = False,
    approved: Annotated[str | None, APPROVED] = None,
    reference: Annotated[str, REFERENCE] = "",
    affiliation: Annotated[str, AFFILIATION] = "",
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Enter somebody new, or propose them where their role takes a second person; the name is asked on the terminal."""
    given = Particulars(
        roles=frozenset(role or []),
        employment=employment,
        starts_on=_day(starts, "--starts"),
        reported_on=_optional(reported, "--reported"),
        is_reserve=reserve,
        approval=Approval.APPROVED if approved else Approval.REPORT_ONLY,
        approval_reference=reference,
        approved_on=_optional(approved, "--approved"),
        affiliation=affiliation,
    )
    with acting_home(read_settings(config, home)) as place:
        actor, key = place.keeper(by, passphrase)
        place.allow(actor, Right.KEEP_PEOPLE)
        name: str = typer.prompt("Name (氏名)", err=True)
        if needs_second(None, given):
            said = proposals.proposed(
                propose_person(
                    place.engine, place.names(), actor, key, staff_id, name=name, given=given
                )
            )
        else:
            enter(place.engine, place.names(), actor, staff_id, name, given)
            said = f"{staff_id} is entered."
    typer.echo(said)


@app.command()
def change(
    staff_id: StaffId,
    version: Annotated[int, typer.Option(help="The version that you saw (`people list`).")],
    role: Roles = None,
    reported: Annotated[str | None, REPORTED] = None,
    starts: Annotated[str | None, typer.Option(help="The first day.")] = None,
    employment: Annotated[Employment | None, typer.Option(help="How employed.")] = None,
    reserve: Annotated[bool | None, typer.Option(help="Cover for sudden absence.")] = None,
    approved: Annotated[str | None, APPROVED] = None,
    reference: Annotated[str | None, REFERENCE] = None,
    affiliation: Annotated[str | None, AFFILIATION] = None,
    name: Annotated[bool, typer.Option("--name", help="Ask for another name.")] = False,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Enter a person's next version, or propose it where it takes a second person; what is not named stays."""
    changes: dict[str, Any] = {
        "roles": frozenset(role) if role else None,
        "reported_on": _optional(reported, "--reported"),
        "starts_on": _optional(starts, "--starts"),
        "employment": employment,
        "is_reserve": reserve,
        "approval_reference": reference,
        "affiliation": affiliation,
        "approved_on": _optional(approved, "--approved"),
        "approval": Approval.APPROVED if approved else None,
    }
    changes = {field: value for field, value in changes.items() if value is not None}
    with acting_home(read_settings(config, home)) as place:
        actor, key = place.keeper(by, passphrase)
        place.allow(actor, Right.KEEP_PEOPLE)
        new_name: str | None = typer.prompt("Name (氏名)", err=True) if name else None
        seal = place.names()
        before, after, _ = changed(place.engine, seal, staff_id, version, name=new_name, **changes)
        if needs_second(before, after):
            said = proposals.proposed(
                propose_person(
                    place.engine, seal, actor, key, staff_id, seen=version, name=new_name, **changes
                )
            )
        else:
            change_person(place.engine, seal, actor, staff_id, version, name=new_name, **changes)
            said = f"{staff_id} is at version {version + 1}."
    typer.echo(said)


@app.command()
def leave(
    staff_id: StaffId,
    version: Annotated[int, typer.Option(help="The version that you saw (`people list`).")],
    last_day: Annotated[str, typer.Option(help="The last day of work.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Somebody leaves: from the day after the last one they may do nothing."""
    with acting_home(read_settings(config, home)) as place:
        actor = place.keeper(by, passphrase)[0]
        place.allow(actor, Right.KEEP_PEOPLE)
        day = _day(last_day, "--last-day")
        change_person(place.engine, place.names(), actor, staff_id, version, ends_on=day)
    typer.echo(f"{staff_id} leaves after {day}.")


@app.command()
def train(
    staff_id: StaffId,
    on: Annotated[str, typer.Option(help="The day of the training.")],
    planned: Annotated[bool, typer.Option("--planned", help="Planned, not attended yet.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It was entered wrongly.")] = False,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Note a training that somebody attended, or will (別紙1-3(3): every year)."""
    kind = EventKind.TRAINING_PLANNED if planned else EventKind.TRAINING_ATTENDED
    _note(staff_id, kind, on, None, withdraw, by, config, home)


@app.command()
def pledge(
    staff_id: StaffId,
    on: Annotated[str, typer.Option(help="The day of the signature.")],
    ends: Annotated[str | None, typer.Option(help="Its last day, where it has one.")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It was entered wrongly.")] = False,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Note that somebody signed the pledge (誓約書, 別紙2-6-4)."""
    _note(staff_id, EventKind.PLEDGE, on, ends, withdraw, by, config, home)


@app.command(name="list")
def list_(
    with_names: Annotated[
        bool, typer.Option("--names", help="With names; asks who you are.")
    ] = False,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
    json_: AsJson = False,
) -> None:
    """Everybody in the register: version, roles, dates, whether in force, what ends soon."""
    with acting_home(read_settings(config, home)) as place:
        known: dict[str, str] = {}
        if with_names:
            place.allow(place.actor(by, passphrase), Right.KEEP_PEOPLE)
            known = dict(names(place.engine, place.names()))
        keys = enrolled_keys(place.engine)
        rows: list[dict[str, Any]] = []
        for person in persons(place.engine, place.first_day).values():
            reason = not_in_force(person, place.today)
            rows.append(
                {
                    "staff_id": person.staff_id,
                    "version": person.version,
                    "roles": sorted(person.roles),
                    "starts_on": str(person.starts_on),
                    "ends_on": str(person.ends_on or ""),
                    "in_force": reason is None,
                    "reason": reason and reason.value,
                    "soon": [f"{s.reason} {s.from_day}" for s in soon(person, place.today)],
                    "key": keys[person.staff_id].fingerprint if person.staff_id in keys else "",
                    **({"name": known[person.staff_id]} if with_names else {}),
                }
            )
    if json_:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        state = "in force" if row["in_force"] else f"not in force: {row['reason']}"
        typer.echo(
            f"{row['staff_id']:<10} v{row['version']:<3} {','.join(row['roles']):<28} "
            f"{row['starts_on']} {row['ends_on'] or '–':<10}  {state}"
            + (f"  ({'; '.join(row['soon'])})" if row["soon"] else "")
            + (f"  {row['name']}" if with_names else "")
        )


def _note(
    staff_id: str,
    kind: EventKind,
    on: str,
    ends: str | None,
    is_withdrawn: bool,
    by: str | None,
    config: Path | None,
    home: Path | None,
) -> None:
    with acting_home(read_settings(config, home)) as place:
        actor = place.keeper(by, passphrase)[0]
        place.allow(actor, Right.KEEP_PEOPLE)
        note_event(
            place.engine,
            actor,
            staff_id,
            kind,
            _day(on, "--on"),
            ends_on=_optional(ends, "--ends"),
            is_withdrawn=is_withdrawn,
        )
    typer.echo(f"{staff_id}: {kind.value} {on}{' withdrawn' if is_withdrawn else ''}")


def _optional(text: str | None, option: str) -> date | None:
    return None if text is None else _day(text, option)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("is no day: write it as 2023-11-20", param_hint=option) from None


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="An xlsx or CSV file as `people export` writes it.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Take people in from a sheet; bad rows come back beside it with their reasons, good ones stay."""
    rows = read_rows(file, (sheet.ID, sheet.NAME, sheet.ROLES, sheet.STARTS))
    with acting_home(read_settings(config, home)) as place:
        actor = place.keeper(by, passphrase)[0]
        place.allow(actor, Right.KEEP_PEOPLE)
        taken = sheet.take_in(place.engine, place.names(), actor, place.first_day, rows)
    typer.echo(f"{taken.changed} rows changed the register, {taken.unchanged} were there already.")
    if taken.refused:
        back = file.with_name(f"{file.stem}_返却{file.suffix}")
        write_rows(back, (*sheet.HEADINGS, sheet.REASON), taken.refused)
        typer.echo(f"{len(taken.refused)} rows were refused; reasons: {back}", err=True)
        raise typer.Exit(ExitCode.INPUT_REFUSED)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The xlsx or CSV file to write; it holds names.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Write everybody into a sheet, with names; the log says who did."""
    with acting(config, home, by, Right.KEEP_PEOPLE) as (place, actor):
        rows = sheet.rows_out(place.engine, place.names(), place.first_day)
        with place.engine.begin() as connection:
            note(connection, actor.entry(Action.PEOPLE_EXPORTED, ObjectKind.PERSON, "all"))
        write_rows(file.absolute(), sheet.HEADINGS, rows)
    typer.echo(f"{file}: {len(rows)} people")
