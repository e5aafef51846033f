"""One 対応記録 as it is kept: codes in clear, the caller's words sealed under a key of their own, every change a new row (6(3)アイ).

A record is known by its call, the place within the call, its time and operator: entered twice, it is one. Its key lies in
the keyring and is erased as a recording's is; without it a record comes back without its texts. Times come back in UTC.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    String,
    false,
    func,
    select,
    true,
)

from compliance.ground.operations import Instant, table
from compliance.ground.stores import CONTRACT_END, Holds, Kept
from compliance.inquiries.record import Flag, Inquiry
from compliance.keys.keyring import Keyring
from compliance.keys.texts import open_text
from compliance.registers.entries import (
    INQUIRY_KEY,
)

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
    Column("channel", String(32), nullable=False, server_default=""),
    Column("sealed_summary", LargeBinary),
    Column("sealed_contact", LargeBinary),
    Column("is_void", Boolean, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
    Column("reason", String(16), nullable=False, server_default=""),
)


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


def in_force(query: Select[Any], which: ColumnElement[bool] | None = None) -> Select[Any]:
    """A query of records in their latest revision, without those that were struck out: of all, or of `which` ones, said of
    what no revision changes (their id, their call)."""
    which = true() if which is None else which
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


def key_id(one: str) -> str:
    """The id of a record's key in the keyring."""
    return f"{_PREFIX}{one}"


def key_of(ring: Keyring | None, one: str) -> bytes | None:
    """A record's key, or null without a keyring and where it is erased."""
    if ring is None or not ring.holds_any((key_id(one),)):
        return None
    return ring.key(key_id(one))


def record_of(row: Any, key: bytes | None) -> Inquiry:
    """The record of a row; its texts blank without a key."""
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
        channel=row.channel,
        summary="" if key is None else open_text(key, row.sealed_summary, f"{place}/summary"),
        contact="" if key is None else open_text(key, row.sealed_contact, f"{place}/contact"),
    )


def kept_of(row: Any, key: bytes | None) -> KeptInquiry:
    """A row as it is kept; its texts blank without a key."""
    return KeptInquiry(
        row.inquiry_id,
        row.revision,
        record_of(row, key),
        row.recorded_at,
        row.recorded_by,
        bool(row.sealed_summary),
        row.sealed_contact is not None,
        row.sealed_summary is not None,
    )
