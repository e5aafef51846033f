"""Papers as they leave the house: which there are, and their files as the city receives them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath

from sqlalchemy import Engine

from application.city_forms import filled, form_of_kind
from application.open_matters import closed_callbacks
from application.outbox import confirmation_of
from application.words import HomeWords
from compliance.contract.terms import Contract
from compliance.deliverables.edition import Deliverable
from compliance.deliverables.handed_over import deliveries_of, record_delivery
from compliance.deliverables.register import editions, kinds_made, periods_made, registered
from compliance.errors import EntryRefused, HomeDamaged
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.inquiries.record import LOCKED
from compliance.inquiries.register import latest
from compliance.keys.names import load_or_create_name_key
from compliance.people.rights import Role
from compliance.vault.listening import LETTERS, LETTERS_OF_A_PASSWORD
from reporting.complaints.kind import COMPLAINTS
from reporting.delivery.folder import FolderWay
from reporting.delivery.way import Parcel
from reporting.kinds import KINDS
from reporting.paper.issue import place_of
from reporting.paper.packaging import SEALED, PackedFile, form_of, manifest, manifest_name


@dataclass(frozen=True, slots=True)
class MadePaper:
    """A paper's latest edition in a line. `is_late`: its first edition was made after the day on which it was due."""

    kind: str
    period: str
    edition: int
    due_date: date
    made_on: date
    is_late: bool
    state: PaperState


class PaperState(StrEnum):
    """How far a paper is on its way to the city."""

    MADE = "made"
    CONFIRMED = "confirmed"
    DELIVERED = "delivered"
    RECEIVED = "received"

    @property
    def title_ja(self) -> str:
        """What pages call it."""
        return {
            "made": "責任者確認待ち", "confirmed": "確認済み（未提出）", "delivered": "提出済み", "received": "受領済み",
        }[self.value]  # fmt: skip


HANDED_OVER = frozenset({PaperState.DELIVERED, PaperState.RECEIVED})
"""The city has it."""


@dataclass(frozen=True, slots=True)
class OpenedPaper:
    """The files of one edition as the city receives them, by name; the manifest is among them. `place` is where they
    lie below a folder, so that the manifests of two papers never meet."""

    name: str
    place: Path
    files: Mapping[str, bytes]

    @property
    def sha256(self) -> str:
        """The digest of its manifest, which comes last: by it a delivery is known."""
        return hashlib.sha256(list(self.files.values())[-1]).hexdigest()

    def write_into(self, below: Path) -> list[Path]:
        """Write them, readable by their owner only; returns where."""
        folder = below / self.place
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in self.files.items():
            write_durably(folder / name, content)
        return [folder / name for name in self.files]


def made_papers(engine: Engine) -> Iterator[MadePaper]:
    """Every paper in its latest edition, by kind and period."""
    for kind in kinds_made(engine):
        for period in periods_made(engine, kind):
            made = editions(engine, kind, period)
            first_made = civil_date(made[0].made_at)
            last = made[-1]
            yield MadePaper(
                kind,
                period,
                last.edition,
                last.due_date,
                civil_date(last.made_at),
                first_made > made[0].due_date,
                state_of(engine, last),
            )


def state_of(engine: Engine, paper: Deliverable) -> PaperState:
    """How far an edition is on its way."""
    theirs = [
        d for d in deliveries_of(engine, paper.kind, paper.period) if d.edition == paper.edition
    ]
    if any(one.received_on for one in theirs):
        return PaperState.RECEIVED
    if theirs:
        return PaperState.DELIVERED
    return PaperState.MADE if paper.confirmed_at is None else PaperState.CONFIRMED


def open_paper(
    engine: Engine,
    home: Home,
    kind: str,
    period: str,
    edition: int | None = None,
    contract: Contract | None = None,
    *,
    may_name: bool = False,
) -> OpenedPaper:
    """One edition's files as the city receives them, each compared with the digest of its making; with the city's own form, filled,
    where `contract` names one for its kind. `may_name`: for whoever keeps the register of people.

    Raises:
        EntryRefused: there is no such paper, the form is not there, or it names people and this is for nobody who keeps their register.
        TemplateRefused: the form cannot be filled.
        KeyUnavailable: words that it quotes were erased.
        HomeDamaged: a file is gone or is not what was made.
    """
    paper = edition_of(engine, kind, period, edition)
    folder = KINDS[kind].lies_in(home.outbox, period)
    if KINDS[kind].names_staff and not may_name:
        raise EntryRefused(
            f"この書類には従業者の氏名があります。従業者の台帳を扱う人のうち、市へ提出できる人（{Role.MANAGER.title_ja}）が `madoguchi papers open` で開くか、`papers deliver --to` で媒体に入れて提出してください。"
        )
    words = HomeWords(engine, home)
    subjects = KINDS[kind].subjects(KINDS[kind].from_json(paper.data_json))
    opened, named = {}, []
    for file in registered(engine, paper):
        path = folder / file.name
        kept = path.read_bytes() if path.is_file() else b""
        _compare(path, kept, file.sha256)
        content, name = kept, file.name
        if file.name.endswith(SEALED):
            name = file.name.removesuffix(SEALED)
            if KINDS[kind].names_staff:
                key = load_or_create_name_key(home, holds_names=True)
                content = key.open_content(kept, sealed_at(period))
            else:
                place = place_of(kind, period, paper.edition, form_of(file.name))
                content = words.open(subjects, place, kept)
            _compare(path, content, file.content_sha256)
        opened[name] = content
        named.append(PackedFile(name, hashlib.sha256(content).hexdigest(), len(content)))
    if contract is not None and (form := form_of_kind(contract, kind)) is not None:
        name, content = filled(paper, form, confirmation_of(engine, home, paper))
        opened[name] = content
        named.append(PackedFile(name, hashlib.sha256(content).hexdigest(), len(content)))
    opened[manifest_name(paper.edition)] = manifest(
        kind=kind,
        period=period,
        edition=paper.edition,
        due_date=paper.due_date,
        made_at=paper.made_at,
        data_sha256=paper.data_sha256,
        checkpoint=paper.checkpoint,
        files=named,
        confirmed_at=paper.confirmed_at,
        confirmed_by=paper.confirmed_by,
    )
    return OpenedPaper(paper.name, Path(kind) / period, opened)


def hand_over(
    engine: Engine,
    home: Home,
    actor: Actor,
    paper: Deliverable,
    folder: Path,
    destination: str,
    contract: Contract | None = None,
    *,
    may_name: bool = False,
) -> list[Path]:
    """Write a confirmed edition's files below a folder (a medium that the city receives), compare them there and note it.
    Safe to repeat: what lies there already is left, and a second hand-over for the same destination is noted as
    an opening by whoever made it.

    Raises:
        EntryRefused: nobody has confirmed it.
        DeliveryRefused: another file of that name lies there.
        TemplateRefused, KeyUnavailable, HomeDamaged: as `open_paper`.
    """
    must_be_confirmed(paper)
    opened = open_paper(
        engine, home, paper.kind, paper.period, paper.edition, contract, may_name=may_name
    )
    way = FolderWay(folder, lambda path, content: write_durably(path, content))
    places = way.put(parcel_of(opened, actor.at), lambda: None)
    if not record_delivery(engine, actor, paper, destination, opened.sha256):
        note_opened(engine, actor, paper)
    return [Path(place) for place in places]


def note_opened(engine: Engine, actor: Actor, paper: Deliverable) -> None:
    """Note that an edition's files were opened."""
    with engine.begin() as connection:
        note(connection, actor.entry(Action.PAPER_OPENED, ObjectKind.DELIVERABLE, paper.name))


def sealed_at(period: str) -> str:
    """What the sealed file of a paper about people is bound to."""
    return f"people/{period}"


def must_be_confirmed(paper: Deliverable) -> None:
    """Nothing leaves before the manager confirmed it.

    Raises:
        EntryRefused: nobody has.
    """
    if paper.confirmed_at is None:
        raise EntryRefused(f"{paper.name} は責任者の確認がまだです。確認してから提出してください。")


def parcel_of(opened: OpenedPaper, at: datetime) -> Parcel:
    """An opened paper as it is put on its way."""
    return Parcel(opened.name, PurePosixPath(opened.place), opened.files, opened.sha256, at)


@dataclass(frozen=True, slots=True)
class SecretAnnex:
    """The 秘匿別紙 of one day's complaints: an encrypted PDF, with the password that opens it, kept nowhere."""

    name: str
    content: bytes
    password: str


def secret_annex(engine: Engine, home: Home, period: str, now: datetime) -> SecretAnnex | None:
    """Names and contacts of a day's complaints whose return call is open, for a separate way to the city; null where
    there are none.

    Raises:
        EntryRefused: there is no complaint report of that period.
    """
    from reporting.complaints.secret import render_secret

    report = COMPLAINTS.from_json(edition_of(engine, COMPLAINTS.kind, period).data_json)
    numbers = {case.inquiry_id: case.receipt_number for case in report.cases if case.has_contact}
    kept = latest(engine, HomeWords(engine, home).ring, closed_callbacks(engine))
    rows = [
        (numbers[one.inquiry_id], one.inquiry.contact)
        for one in kept
        if one.inquiry_id in numbers and one.inquiry.contact not in ("", LOCKED)
    ]
    if not rows:
        return None
    password = "".join(secrets.choice(LETTERS) for _ in range(LETTERS_OF_A_PASSWORD))
    name = f"秘匿別紙_{report.head.title}_{period}.pdf"
    return SecretAnnex(name, render_secret(report, rows, password, now), password)


def edition_of(engine: Engine, kind: str, period: str, edition: int | None = None) -> Deliverable:
    """One edition of a paper, the latest where none is named.

    Raises:
        EntryRefused: there is none.
    """
    made = editions(engine, kind, period) if kind in KINDS else ()
    for paper in reversed(made):
        if edition in (None, paper.edition):
            return paper
    raise EntryRefused(
        "その書類はありません。作成済みの書類は `madoguchi papers list` で見られます。"
    )


def _compare(path: Path, content: bytes, sha256: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise HomeDamaged(
            f"{path.name} is gone or is not what was made. The next run makes it again from the register, unless it was signed or sealed: "
            "then bring back the file itself from a copy."
        )
