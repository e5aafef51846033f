"""What a page handed in, as a record; and beside which field each problem is shown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.inquiries.authorship import OLDEST, is_in_time
from compliance.inquiries.form import Form
from compliance.inquiries.record import CALLBACK, Flag, Inquiry
from desk.bodies import Fields, one
from desk.services import RecentCall

_BREAKS = re.compile(r"[\r\n\t]+")
GENERAL = "general"
NO_KEY = "鍵が使えないため登録できません。入力は残っています。もう一度登録してください。"
_PLACES = {"call_id": "call", "category": "subject", "operator": GENERAL, "number": GENERAL}
"""What the page calls a field of the record, where that is another name; what it does not show stands above all."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A record with the problems that only the page can have: by field, in Japanese."""

    key: str
    record: Inquiry
    problems: dict[str, list[str]]


def handed_in(
    fields: Fields, staff_id: str, calls: Sequence[RecentCall], now: datetime, form: Form
) -> Handed:
    """What a page handed in. `call` is `<call id>|<instant>`, its id blank for what came by no call; a call that is known
    has its own instant, whatever the page says, and came by telephone."""
    call_id, _, told = one(fields, "call").partition("|")
    known = next((call for call in calls if call.call_id == call_id), None)
    wrong: dict[str, list[str]] = {}
    at = known.at if known else _instant(told, now)
    if at is None:
        wrong["call"] = [f"日時が分かりません。{OLDEST.days}日以内の、過ぎた日時にしてください。"]
    category, _, item = one(fields, "subject").partition("/")
    handling = one(fields, "handling")
    flags = frozenset(flag for flag in Flag if flag.value in fields.get("flags", ()))
    record = Inquiry(
        call_id=call_id,
        number=1,
        at=at or now,
        operator=staff_id,
        category=category,
        item=item,
        voice=one(fields, "voice"),
        stance=one(fields, "stance"),
        handling=handling,
        faq=one(fields, "faq").strip(),
        flags=flags,
        ward=one(fields, "ward"),
        age_band=one(fields, "age_band"),
        channel=form.channel_of(call_id, one(fields, "channel")),
        summary=_line(one(fields, "summary")),
        contact=_line(one(fields, "contact")) if handling == CALLBACK else one(fields, "contact"),
    )
    return Handed(one(fields, "key"), record, wrong)


def by_field(found: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Problems beside the fields of the page that they are about."""
    placed: dict[str, list[str]] = {}
    for name, text in found:
        placed.setdefault(_PLACES.get(name, name), []).append(text)
    return placed


def _instant(text: str, now: datetime) -> datetime | None:
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is None or not is_in_time(at, now):
        return None
    return at


def _line(text: str) -> str:
    """As one line: a line break that somebody typed is a space."""
    return _BREAKS.sub(" ", text).strip()
