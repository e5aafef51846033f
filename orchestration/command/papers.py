"""`madoguchi papers`: the papers that were made, and the opening of those that hold callers' words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from application.confirming import confirmed
from application.handing_over import (
    OpenedPaper,
    edition_of,
    hand_over,
    made_papers,
    open_paper,
    secret_annex,
)
from application.home.session import outlook, read_settings
from application.people import ActingHome
from compliance.contract.due import NO_DAY
from compliance.deliverables.edition import Deliverable
from compliance.deliverables.handed_over import record_receipt
from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.people.rights import Right
from orchestration.command.acting import acting
from orchestration.command.cover import cover
from orchestration.command.figures import figures
from orchestration.command.fill import fill
from orchestration.command.options import By, Config, HomeFolder, typed_day
from reporting.complaints.kind import COMPLAINTS
from reporting.kinds import KINDS

if TYPE_CHECKING:
    from application.sending import Plan

Kind = Annotated[str, typer.Argument(help="The kind of paper (`papers list`).")]
Period = Annotated[str, typer.Argument(help="Its period, as `papers list` shows it.")]
app = typer.Typer()
app.command()(figures)
app.command()(cover)
app.command()(fill)


@app.command(name="list")
def list_(config: Config = None, home: HomeFolder = None) -> None:
    """Every paper in its latest edition: kind, period, edition, due day, day of making."""
    with outlook(read_settings(config, home), datetime.now(UTC)) as place:
        for paper in made_papers(place.engine):
            late = "  late" if paper.is_late else ""
            due = "―" if paper.due_date == NO_DAY else paper.due_date
            typer.echo(
                f"{paper.kind:<20} {paper.period:<10}  r{paper.edition}  due {due}  "
                f"made {paper.made_on}{late}  {paper.state}"
            )


@app.command()
def confirm(
    kind: Kind,
    period: Period,
    despite: Annotated[
        bool,
        typer.Option(
            "--despite", help="Confirm although it says something in two ways (it is told which)."
        ),
    ] = False,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Confirm a paper's latest edition, as the manager or who is registered as one in the meantime."""
    with acting(config, home, by, Right.CONFIRM_PAPER) as (place, actor):
        paper = edition_of(place.engine, kind, period)
        is_new = confirmed(place.engine, place.home, actor, paper, despite=despite)
    typer.echo(f"{paper.name}: {'confirmed' if is_new else 'was confirmed already'}")


@app.command()
def deliver(
    kind: Kind,
    period: Period,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            help="The medium's folder that the city receives; left out: the destination of its kind.",
        ),
    ] = None,
    medium: Annotated[
        str, typer.Option("--as", help="With --to: what the register calls the medium.")
    ] = "媒体",
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Say what would be sent where and what lets it, go there and send nothing.",
        ),
    ] = False,
    arrived: Annotated[
        bool | None,
        typer.Option(
            "--arrived/--not-arrived",
            help="What the city says of a mail that nobody answered: note it, or send it again.",
        ),
    ] = None,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Hand a confirmed paper over, on a medium or to its destination, and note that it was."""
    if to is not None and (dry_run or arrived is not None):
        raise typer.BadParameter("--dry-run and --arrived go with a destination, not with --to")
    if dry_run and arrived is not None:
        raise typer.BadParameter("--dry-run and --arrived exclude each other")
    with acting(config, home, by, Right.TELL_THE_CITY) as (place, actor):
        paper = edition_of(place.engine, kind, period)
        if to is None:
            _send(place, actor, paper, dry_run, arrived)
            return
        for path in hand_over(
            place.engine,
            place.home,
            actor,
            paper,
            to.absolute(),
            medium,
            place.settings.contract,
            may_name=_may_name(place, actor, kind),
        ):
            typer.echo(str(path))


def _may_name(place: ActingHome, actor: Actor, kind: str) -> bool:
    """Whether a paper that names people may be opened: it is asked of the registers where one is.

    Raises:
        NotAllowed: they do not keep the register of people.
    """
    if kind in KINDS and KINDS[kind].names_staff:
        place.allow(actor, Right.KEEP_PEOPLE)
        return True
    return False


def _send(
    place: ActingHome, actor: Actor, paper: Deliverable, dry_run: bool, arrived: bool | None
) -> None:
    """To the destination of its kind."""
    from application.sending import note_arrived, note_lost, plan, send, way_to

    if arrived:
        note_arrived(place, actor, paper)
        typer.echo(f"{paper.name}: noted as delivered")
        return
    planned = plan(place, paper)
    if dry_run:
        opened = open_paper(
            place.engine,
            place.home,
            paper.kind,
            paper.period,
            paper.edition,
            place.settings.contract,
        )
        for line in _told(planned, opened):
            typer.echo(line)
        typer.echo(way_to(place.home, planned.destination).look())
        return
    if arrived is False:
        note_lost(place, actor, paper)
    sent = send(place, actor, planned)
    for where in sent.places:
        typer.echo(where)
    if not sent.is_new:
        typer.echo(f"{paper.name}: was delivered to {planned.destination.name} already")


def _told(planned: Plan, opened: OpenedPaper) -> Iterator[str]:
    """What would be sent, where, and what lets it."""
    destination, cover = planned.destination, planned.cover
    yield f"{planned.paper.name}: {destination.name} ({destination.way} {destination.target})"
    for name, content in opened.files.items():
        yield f"  {name}  {len(content):,} bytes  sha256 {hashlib.sha256(content).hexdigest()}"
    if cover.permit:
        until = cover.permit.get("expires_on") or "期限なし"
        yield f"  許可: {cover.permit.get('target')}（{cover.permit.get('permitted_on')}から、{until}）"
    if cover.designation:
        yield f"  指定: {cover.designation.get('matter')}（{cover.designation.get('held_on')}）"


@app.command()
def received(
    kind: Kind,
    period: Period,
    on: Annotated[str, typer.Option("--on", help="The day of the city's receipt.")],
    receipt: Annotated[str, typer.Option(help="Its number, if any.")] = "",
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Note the city's receipt of a paper's latest edition."""
    day = typed_day(on)
    with acting(config, home, by, Right.TELL_THE_CITY) as (place, actor):
        paper = edition_of(place.engine, kind, period)
        record_receipt(place.engine, actor, paper, day, receipt)
    typer.echo(f"{paper.name}: received on {day}")


@app.command()
def status(
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """個人情報取扱状況報告書 at once, as the city may ask at any time (別紙2-14): this month up to now, PDF and Excel."""
    from application.status import status_report
    from reporting.paper.tables import render_pdf, render_xlsx

    with acting(config, home, by, Right.KEEP_REGISTERS) as (place, actor):
        paper = status_report(place)
        with place.engine.begin() as connection:
            entry = actor.entry(
                Action.PAPER_OPENED, ObjectKind.DELIVERABLE, f"status/{place.today}"
            )
            note(connection, entry)
        stem = f"{paper.head.title}_随時_{place.today}"
        to.absolute().mkdir(mode=0o700, parents=True, exist_ok=True)
        for form, render in (("pdf", render_pdf), ("xlsx", render_xlsx)):
            path = to.absolute() / f"{stem}.{form}"
            write_durably(path, render(paper, place.now))
            typer.echo(str(path))


@app.command(name="open")
def open_(
    kind: Kind,
    period: Period,
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    contacts: Annotated[
        bool,
        typer.Option(
            "--contacts",
            help="With complaints: 秘匿別紙 beside them, names and contacts under a password shown once.",
        ),
    ] = False,
    edition: Annotated[int | None, typer.Option(help="The edition; left out: the latest.")] = None,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Write a paper's files as the city receives them; the log says who opened it."""
    with acting(config, home, by, Right.TELL_THE_CITY) as (place, actor):
        opened = open_paper(
            place.engine,
            place.home,
            kind,
            period,
            edition,
            place.settings.contract,
            may_name=_may_name(place, actor, kind),
        )
        with place.engine.begin() as connection:
            note(connection, actor.entry(Action.PAPER_OPENED, ObjectKind.DELIVERABLE, opened.name))
        for path in opened.write_into(to.absolute()):
            typer.echo(str(path))
        if contacts:
            _write_contacts(place, actor, kind, period, to.absolute() / opened.place)


def _write_contacts(place: ActingHome, actor: Actor, kind: str, period: str, folder: Path) -> None:
    """Names and contacts, apart and encrypted; the password goes another way than the file."""
    if kind != COMPLAINTS.kind:
        raise EntryRefused("--contacts goes with complaints only.")
    annex = secret_annex(place.engine, place.home, period, place.now)
    if annex is None:
        typer.echo("No open return call has a contact: there is no 秘匿別紙.")
        return
    with place.engine.begin() as connection:
        name = f"{kind}/{period}/contacts"
        note(connection, actor.entry(Action.PAPER_OPENED, ObjectKind.DELIVERABLE, name))
    write_durably(folder / annex.name, annex.content)
    typer.echo(
        f"{folder / annex.name}\nPassword (shown once; send it another way): {annex.password}"
    )
