"""The papers about people, with the names that they print opened for this one time (別紙1-2, 別紙2-3), and their sealed copies in the
register of papers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from application.handing_over import sealed_at
from application.outbox import outbox_of
from application.people import ActingHome
from compliance.contract.due import without_period
from compliance.deliverables.register import periods_made
from compliance.errors import EntryRefused
from compliance.ground.durable import write_durably
from compliance.people.present import persons
from compliance.people.register import history, names
from compliance.people.rights import Role
from compliance.people.standing import Person
from reporting.paper.issue import keep
from reporting.paper.packaging import SEALED, FileContent
from reporting.paper.people_form import (
    Named,
    office_of,
    officer_change,
    pledges,
    staff_change,
    staff_list,
)
from reporting.paper.people_kind import PEOPLE_PAPERS
from reporting.paper.tables import TablePaper


def officer_change_paper(
    place: ActingHome, staff_id: str, replaces: str | None, reason: str
) -> TablePaper:
    """The application for somebody who is entered as an officer; without `replaces`, in the place of the one who holds the
    office until then.

    Raises:
        EntryRefused: nobody has that id, they are no officer or one of the first lists, or it is not clear whom they replace.
    """
    known = persons(place.engine, place.first_day)
    for one in (staff_id, replaces):
        if one is not None and one not in known:
            raise EntryRefused(f"職員番号 {one} の登録はありません。")
    after = known[staff_id]
    office = office_of(after)
    if office is None:
        raise EntryRefused(
            f"{staff_id} は責任者等ではありません。先に役割を登録してください（`madoguchi people add` 又は `change` に `--role`）。"
        )
    if not after.needs_approval:
        raise EntryRefused(
            f"{staff_id} は当初の名簿の人で、報告だけで足ります。`--form staff-list` を使ってください。"
        )
    before = known[replaces] if replaces else _holder(known.values(), after, office)
    if before is not None and (before.staff_id == staff_id or office not in before.roles):
        raise EntryRefused(
            f"{before.staff_id} は、{staff_id} が交代する{office.title_ja}ではありません。"
        )
    named = _named(place, [one for one in (before, after) if one is not None])
    return officer_change(
        place.contract,
        office,
        named[before.staff_id] if before else None,
        named[staff_id],
        reason,
    )


def staff_change_paper(place: ActingHome, staff_id: str, reason: str) -> TablePaper:
    """The report of what changed last about somebody: their entry before and now.

    Raises:
        EntryRefused: nobody has that id.
    """
    known = persons(place.engine, place.first_day)
    if staff_id not in known:
        raise EntryRefused(f"職員番号 {staff_id} の登録はありません。")
    versions = [one for one in history(place.engine) if one.staff_id == staff_id]
    after = _named(place, [known[staff_id]])[staff_id]
    before = None
    if len(versions) > 1:
        said = versions[-2].particulars
        person = replace(
            known[staff_id], version=versions[-2].version, roles=said.roles, starts_on=said.starts_on, ends_on=said.ends_on,
            reported_on=said.reported_on, is_reserve=said.is_reserve,
        )  # fmt: skip
        before = Named(person, after.name, said.employment, said.affiliation)
    return staff_change(place.contract, before, after, reason)


def pledges_paper(place: ActingHome) -> TablePaper:
    """Everybody's pledge, as of today."""
    known = persons(place.engine, place.first_day)
    return pledges(place.contract, list(_named(place, known.values()).values()), place.today)


def staff_paper(place: ActingHome) -> TablePaper:
    """Everybody who works here today or is going to."""
    known = persons(place.engine, place.first_day)
    return staff_list(place.contract, list(_named(place, known.values()).values()), place.today)


def kept_paper(place: ActingHome, paper: TablePaper, content: bytes, about: str) -> str:
    """Seal a paper under the key of names and enter it in the register of papers, by a number of its own; returns that. The register
    says what it is and about whom (a staff id, or `all`), and no name."""
    period = f"P-{len(periods_made(place.engine, PEOPLE_PAPERS.kind)) + 1:04d}"
    sealed = place.names().seal_content(content, sealed_at(period))
    folder = PEOPLE_PAPERS.lies_in(place.home.outbox, period)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{paper.head.title}_{period}.pdf{SEALED}"
    write_durably(folder / name, sealed)
    value = replace(
        paper, facts=(("番号", period), ("対象", about)), tables=(), opening="", boxes=()
    )
    keep(
        PEOPLE_PAPERS,
        without_period(PEOPLE_PAPERS.unit, period, place.today),
        value,
        {name: FileContent(content, sealed)},
        outbox_of(place.engine, place.home, place.now),
    )
    return period


def _holder(known: Iterable[Person], after: Person, office: Role) -> Person | None:
    """Who holds an office on the day before somebody else takes it.

    Raises:
        EntryRefused: several do.
    """
    eve = after.starts_on - timedelta(days=1)
    held = [
        one
        for one in known
        if office in one.roles
        and one.staff_id != after.staff_id
        and one.starts_on <= eve
        and (one.ends_on is None or one.ends_on >= eve)
    ]
    if len(held) > 1:
        ids = ", ".join(one.staff_id for one in held)
        raise EntryRefused(
            f"その職の人が複数います（{ids}）。だれと交代するかを `--replaces` で指定してください。"
        )
    return held[0] if held else None


def _named(place: ActingHome, of: Iterable[Person]) -> dict[str, Named]:
    called = names(place.engine, place.names())
    given = {one.staff_id: one.particulars for one in history(place.engine)}
    return {
        one.staff_id: Named(
            one,
            called[one.staff_id],
            given[one.staff_id].employment,
            given[one.staff_id].affiliation,
        )
        for one in of
    }
