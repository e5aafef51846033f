"""Entering and striking out 対応記録: what is kept already changes nothing, what differs is a correction (6(3)アイ).

Every change is a new row and an entry of the log. Several records are entered together or not at all; what cannot be
entered is refused by `EntryRefused`. Words that were erased do not come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    insert,
    select,
)

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.inquiries.form import Form
from compliance.inquiries.kept import inquiries, inquiry_id, key_id, record_of
from compliance.inquiries.reasons import Reason
from compliance.inquiries.record import LOCKED, Flag, Inquiry, problems
from compliance.keys.keyring import Keyring
from compliance.keys.texts import seal_text


class ReasonMissing(EntryRefused):
    """A kept record differs from what was handed in, and nobody said why."""


class Entered(StrEnum):
    """What became of a record that was handed in."""

    NEW = "new"
    CORRECTED = "corrected"
    KNOWN = "known"
    ERASED = "erased"
    """Its words were erased: it is left as it is, and they do not come back."""


def enter(
    engine: Engine,
    ring: Keyring,
    form: Form,
    actor: Actor,
    records: Sequence[Inquiry],
    reason: Reason | None = Reason.SHEET,
) -> list[Entered]:
    """Enter records; what is kept already in the same words changes nothing, what differs is a correction, for that reason.

    Raises:
        ReasonMissing: one is a correction and there is no reason; nothing was entered.
        EntryRefused: one of them cannot be; nothing was entered.
    """
    for record in records:
        if found := list(problems(record, form)):
            raise EntryRefused(" ".join(found))
    ids = [inquiry_id(record) for record in records]
    erased = _without_key(engine, ring, ids)
    keys = ring.make(key_id(one) for one in ids if one not in erased)
    outcome = []
    with engine.begin() as connection:
        for one, record in zip(ids, records, strict=True):
            if one in erased:
                outcome.append(Entered.ERASED)
                continue
            key = keys[key_id(one)]
            before = _latest(connection, one)
            if record.contact == LOCKED:
                kept = "" if before is None else record_of(before, key).contact
                record = replace(record, contact=kept)
            if (
                before is not None
                and record_of(before, key) == _plain(record)
                and not before.is_void
            ):
                outcome.append(Entered.KNOWN)
                continue
            if before is not None and reason is None:
                raise ReasonMissing("登録済みの記録を直す理由を選んでください。")
            revision = 1 if before is None else before.revision + 1
            _insert(connection, form, actor, one, revision, record, key, reason)
            outcome.append(Entered.NEW if before is None else Entered.CORRECTED)
    return outcome


def void(engine: Engine, form: Form, actor: Actor, one: str, reason: Reason) -> None:
    """Strike a record out for a reason: it stays, and counts no more.

    Raises:
        EntryRefused: there is none, or it is struck out.
    """
    with engine.begin() as connection:
        before = _latest(connection, one)
        if before is None or before.is_void:
            raise EntryRefused(f"対応記録 {one} はないか、取り消し済みです。")
        values = {**before._mapping, "revision": before.revision + 1, "is_void": True,
                  "recorded_at": actor.at, "recorded_by": actor.staff_id, "reason": reason.value}  # fmt: skip
        connection.execute(insert(inquiries).values(**values))
        note(connection, actor.entry(Action.INQUIRY_VOIDED, ObjectKind.INQUIRY, one))


def _without_key(engine: Engine, ring: Keyring, ids: Iterable[str]) -> set[str]:
    """Which of those stand in the register though their key, which is older than their first row, is gone."""
    lacking = {one for one in ids if not ring.holds_any((key_id(one),))}
    with engine.connect() as connection:
        return {one for one in lacking if _latest(connection, one) is not None}


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
    reason: Reason | None,
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
            channel=record.channel,
            sealed_summary=seal_text(key, record.summary, f"{one}/{revision}/summary"),
            sealed_contact=seal_text(key, record.contact, f"{one}/{revision}/contact"),
            is_void=False,
            recorded_at=actor.at,
            recorded_by=actor.staff_id,
            reason="" if revision == 1 or reason is None else reason.value,
        )
    )
    action = Action.INQUIRY_ENTERED if revision == 1 else Action.INQUIRY_CORRECTED
    note(connection, actor.entry(action, ObjectKind.INQUIRY, one))


def _plain(record: Inquiry) -> Inquiry:
    """As it comes back from the store: in UTC."""
    return replace(record, at=record.at.astimezone(UTC))
