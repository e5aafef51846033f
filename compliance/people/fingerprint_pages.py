"""Which pages of fingerprints were made for the city, and which of them it holds (署名鍵の指紋、手交用).

A key that lies beside what it signed proves nothing; a fingerprint on paper in the city's hands does. A certificate therefore
says of each signer whether the key is on a page that the city received, as this register has it; the reader compares with the
page itself. A page that was made and not received counts for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Engine,
    Integer,
    Row,
    String,
    Text,
    func,
    insert,
    select,
    update,
)

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.japan import civil_date
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept

fingerprint_pages = table(
    "fingerprint_pages",
    Kept("署名鍵の指紋の用紙（手交）", Holds.STAFF),
    Column("number", Integer, primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("people_json", Text, nullable=False),
    Column("received_on", Date),
    Column("received_by", String(64), nullable=False, server_default=""),
    Column("evidence_sha256", String(64), nullable=False, server_default=""),
    Column("recorded_at", Instant),
    Column("recorded_by", String(32), nullable=False, server_default=""),
)


@dataclass(frozen=True, slots=True)
class FingerprintPage:
    """One page; `people` are fingerprints by staff id, `received_on` is null until the city has it."""

    number: int
    made_at: datetime
    people: Mapping[str, str]
    received_on: date | None

    @property
    def name(self) -> str:
        """As it is called: F-0001."""
        return f"F-{self.number:04d}"


def record_page(engine: Engine, actor: Actor, sha256: str, people: Mapping[str, str]) -> str:
    """Enter a page that was made, with the fingerprints by staff id that it prints; returns its name."""
    with engine.begin() as connection:
        last = connection.execute(select(func.coalesce(func.max(fingerprint_pages.c.number), 0)))
        number = int(last.scalar_one()) + 1
        connection.execute(
            insert(fingerprint_pages).values(
                number=number,
                made_at=actor.at,
                made_by=actor.staff_id,
                sha256=sha256,
                people_json=json.dumps(dict(sorted(people.items()))),
            )
        )
        name = f"F-{number:04d}"
        note(connection, actor.entry(Action.FINGERPRINTS_PRINTED, ObjectKind.KEY, name))
    return name


def record_page_receipt(
    engine: Engine,
    actor: Actor,
    name: str,
    received_on: date,
    received_by: str,
    evidence_sha256: str,
) -> None:
    """Enter that the city received a page; `received_by` is an office, no person.

    Raises:
        EntryRefused: there is no such page, it was received, or the day is before it was made or after today.
    """
    page = next((one for one in pages(engine) if one.name == name), None)
    if page is None:
        raise EntryRefused(f"指紋の用紙 {name} はありません。")
    if page.received_on is not None:
        raise EntryRefused(f"{name}の受領は記録済みです。")
    if not _day(page.made_at) <= received_on <= _day(actor.at):
        raise EntryRefused("受領の日付は、作成日以後、今日以前でなければなりません。")
    if not received_by.strip():
        raise EntryRefused("受領した部署又は職を入力してください（個人名は不要です）。")
    with engine.begin() as connection:
        connection.execute(
            update(fingerprint_pages)
            .where(fingerprint_pages.c.number == page.number)
            .values(
                received_on=received_on,
                received_by=received_by.strip(),
                evidence_sha256=evidence_sha256,
                recorded_at=actor.at,
                recorded_by=actor.staff_id,
            )
        )
        note(connection, actor.entry(Action.FINGERPRINTS_RECEIVED, ObjectKind.KEY, name))


def pages(engine: Engine) -> list[FingerprintPage]:
    """Every page that was made, the first first."""
    query = select(fingerprint_pages).order_by(fingerprint_pages.c.number)
    with engine.connect() as connection:
        return [_page(row) for row in connection.execute(query)]


def page_with(engine: Engine, staff_id: str, fingerprint: str) -> FingerprintPage | None:
    """The first page in the city's hands on which this key stands as this person's; null where none is."""
    held = (one for one in pages(engine) if one.received_on is not None)
    return next((one for one in held if one.people.get(staff_id) == fingerprint), None)


def _page(row: Row[Any]) -> FingerprintPage:
    return FingerprintPage(row.number, row.made_at, json.loads(row.people_json), row.received_on)


def _day(at: datetime) -> date:
    return civil_date(at)
