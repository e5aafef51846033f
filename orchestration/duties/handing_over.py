"""Papers as they leave the house: which there are, and their files as the city receives them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from compliance.deliverables.register import Deliverable, editions, periods_made, registered
from compliance.errors import EntryRefused, HomeDamaged
from compliance.ground.durable import write_durably
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.inquiries.record import LOCKED
from compliance.inquiries.register import latest
from compliance.vault.listening import LETTERS, LETTERS_OF_A_PASSWORD
from orchestration.duties.floor import closed_callbacks
from orchestration.duties.words import HomeWords
from reporting.complaints.kind import COMPLAINTS
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


@dataclass(frozen=True, slots=True)
class OpenedPaper:
    """The files of one edition as the city receives them, by name; the manifest is among them."""

    name: str
    files: Mapping[str, bytes]

    def write_into(self, folder: Path) -> list[Path]:
        """Write them, readable by their owner only; returns where."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in self.files.items():
            write_durably(folder / name, content)
        return [folder / name for name in self.files]


def made_papers(engine: Engine) -> Iterator[MadePaper]:
    """Every paper in its latest edition, by kind and period."""
    for kind in KINDS:
        for period in periods_made(engine, kind):
            made = editions(engine, kind, period)
            first_made = made[0].made_at.astimezone(TOKYO).date()
            last = made[-1]
            yield MadePaper(
                kind,
                period,
                last.edition,
                last.due_date,
                last.made_at.astimezone(TOKYO).date(),
                first_made > made[0].due_date,
            )


def open_paper(
    engine: Engine, home: Home, kind: str, period: str, edition: int | None = None
) -> OpenedPaper:
    """One edition's files as the city receives them, each compared with the digest of its making.

    Raises:
        EntryRefused: there is no such paper.
        KeyUnavailable: words that it quotes were erased.
        HomeDamaged: a file is gone or is not what was made.
    """
    paper = _edition(engine, kind, period, edition)
    folder = home.outbox / kind / period
    words = HomeWords(engine, home)
    subjects = KINDS[kind].subjects(KINDS[kind].from_json(paper.data_json))
    opened, named = {}, []
    for file in registered(engine, paper):
        path = folder / file.name
        kept = path.read_bytes() if path.is_file() else b""
        _compare(path, kept, file.sha256)
        content, name = kept, file.name
        if file.name.endswith(SEALED):
            place = place_of(kind, period, paper.edition, form_of(file.name))
            content, name = words.open(subjects, place, kept), file.name.removesuffix(SEALED)
            _compare(path, content, file.content_sha256)
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
    )
    return OpenedPaper(f"{kind}/{period}/r{paper.edition}", opened)


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

    report = COMPLAINTS.from_json(_edition(engine, COMPLAINTS.kind, period, None).data_json)
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


def _edition(engine: Engine, kind: str, period: str, edition: int | None) -> Deliverable:
    made = editions(engine, kind, period) if kind in KINDS else ()
    for paper in reversed(made):
        if edition in (None, paper.edition):
            return paper
    raise EntryRefused(
        "There is no such paper: `madoguchi papers list` shows those that were made."
    )


def _compare(path: Path, content: bytes, sha256: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise HomeDamaged(
            f"{path.name} is gone or is not what was made: the next run makes it again from the register."
        )
