"""The store of inquiries: codes in clear, the caller's words sealed under a key of their own, every change a new row.

A record is known by its call, the place within the call, its time and operator: entered twice, it is one. Its key lies in
the keyring and is erased as a recording's is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    Select,
    String,
    false,
    func,
    insert,
    select,
    true,
)

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.japan import TOKYO
from compliance.ground.operations import Instant, table
from compliance.ground.stores import CONTRACT_END, Holds, Kept
from compliance.inquiries.form import Form
from compliance.inquiries.record import LOCKED, Flag, Inquiry, problems
from compliance.keys.keyring import Keyring
from compliance.keys.texts import open_text, seal_text
from compliance.registers.entries import (
    INQUIRY_KEY,
    register_entries,
    revisions_digest,
)
from compliance.registers.known import CALLBACKS

_PREFIX = INQUIRY_KEY

inquiries = table(
    "inquiries",
    Kept("対応記録（符号。要旨と連絡先は記録ごとの鍵で暗号化）", Holds.CALL_FACTS, CONTRACT_END),
    Column("inquiry_id", String(32), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("form_version", Integer, nullable=False),
    Column("call_id", String(64), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("operator", String(32), nullable=False),
    Column("category", String(32), nullable=False),
    Column("item", String(32), nullable=False),
    Column("voice", String(32), nullable=False),
    Column("stance", String(32), nullable=False),
    Column("handling", String(32), nullable=False),
    Column("faq", String(32), nullable=False),
    Column("is_complaint", Boolean, nullable=False),
    Column("is_urgent", Boolean, nullable=False),
    Column("needs_care", Boolean, nullable=False),
    Column("is_message", Boolean, nullable=False, server_default=false()),
    Column("ward", String(32), nullable=False),
    Column("age_band", String(16), nullable=False),
    Column("sealed_summary", LargeBinary),
    Column("sealed_contact", LargeBinary),
    Column("is_void", Boolean, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
)


class Entered(StrEnum):
    """What became of a record that was handed in."""

    NEW = "new"
    CORRECTED = "corrected"
    KNOWN = "known"
    ERASED = "erased"
    """Its words were erased: it is left as it is, and they do not come back."""


@dataclass(frozen=True, slots=True)
class KeptInquiry:
    """A record as it is kept: `inquiry` without texts unless they were asked for. `has_summary`: its words are still there;
    `was_told`, `has_contact`: words, a contact were given, whether erased since or not."""

    inquiry_id: str
    revision: int
    inquiry: Inquiry
    recorded_at: datetime
    recorded_by: str
    has_summary: bool
    has_contact: bool
    was_told: bool


def inquiry_id(record: Inquiry) -> str:
    """The id of a record, from what makes it the one it is."""
    at = record.at.astimezone(UTC).isoformat(timespec="seconds")
    text = f"{record.call_id}|{record.number}|{at if not record.call_id else ''}|{record.operator if not record.call_id else ''}"
    return f"Q-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def enter(
    engine: Engine, ring: Keyring, form: Form, actor: Actor, records: Sequence[Inquiry]
) -> list[Entered]:
    """Enter records; what is kept already in the same words changes nothing, what differs is a correction.

    Raises:
        EntryRefused: one of them cannot be; nothing was entered.
    """
    for record in records:
        if found := list(problems(record, form)):
            raise EntryRefused(" ".join(found))
    ids = [inquiry_id(record) for record in records]
    erased = _without_key(engine, ring, ids)
    keys = ring.make(_key_id(one) for one in ids if one not in erased)
    outcome = []
    with engine.begin() as connection:
        for one, record in zip(ids, records, strict=True):
            if one in erased:
                outcome.append(Entered.ERASED)
                continue
            key = keys[_key_id(one)]
            before = _latest(connection, one)
            if record.contact == LOCKED:
                kept = "" if before is None else _record(before, key).contact
                record = replace(record, contact=kept)
            if before is not None and _record(before, key) == _plain(record) and not before.is_void:
                outcome.append(Entered.KNOWN)
                continue
            revision = 1 if before is None else before.revision + 1
            _insert(connection, form, actor, one, revision, record, key)
            outcome.append(Entered.NEW if before is None else Entered.CORRECTED)
    return outcome


def void(engine: Engine, form: Form, actor: Actor, one: str) -> None:
    """Strike a record out: it stays, and counts no more.

    Raises:
        EntryRefused: there is none, or it is struck out.
    """
    with engine.begin() as connection:
        before = _latest(connection, one)
        if before is None or before.is_void:
            raise EntryRefused(f"対応記録 {one} はないか、取り消し済みです。")
        values = {**before._mapping, "revision": before.revision + 1, "is_void": True,
                  "recorded_at": actor.at, "recorded_by": actor.staff_id}  # fmt: skip
        connection.execute(insert(inquiries).values(**values))
        note(connection, actor.entry(Action.INQUIRY_VOIDED, ObjectKind.INQUIRY, one))


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
        return list(_in_clear(engine))
    with engine.connect() as connection:
        rows = connection.execute(_in_order()).fetchall()
    kept = [_kept(row, _key_of(ring, row.inquiry_id)) for row in rows]
    return [
        replace(one, inquiry=replace(one.inquiry, contact=LOCKED))
        if one.inquiry.contact and one.inquiry_id in locked
        else one
        for one in kept
    ]


def counts_of(engine: Engine, call_ids: Collection[str]) -> Mapping[str, int]:
    """How many records in force each of those calls has; none for a call that has none. A page asks every few seconds: of
    the register only what is about those calls is read."""
    if not call_ids:
        return {}
    query = _in_force(select(inquiries.c.call_id, func.count().label("records")), call_ids)
    with engine.connect() as connection:
        rows = connection.execute(query.group_by(inquiries.c.call_id))
        return {row.call_id: row.records for row in rows}


_IN_CLEAR: WeakKeyDictionary[Engine, tuple[tuple[Any, ...], tuple[KeptInquiry, ...]]] = (
    WeakKeyDictionary()
)
"""What each store held in clear when it was last asked, and how much it held then."""


def _in_clear(engine: Engine) -> tuple[KeptInquiry, ...]:
    """The records in force without their texts. Revisions are only ever added and words only ever blanked, so as long
    as the number of the one and the length of the other stand, so does what was read."""
    held = select(
        func.count(),
        func.sum(func.length(inquiries.c.sealed_summary)),
        func.sum(func.length(inquiries.c.sealed_contact)),
    )
    with engine.connect() as connection:
        size = tuple(connection.execute(held).one())
        known = _IN_CLEAR.get(engine)
        if known is None or known[0] != size:
            rows = connection.execute(_in_order()).fetchall()
            known = (size, tuple(_kept(row, None) for row in rows))
            _IN_CLEAR[engine] = known
    return known[1]


def _in_order() -> Select[Any]:
    return _in_force(select(inquiries)).order_by(
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
    key = _key_of(ring, one)
    record = None if row is None or key is None else _record(row, key)
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
    query = _in_force(select(inquiries.c.at)).where(which).distinct()
    with engine.connect() as connection:
        return frozenset(row.at.astimezone(TOKYO).date() for row in connection.execute(query))


def _in_force(query: Select[Any], call_ids: Collection[str] | None = None) -> Select[Any]:
    """A query of records in their latest revision, without those that were struck out; of all calls, or of those."""
    which = true() if call_ids is None else inquiries.c.call_id.in_(call_ids)
    newest = (
        select(inquiries.c.inquiry_id, func.max(inquiries.c.revision).label("revision"))
        .where(which)
        .group_by(inquiries.c.inquiry_id)
        .subquery()
    )
    return query.join(
        newest,
        (inquiries.c.inquiry_id == newest.c.inquiry_id)
        & (inquiries.c.revision == newest.c.revision),
    ).where(inquiries.c.is_void.is_(False))


def _without_key(engine: Engine, ring: Keyring, ids: Iterable[str]) -> set[str]:
    """Which of those stand in the register though their key, which is older than their first row, is gone."""
    lacking = {one for one in ids if not ring.holds_any((_key_id(one),))}
    with engine.connect() as connection:
        return {one for one in lacking if _latest(connection, one) is not None}


def _key_id(one: str) -> str:
    return f"{_PREFIX}{one}"


def _key_of(ring: Keyring | None, one: str) -> bytes | None:
    if ring is None or not ring.holds_any((_key_id(one),)):
        return None
    return ring.key(_key_id(one))


def _latest(connection: Connection, one: str) -> Any:
    query = (
        select(inquiries).where(inquiries.c.inquiry_id == one).order_by(inquiries.c.revision.desc())
    )
    return connection.execute(query).first()


def _insert(
    connection: Connection,
    form: Form,
    actor: Actor,
    one: str,
    revision: int,
    record: Inquiry,
    key: bytes,
) -> None:
    connection.execute(
        insert(inquiries).values(
            inquiry_id=one,
            revision=revision,
            form_version=form.version,
            call_id=record.call_id,
            number=record.number,
            at=record.at,
            operator=record.operator,
            category=record.category,
            item=record.item,
            voice=record.voice,
            stance=record.stance,
            handling=record.handling,
            faq=record.faq,
            is_complaint=Flag.COMPLAINT in record.flags,
            is_urgent=Flag.URGENT in record.flags,
            needs_care=Flag.NEEDS_CARE in record.flags,
            is_message=Flag.MESSAGE in record.flags,
            ward=record.ward,
            age_band=record.age_band,
            sealed_summary=seal_text(key, record.summary, f"{one}/{revision}/summary"),
            sealed_contact=seal_text(key, record.contact, f"{one}/{revision}/contact"),
            is_void=False,
            recorded_at=actor.at,
            recorded_by=actor.staff_id,
        )
    )
    action = Action.INQUIRY_ENTERED if revision == 1 else Action.INQUIRY_CORRECTED
    note(connection, actor.entry(action, ObjectKind.INQUIRY, one))


def _record(row: Any, key: bytes | None) -> Inquiry:
    place = f"{row.inquiry_id}/{row.revision}"
    flags = {
        flag
        for flag, is_set in (
            (Flag.COMPLAINT, row.is_complaint),
            (Flag.URGENT, row.is_urgent),
            (Flag.NEEDS_CARE, row.needs_care),
            (Flag.MESSAGE, row.is_message),
        )
        if is_set
    }
    return Inquiry(
        call_id=row.call_id,
        number=row.number,
        at=row.at,
        operator=row.operator,
        category=row.category,
        item=row.item,
        voice=row.voice,
        stance=row.stance,
        handling=row.handling,
        faq=row.faq,
        flags=frozenset(flags),
        ward=row.ward,
        age_band=row.age_band,
        summary="" if key is None else open_text(key, row.sealed_summary, f"{place}/summary"),
        contact="" if key is None else open_text(key, row.sealed_contact, f"{place}/contact"),
    )


def _plain(record: Inquiry) -> Inquiry:
    """As it comes back from the store: in UTC."""
    return replace(record, at=record.at.astimezone(UTC))


def _kept(row: Any, key: bytes | None) -> KeptInquiry:
    return KeptInquiry(
        row.inquiry_id,
        row.revision,
        _record(row, key),
        row.recorded_at,
        row.recorded_by,
        bool(row.sealed_summary),
        row.sealed_contact is not None,
        row.sealed_summary is not None,
    )
