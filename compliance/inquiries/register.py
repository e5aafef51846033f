"""The register of inquiries: which records are in force, what they say, and which days had what (6(3)アイ).

It reads; `entering` writes, `kept` says what a row holds. Texts only where a keyring is given and holds their key. Days are
civil days in Japan, instants aware.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    func,
    select,
)

from compliance.ground.japan import TOKYO
from compliance.inquiries.in_clear import records_in_clear
from compliance.inquiries.kept import KeptInquiry, in_force, inquiries, kept_of, key_of, record_of
from compliance.inquiries.reasons import Reason, reason_of
from compliance.inquiries.record import LOCKED
from compliance.keys.keyring import Keyring
from compliance.registers.entries import (
    register_entries,
    revisions_digest,
)
from compliance.registers.known import CALLBACKS


def entered_calls(engine: Engine) -> frozenset[tuple[str, int]]:
    """Call and number of every record that was ever entered."""
    with engine.connect() as connection:
        rows = connection.execute(select(inquiries.c.call_id, inquiries.c.number).distinct())
        return frozenset((row.call_id, row.number) for row in rows)


def latest(
    engine: Engine, ring: Keyring | None = None, locked: Collection[str] = ()
) -> list[KeptInquiry]:
    """Every record in force in its latest revision, in the order of time; with a keyring also its texts, where the key
    is still there, but the contacts of the `locked` ones."""
    if ring is None:
        return list(records_in_clear(engine))
    with engine.connect() as connection:
        rows = connection.execute(_in_order()).fetchall()
    kept = [kept_of(row, key_of(ring, row.inquiry_id)) for row in rows]
    return [
        replace(one, inquiry=replace(one.inquiry, contact=LOCKED))
        if one.inquiry.contact and one.inquiry_id in locked
        else one
        for one in kept
    ]


def in_force_by_id(engine: Engine, one: str) -> KeptInquiry | None:
    """The record of that id in its latest revision, without its texts; null where there is none or it was struck out."""
    query = in_force(select(inquiries), inquiries.c.inquiry_id == one)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else kept_of(row, None)


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of a record: which, when (UTC) and by whom, whether it struck the record out, and why (null: the first one, or made
    before reasons were asked for)."""

    revision: int
    recorded_at: datetime
    recorded_by: str
    operator: str
    is_void: bool
    reason: Reason | None


def history_of(engine: Engine, one: str) -> Sequence[Revision]:
    """Every revision of a record, the first one first, of those struck out too; empty where there is none. No text of it."""
    query = select(inquiries).where(inquiries.c.inquiry_id == one).order_by(inquiries.c.revision)
    with engine.connect() as connection:
        rows = connection.execute(query).fetchall()
    return [
        Revision(
            row.revision, row.recorded_at, row.recorded_by, row.operator, row.is_void,
            reason_of(row.reason, tuple(Reason)),
        )
        for row in rows
    ]  # fmt: skip


def counts_of(engine: Engine, call_ids: Collection[str]) -> Mapping[str, int]:
    """How many records in force each of those calls has; none for a call that has none. A page asks every few seconds: of
    the register only what is about those calls is read."""
    if not call_ids:
        return {}
    query = in_force(
        select(inquiries.c.call_id, func.count().label("records")),
        inquiries.c.call_id.in_(call_ids),
    )
    with engine.connect() as connection:
        rows = connection.execute(query.group_by(inquiries.c.call_id))
        return {row.call_id: row.records for row in rows}


def _in_order() -> Select[Any]:
    return in_force(select(inquiries)).order_by(
        inquiries.c.at, inquiries.c.call_id, inquiries.c.number
    )


def summary_of(engine: Engine, ring: Keyring, one: str, revision: int) -> str:
    """The summary of one revision of a record; blank where there is none or it was erased."""
    return texts_of(engine, ring, one, revision)[0]


def texts_of(engine: Engine, ring: Keyring, one: str, revision: int) -> tuple[str, str]:
    """Summary and contact of one revision of a record; blank where there is none or it was erased."""
    query = select(inquiries).where(inquiries.c.inquiry_id == one, inquiries.c.revision == revision)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    key = key_of(ring, one)
    record = None if row is None or key is None else record_of(row, key)
    return ("", "") if record is None else (record.summary, record.contact)


def complaint_days(engine: Engine) -> frozenset[date]:
    """The civil days in Japan with a complaint that is in force."""
    return _days(engine, inquiries.c.is_complaint)


def told_ids(engine: Engine) -> frozenset[str]:
    """The records that held words in any revision, whether erased since or not."""
    query = (
        select(inquiries.c.inquiry_id)
        .where(inquiries.c.sealed_summary.is_not(None) | inquiries.c.sealed_contact.is_not(None))
        .distinct()
    )
    with engine.connect() as connection:
        return frozenset(connection.execute(query).scalars())


def entered_at(engine: Engine) -> dict[str, datetime]:
    """Every record, voided ones too, and when its first revision was entered."""
    query = select(inquiries.c.inquiry_id, inquiries.c.recorded_at)
    with engine.connect() as connection:
        rows = connection.execute(query.where(inquiries.c.revision == 1)).fetchall()
    return {row.inquiry_id: row.recorded_at for row in rows}


def life_of(engine: Engine, one: str) -> tuple[datetime, bool]:
    """When a record was first entered, and whether any revision of it was a complaint or urgent.

    Raises:
        LookupError: there is none.
    """
    query = select(inquiries.c.recorded_at, inquiries.c.is_complaint, inquiries.c.is_urgent)
    with engine.connect() as connection:
        rows = connection.execute(query.where(inquiries.c.inquiry_id == one)).fetchall()
    if not rows:
        raise LookupError(one)
    return min(row.recorded_at for row in rows), any(
        row.is_complaint or row.is_urgent for row in rows
    )


def told_days(engine: Engine) -> frozenset[date]:
    """The civil days in Japan with a record in force that holds words, or held them until they were erased."""
    return _days(engine, inquiries.c.sealed_summary.is_not(None))


def digest_of_entries(engine: Engine, first_day: date, last_day: date, until: datetime) -> str:
    """SHA-256 over the revisions of all entries about inquiries of those days; return calls as they stood at an instant."""
    first = datetime.combine(first_day, time(), TOKYO)
    after = datetime.combine(last_day + timedelta(days=1), time(), TOKYO)
    of_days = select(inquiries.c.inquiry_id).where(inquiries.c.at >= first, inquiries.c.at < after)
    with engine.connect() as connection:
        which = register_entries.c.about.in_(of_days) & (
            (register_entries.c.register != CALLBACKS.name)
            | (register_entries.c.recorded_at <= until)
        )
        return revisions_digest(connection, which)


def _days(engine: Engine, which: ColumnElement[bool]) -> frozenset[date]:
    """The civil days in Japan of the records in force that `which` selects."""
    query = in_force(select(inquiries.c.at)).where(which).distinct()
    with engine.connect() as connection:
        return frozenset(row.at.astimezone(TOKYO).date() for row in connection.execute(query))
