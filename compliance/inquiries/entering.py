"""Entering and striking out 対応記録: what is kept already changes nothing, what differs is a correction (6(3)アイ).

Every change is a new row and an entry of the log. Several records are entered together or not at all; what cannot be
entered is refused by `EntryRefused`. Words that were erased do not come back, and what was struck out counts no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    insert,
    select,
)

from compliance.errors import EntryRefused, KeyUnavailable
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.inquiries.authorship import (
    require_beginnable,
    require_counting,
    require_revisable,
)
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


@dataclass(frozen=True, slots=True)
class _Entering:
    """Who enters records by which form, for which reason, whether they oversee what others entered, and whether places were given."""

    form: Form
    actor: Actor
    reason: Reason | None
    oversees: bool
    is_placed: bool = False

    def require_beginnable(self, record: Inquiry) -> None:
        """Ask whether the record may be entered where none stands.

        Raises:
            EntryRefused: it may not.
        """
        require_beginnable(self.actor, record, oversees=self.oversees, is_placed=self.is_placed)

    def may_begin(self, record: Inquiry) -> bool:
        """Whether it may."""
        try:
            self.require_beginnable(record)
        except EntryRefused:
            return False
        return True


def enter(
    engine: Engine,
    ring: Keyring,
    form: Form,
    actor: Actor,
    records: Sequence[Inquiry],
    reason: Reason | None = Reason.SHEET,
    *,
    oversees: bool = False,
    is_placed: bool = False,
) -> list[Entered]:
    """Enter records; what is kept already in the same words changes nothing, what differs is a correction, for that reason. Whose
    records they may enter and correct `authorship` says; whoever `oversees` does anybody's. Where it `is_placed`, a record was given
    its time before, by what is known.

    Raises:
        ReasonMissing: one is a correction and there is no reason; nothing was entered.
        EntryRefused: one of them cannot be; nothing was entered.
    """
    for record in records:
        _require_good(record, form)
    entering = _Entering(form, actor, reason, oversees, is_placed)
    keys = _keys(engine, ring, entering, records)
    with engine.begin() as connection:
        return [_enter(connection, entering, record, keys) for record in records]


def enter_each(
    engine: Engine,
    ring: Keyring,
    form: Form,
    actor: Actor,
    records: Sequence[Inquiry],
    *,
    oversees: bool = False,
) -> list[Entered | EntryRefused]:
    """Enter those of a sheet's records that can be, as `enter`; of each other one why it was not."""
    outcome: list[Entered | EntryRefused] = []
    entering = _Entering(form, actor, Reason.SHEET, oversees)
    keys = _keys(engine, ring, entering, records)
    with engine.begin() as connection:
        for record in records:
            try:
                _require_good(record, form)
                outcome.append(_enter(connection, entering, record, keys))
            except EntryRefused as refused:
                outcome.append(refused)
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


def _require_good(record: Inquiry, form: Form) -> None:
    if found := list(problems(record, form)):
        raise EntryRefused(" ".join(found))


def _keys(
    engine: Engine, ring: Keyring, entering: _Entering, records: Iterable[Inquiry]
) -> Mapping[str, bytes]:
    """The keys of records by their ids, made where a record is new and may be entered; none of what stands in the register though its
    key, which is older than its first row, is gone."""
    ids: dict[str, bool] = {}
    for record in records:
        one = inquiry_id(record)
        ids[one] = ids.get(one, False) or entering.may_begin(record)
    lacking = {one for one in ids if not ring.holds_any((key_id(one),))}
    with engine.connect() as connection:
        erased = {one for one in lacking if _latest(connection, one) is not None}
    wanted = [one for one in ids if one not in lacking or (one not in erased and ids[one])]
    made = ring.make(key_id(one) for one in wanted)
    return {one: made[key_id(one)] for one in wanted}


def _enter(
    connection: Connection, entering: _Entering, record: Inquiry, keys: Mapping[str, bytes]
) -> Entered:
    one = inquiry_id(record)
    before = _latest(connection, one)
    if before is None:
        entering.require_beginnable(record)
    else:
        require_counting(before)
        require_revisable(entering.actor, before, record, oversees=entering.oversees)
    key = keys.get(one)
    if key is None:
        return Entered.ERASED
    standing = None if before is None else _opened(before, key)
    if record.contact == LOCKED:
        record = replace(record, contact="" if standing is None else standing.contact)
    if before is not None:
        if standing == _plain(record):
            return Entered.KNOWN
        if entering.reason is None:
            raise ReasonMissing("登録済みの記録を直す理由を選んでください。")
    revision = 1 if before is None else before.revision + 1
    _insert(connection, entering, one, revision, record, key)
    return Entered.NEW if before is None else Entered.CORRECTED


def _opened(row: Any, key: bytes) -> Inquiry:
    """The record of a row with its words.

    Raises:
        EntryRefused: they do not open under its key.
    """
    try:
        return record_of(row, key)
    except KeyUnavailable as error:
        raise EntryRefused(
            "登録済みの記録が、その鍵で開けません。同じ記録かを確かめられないため、登録しません。保護管理者に知らせてください。"
        ) from error


def _latest(connection: Connection, one: str) -> Any:
    query = (
        select(inquiries).where(inquiries.c.inquiry_id == one).order_by(inquiries.c.revision.desc())
    )
    return connection.execute(query).first()


def _insert(
    connection: Connection,
    entering: _Entering,
    one: str,
    revision: int,
    record: Inquiry,
    key: bytes,
) -> None:
    actor, reason = entering.actor, entering.reason
    connection.execute(
        insert(inquiries).values(
            inquiry_id=one,
            revision=revision,
            form_version=entering.form.version,
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
