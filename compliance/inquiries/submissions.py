"""Records as they are handed in at the desk: under a key that the page made, so that one handed in twice is one.

The first time, a key is given the place that the record has from then on (its call, the next free number within it, its
time); whatever comes under the same key again is that record, the same or corrected. A crash between the two leaves a
place that the next try takes up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Column, Connection, Engine, Integer, String, func, insert, select
from sqlalchemy.exc import IntegrityError

from compliance.errors import EntryRefused, Outdated
from compliance.ground.acts import Actor
from compliance.ground.operations import Instant, row_as, table
from compliance.ground.stores import CONTRACT_END, Holds, Kept
from compliance.inquiries.entering import Entered, enter
from compliance.inquiries.form import Form
from compliance.inquiries.kept import inquiries, inquiry_id
from compliance.inquiries.reasons import Reason
from compliance.inquiries.record import Inquiry, problems
from compliance.keys.keyring import Keyring

KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TRIES = 20

inquiry_submissions = table(
    "inquiry_submissions",
    Kept("画面から出された対応記録の控え（二重登録の防止）", Holds.CALL_FACTS, CONTRACT_END),
    Column("key", String(36), primary_key=True),
    Column("inquiry_id", String(32), nullable=False, unique=True),
    Column("staff_id", String(32), nullable=False),
    Column("call_id", String(64), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of it."""

    inquiry_id: str
    number: int
    entered: Entered


@dataclass(frozen=True, slots=True)
class _Place:
    """The place that a key was given."""

    key: str
    inquiry_id: str
    staff_id: str
    call_id: str
    number: int
    at: datetime


def submit(
    engine: Engine,
    ring: Keyring,
    form: Form,
    actor: Actor,
    key: str,
    record: Inquiry,
    reason: Reason | None = None,
    *,
    oversees: bool = False,
) -> Submitted:
    """Enter a record under a key; its number is given here. What was handed in differently before is corrected for the reason.
    `oversees` as in `entering.enter`. Whoever hands in has judged the record's time (`authorship.is_in_time`, or the call's own).

    Raises:
        MarksStay: a mark would go that only whoever oversees takes away; nothing was entered.
        ReasonMissing: it is a correction and there is no reason; nothing was entered.
        EntryRefused: it cannot be entered, or the key is none or somebody else's; nothing was entered.
        Outdated: others entered so much at the same moment that no place was found; it can be tried again.
    """
    if not KEY.fullmatch(key):
        raise EntryRefused("この画面の記録の番号がありません。画面を開き直してください。")
    if found := list(problems(replace(record, number=1), form)):
        raise EntryRefused(" ".join(found))
    place = _known(engine, key) or _reserve(engine, actor, key, record)
    if place.staff_id != actor.staff_id:
        raise EntryRefused("この画面の記録の番号は、別の人のものです。画面を開き直してください。")
    placed = replace(
        record,
        call_id=place.call_id,
        number=place.number,
        at=place.at,
    )

    def enter_placed() -> Entered:
        return enter(
            engine, ring, form, actor, [placed], reason, oversees=oversees, is_placed=True
        )[0]

    try:
        entered = enter_placed()
    except IntegrityError:  # the same, at the same moment
        entered = enter_placed()
    return Submitted(place.inquiry_id, place.number, entered)


def key_of_submission(engine: Engine, inquiry_id: str, staff_id: str) -> str:
    """The key under which somebody handed a record in; blank where they did not."""
    query = select(inquiry_submissions.c.key).where(
        inquiry_submissions.c.inquiry_id == inquiry_id, inquiry_submissions.c.staff_id == staff_id
    )
    with engine.connect() as connection:
        return str(connection.execute(query).scalar() or "")


def _known(engine: Engine, key: str) -> _Place | None:
    query = select(inquiry_submissions).where(inquiry_submissions.c.key == key)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else row_as(_Place, row)


def _reserve(engine: Engine, actor: Actor, key: str, record: Inquiry) -> _Place:
    at = record.at.replace(microsecond=0)
    for _ in range(_TRIES):
        try:
            with engine.begin() as connection:
                number = _next_number(connection, replace(record, at=at))
                placed = replace(record, at=at, number=number)
                connection.execute(
                    insert(inquiry_submissions).values(
                        key=key,
                        inquiry_id=inquiry_id(placed),
                        staff_id=actor.staff_id,
                        call_id=record.call_id,
                        number=number,
                        at=at,
                        recorded_at=actor.at,
                    )
                )
        except IntegrityError:  # that place, or that key, was taken at the same moment
            pass
        if place := _known(engine, key):
            return place
    raise Outdated("同じ時刻に多くの記録が登録されています。もう一度登録してください。")


def _next_number(connection: Connection, record: Inquiry) -> int:
    """The number after the highest one of the same call; of what came by no call, after that of the same second."""
    highest = 0
    for of, who in ((inquiries, inquiries.c.operator), (inquiry_submissions, inquiry_submissions.c.staff_id)):  # fmt: skip
        same = of.c.call_id == record.call_id
        if not record.call_id:
            same = same & (of.c.at == record.at) & (who == record.operator)
        found = connection.execute(select(func.max(of.c.number)).where(same)).scalar_one()
        highest = max(highest, found or 0)
    return highest + 1
