"""The papers of a home as somebody looks at them: the register's editions, their files, the manager's confirmation, the city's receipt."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Engine

from application.city_opening import opened_by_city
from application.confirming import confirmed, contradictions
from application.handing_over import HANDED_OVER, PaperState, edition_of, open_paper, state_of
from application.home.session import Outlook
from application.home.settings import Settings
from application.people import ActingHome
from application.signed_delivery import MailFate, PaperWay, TakenAlong, delivered_by, way_of
from application.today import PaperToday, papers_on_their_way
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import NO_DAY
from compliance.deliverables.edition import Deliverable
from compliance.deliverables.handed_over import Delivery, deliveries_of, record_receipt
from compliance.deliverables.register import editions, kinds_made, periods_made, registered
from compliance.errors import EntryRefused, HomeDamaged
from compliance.ground.acts import Action, Actor, ObjectKind, Via, note
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.people.acting import allow, prove
from compliance.people.present import persons
from compliance.people.rights import Right, Role
from reporting.kinds import KINDS
from reporting.paper.packaging import SEALED, form_of


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A file of an edition by its registered name. `form` is what it is once open (`pdf`); a sealed one quotes callers: `sha256` is
    of what the city receives and `size_bytes` of what lies sealed."""

    name: str
    size_bytes: int
    sha256: str
    form: str
    is_sealed: bool

    @property
    def saved_name(self) -> str:
        """What it is called where it is saved: a sealed one is given away open."""
        return self.name.removesuffix(".sealed") if self.is_sealed else self.name


@dataclass(frozen=True, slots=True)
class PaperEdition:
    """One edition; `due` is null where no day is set. `was_handed_over`: the city has it, and `awaits_receipt` while nobody noted its receipt; `confirmed_by` is blank while it waits for the manager."""

    kind: str
    title: str
    period: str
    edition: int
    due: date | None
    made_at: datetime
    is_late: bool
    state: str
    was_handed_over: bool
    confirmed_by: str
    data_sha256: str
    awaits_receipt: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """The edition that somebody looked at: the number and the data digest that their page showed."""

    kind: str
    period: str
    edition: int
    data_sha256: str
    despite: bool = False
    """They were shown what it says in two ways, and take it upon them."""


@dataclass(frozen=True, slots=True)
class CityReceipt:
    """The city's receipt of an edition: its day, and its number where it has one."""

    on: date
    number: str


@dataclass(frozen=True, slots=True)
class Carrying:
    """What is said with a hand-over: the medium that it goes on, or what became of a mail in doubt."""

    medium: str = ""
    outcome: MailFate | None = None


Opens = Callable[[PaperEdition, PaperFile, str], bytes]
"""Opens a sealed file for whoever showed their own key, for the reason whose code is told (`city_opening`); raises as `unsealed`, and
`EntryRefused` without a reason, or where the edition was not handed over."""


def _on_a_medium(_: PaperEdition) -> PaperWay:
    return PaperWay()


def _to_nobody(*_: object) -> bytes:
    raise EntryRefused("この書類は市へ提出されていません。")


@dataclass(frozen=True, slots=True)
class PaperShelf:
    """What is done with papers.

    `editions` gives every edition of every paper, or of one kind and period; `files` those of an edition. `clear` reads a file
    that lies in clear, `unsealed` opens a sealed one and notes who did; both raise `HomeDamaged` where it is not what was
    made, `unsealed` also `KeyUnavailable` where its words were erased. `confirm` takes the actor's staff id, their passphrase
    and what they looked at, and returns false where it was confirmed already; it raises `PersonUnproved`, `KeyUnavailable`,
    `NotAllowed` and, where the edition is not the latest or was made anew, `EntryRefused`. `receive` notes the city's receipt and
    raises the same; `EntryRefused` where it was not handed over, or the day cannot be. `way` says how an edition leaves, and
    `deliver` hands it over and raises the same: what is taken along, null where it was sent. `owed` are papers that are due or
    come within a week and are not made, `gone` the hand-overs of an edition. `given` takes staff id and passphrase of the city's viewer,
    raises `PersonUnproved` and `NotAllowed`, and gives what opens sealed files for them alone (`Opens`).
    """

    editions: Callable[[str | None, str | None], Sequence[PaperEdition]]
    files: Callable[[PaperEdition], Sequence[PaperFile]]
    clear: Callable[[PaperEdition, PaperFile], bytes]
    unsealed: Callable[[PaperEdition, PaperFile, Actor], bytes]
    confirm: Callable[[str, str, Looked], bool]
    contradictions: Callable[[PaperEdition], Sequence[str]] = lambda _: ()
    receive: Callable[[str, str, Looked, CityReceipt], None] = lambda *_: None
    way: Callable[[PaperEdition], PaperWay] = _on_a_medium
    deliver: Callable[[str, str, Looked, Carrying], TakenAlong | None] = lambda *_: None
    owed: Callable[[], Sequence[PaperToday]] = lambda: ()
    gone: Callable[[PaperEdition], Sequence[Delivery]] = lambda _: ()
    given: Callable[[str, str], Opens] = lambda *_: _to_nobody


def shelf_of(
    settings: Settings, home: Home, engine: Engine, now: Callable[[], datetime]
) -> PaperShelf:
    """What the desk does with the papers of a home."""
    titles = {terms.kind: terms.title for terms in settings.contract.deliverables}

    def made(kind: str | None, period: str | None) -> Sequence[PaperEdition]:
        kinds = [one for one in kinds_made(engine) if kind in (None, one)]
        return [
            edition
            for one in kinds
            for key in periods_made(engine, one)
            if period in (None, key)
            for edition in _editions(engine, one, key, titles.get(one, one))
        ]

    def files(edition: PaperEdition) -> Sequence[PaperFile]:
        if KINDS[edition.kind].names_staff:
            return []  # whoever keeps the register of people opens them, by a command
        paper = edition_of(engine, edition.kind, edition.period, edition.edition)
        return [
            PaperFile(
                file.name, file.size_bytes, file.content_sha256 or file.sha256, form_of(file.name),
                file.name.endswith(SEALED),
            )
            for file in registered(engine, paper)
        ]  # fmt: skip

    def clear(edition: PaperEdition, file: PaperFile) -> bytes:
        path = KINDS[edition.kind].lies_in(home.outbox, edition.period) / file.name
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise HomeDamaged(f"{file.name} is gone or is not what was made.")
        return content

    def unsealed(edition: PaperEdition, file: PaperFile, actor: Actor) -> bytes:
        opened = open_paper(engine, home, edition.kind, edition.period, edition.edition)
        with engine.begin() as connection:
            note(connection, actor.entry(Action.PAPER_OPENED, ObjectKind.DELIVERABLE, opened.name))
        return opened.files[file.saved_name]

    def given(staff_id: str, passphrase: str) -> Opens:
        at = now()
        actor = replace(prove(engine, home, staff_id, passphrase, at), via=Via.DESK)
        first_day = settings.contract.period.start_date
        allow(engine, actor, Right.OPEN_HANDED_OVER, civil_date(at), first_day)

        def opens(edition: PaperEdition, file: PaperFile, purpose: str) -> bytes:
            paper = edition_of(engine, edition.kind, edition.period, edition.edition)
            return opened_by_city(engine, home, actor, paper, file.saved_name, purpose)

        return opens

    def told(edition: PaperEdition) -> Sequence[str]:
        return contradictions(edition_of(engine, edition.kind, edition.period, edition.edition))

    def confirm(staff_id: str, passphrase: str, looked: Looked) -> bool:
        at = now()
        actor = replace(prove(engine, home, staff_id, passphrase, at), via=Via.DESK)
        today, first_day = civil_date(at), settings.contract.period.start_date
        allow(engine, actor, Right.CONFIRM_PAPER, today, first_day)
        paper = edition_of(engine, looked.kind, looked.period, looked.edition)
        return confirmed(
            engine,
            home,
            actor,
            replace(paper, data_sha256=looked.data_sha256),
            despite=looked.despite,
        )

    def receive(staff_id: str, passphrase: str, looked: Looked, receipt: CityReceipt) -> None:
        """By the own key, whoever it is: whoever can open an account in another's name can give no receipt in it."""
        at = now()
        actor = replace(prove(engine, home, staff_id, passphrase, at), via=Via.DESK)
        today, first_day = civil_date(at), settings.contract.period.start_date
        person = persons(engine, first_day).get(staff_id)
        is_city = person is not None and person.roles == {Role.CITY_VIEWER}
        allow(
            engine, actor, Right.GIVE_RECEIPT if is_city else Right.TELL_THE_CITY, today, first_day
        )
        paper = edition_of(engine, looked.kind, looked.period, looked.edition)
        record_receipt(engine, actor, paper, receipt.on, receipt.number)

    def way(edition: PaperEdition) -> PaperWay:
        paper = edition_of(engine, edition.kind, edition.period, edition.edition)
        return way_of(ActingHome(settings, home, engine, now()), paper)

    def deliver(
        staff_id: str, passphrase: str, looked: Looked, carrying: Carrying
    ) -> TakenAlong | None:
        paper = edition_of(engine, looked.kind, looked.period, looked.edition)
        return delivered_by(
            ActingHome(settings, home, engine, now()),
            staff_id,
            passphrase,
            replace(paper, data_sha256=looked.data_sha256),
            medium=carrying.medium,
            outcome=carrying.outcome,
        )

    def gone(edition: PaperEdition) -> Sequence[Delivery]:
        return [
            one
            for one in deliveries_of(engine, edition.kind, edition.period)
            if one.edition == edition.edition
        ]

    def owed() -> Sequence[PaperToday]:
        at = now()
        place = Outlook(settings, home, engine, BusinessCalendar(settings.contract), at)
        return [one for one in papers_on_their_way(place, civil_date(at)) if one.state is None]

    return PaperShelf(
        editions=made,
        files=files,
        clear=clear,
        unsealed=unsealed,
        confirm=confirm,
        contradictions=told,
        receive=receive,
        way=way,
        deliver=deliver,
        owed=owed,
        gone=gone,
        given=given,
    )


def _editions(engine: Engine, kind: str, period: str, title: str) -> Sequence[PaperEdition]:
    """Every edition of a paper. Late is a paper whose first edition was made after the day on which it was due."""
    made = editions(engine, kind, period)
    is_late = civil_date(made[0].made_at) > made[0].due_date
    found = []
    for paper in made:
        state = state_of(engine, paper)
        found.append(
            PaperEdition(
                kind=kind,
                title=title if title != kind else _own_title(paper),
                period=period,
                edition=paper.edition,
                due=None if paper.due_date == NO_DAY else paper.due_date,
                made_at=paper.made_at,
                is_late=is_late,
                state=state.title_ja,
                was_handed_over=state in HANDED_OVER,
                confirmed_by=paper.confirmed_by or "",
                data_sha256=paper.data_sha256,
                awaits_receipt=state is PaperState.DELIVERED,
            )
        )
    return found


def _own_title(paper: Deliverable) -> str:
    """What a form is called: its own head says so, since no contract names it."""
    title: str = KINDS[paper.kind].from_json(paper.data_json).head.title
    return title
