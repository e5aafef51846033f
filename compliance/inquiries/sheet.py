"""Inquiries as rows of a sheet that a centre fills by day: what a row means, and why one is refused.

A cell may hold a code or its title. A row that was taken in already changes nothing; one that differs is a correction.
What comes back with a reason holds the caller's words: it goes to whoever handed the sheet in, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from compliance.errors import EntryRefused
from compliance.ground.acts import Actor
from compliance.ground.japan import TOKYO
from compliance.ground.written import NumberCell, day_of, narrow, time_of
from compliance.inquiries.entering import Entered, enter_each
from compliance.inquiries.form import Form
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.record import MESSAGE_LENGTH, Flag, Inquiry, problems
from compliance.keys.keyring import Keyring
from compliance.registers.scan import masked

DAY, TIME, OPERATOR, CALL, NUMBER = "日付", "時刻", "職員番号", "通話番号", "通話内の番号"
CATEGORY, ITEM, VOICE, STANCE, HANDLING, FAQ = (
    "区分", "小区分", "市民の声種別", "態度", "対応", "FAQ番号",
)  # fmt: skip
COMPLAINT, URGENT, CARE, MESSAGE = "クレーム", "緊急", "要配慮", "預かり"
WARD, AGE, SUMMARY, CONTACT = "区", "年代", "要旨", "氏名・連絡先（折返しのみ）"
CHANNEL = "受付方法"
HEADINGS = (
    DAY, TIME, OPERATOR, CALL, NUMBER, CATEGORY, ITEM, VOICE, STANCE, HANDLING, FAQ,
    COMPLAINT, URGENT, CARE, MESSAGE, WARD, AGE, SUMMARY, CONTACT,
)  # fmt: skip
"""The columns of a sheet where the form names no channels."""
NEEDED = (DAY, TIME, OPERATOR, CATEGORY, ITEM)
REASON = "理由"
AS_TEXT = (CALL, CONTACT)
"""Cells in which a number is something else than what was typed: Excel takes a last zero, or the first, off it."""
TYPE_ANEW = "（文字列で入力し直してください）"
"""Stands in such a cell when the row comes back: what the number was is not what was meant."""
_ERASED = "この記録は消去済みです。再び取り込むことはできません。"
_YEARS = range(2000, 2100)
"""A day's; those at the ends of the calendar have no moment in another zone."""
_YES, _NO = frozenset({"はい", "○", "〇", "1", "true"}), frozenset({"", "いいえ", "0", "false"})


@dataclass(frozen=True, slots=True)
class TakenInquiries:
    """What became of a sheet; `refused` are rows with their reason under `REASON`."""

    new: int
    corrected: int
    unchanged: int
    refused: Sequence[Mapping[str, str]]


def take_in(
    engine: Engine,
    ring: Keyring,
    form: Form,
    actor: Actor,
    rows: Sequence[Mapping[str, str]],
    *,
    masks: bool = False,
    oversees: bool = False,
) -> TakenInquiries:
    """Enter the good rows; the others come back with reasons. With `masks`, what names or reaches somebody in a
    summary is masked instead of refused: whoever hands the sheet in has confirmed that. `oversees` as in `entering.enter`."""
    good: list[tuple[Mapping[str, str], Inquiry]] = []
    refused = []
    for row in rows:
        try:
            record = read_row(row, form, masks=masks)
        except EntryRefused as error:
            refused.append({**row, **_to_type_anew(row), REASON: str(error)})
        else:
            good.append((row, record))
    records = [record for _, record in good]
    outcome = enter_each(engine, ring, form, actor, records, oversees=oversees)
    for (row, _), became in zip(good, outcome, strict=True):
        if isinstance(became, EntryRefused):
            refused.append({**row, REASON: str(became)})
        elif became is Entered.ERASED:
            refused.append({**row, REASON: _ERASED})
    counted = {one: outcome.count(one) for one in Entered}
    return TakenInquiries(
        counted[Entered.NEW], counted[Entered.CORRECTED], counted[Entered.KNOWN], refused
    )


def read_row(row: Mapping[str, str], form: Form, *, masks: bool = False) -> Inquiry:
    """What a row says.

    Raises:
        EntryRefused: it cannot be a record; the reason names the cell, never what it holds.
    """
    if numbers := _to_type_anew(row):
        raise EntryRefused(
            f"「{'」「'.join(numbers)}」が数値のセルです。Excelは数値の末尾や先頭の0を落とし、別の番号になるため受け取れません。"
            "セルの書式を「文字列」にしてから入力し直してください。"
        )
    cells = {heading: row.get(heading, "").strip() for heading in (*HEADINGS, CHANNEL)}
    cells |= {heading: narrow(cells[heading]) for heading in (OPERATOR, CALL, NUMBER, FAQ)}
    category = _code(cells, CATEGORY, {c.code: c.title for c in form.categories.values()})
    items = form.categories[category].items
    flags = {
        flag
        for heading, flag in (
            (COMPLAINT, Flag.COMPLAINT),
            (URGENT, Flag.URGENT),
            (CARE, Flag.NEEDS_CARE),
            (MESSAGE, Flag.MESSAGE),
        )
        if _yes(cells, heading)
    }
    summary = cells[SUMMARY]
    record = Inquiry(
        call_id=cells[CALL],
        number=_number(cells),
        at=_moment(row),
        operator=cells[OPERATOR],
        category=category,
        item=_code(cells, ITEM, items),
        voice=_code(cells, VOICE, form.voices, may_be_blank=True),
        stance=_code(cells, STANCE, form.stances, may_be_blank=True),
        handling=_code(cells, HANDLING, form.handlings, may_be_blank=True),
        faq=cells[FAQ],
        flags=frozenset(flags),
        ward=_code(cells, WARD, form.wards, may_be_blank=True),
        age_band=_code(cells, AGE, form.age_bands, may_be_blank=True),
        summary=masked(summary) if masks and len(summary) <= MESSAGE_LENGTH else summary,
        contact=cells[CONTACT],
        channel=_code(cells, CHANNEL, form.channels, may_be_blank=True)
        or form.channel_of(cells[CALL], ""),
    )
    if found := list(problems(record, form)):
        raise EntryRefused(" ".join(found))
    return record


def headings(form: Form) -> tuple[str, ...]:
    """The columns of a sheet: with the channel behind the call where the form names channels."""
    if not form.channels:
        return HEADINGS
    behind = HEADINGS.index(NUMBER) + 1
    return (*HEADINGS[:behind], CHANNEL, *HEADINGS[behind:])


def rows_out(kept: Iterable[KeptInquiry], form: Form) -> list[Mapping[str, str]]:
    """Records as rows that `take_in` reads."""
    return [_row(one.inquiry, form) for one in kept]


def codes_out(form: Form) -> list[Mapping[str, str]]:
    """The sheet of codes: every heading that takes one, with code and title."""
    rows: list[Mapping[str, str]] = []
    for root in form.categories.values():
        for item, title in root.items.items():
            rows.append(
                {
                    "欄": f"{CATEGORY}／{ITEM}",
                    "符号": f"{root.code}／{item}",
                    "名称": f"{root.title}／{title}",
                }
            )
    for heading, known in (
        (VOICE, form.voices),
        (STANCE, form.stances),
        (HANDLING, form.handlings),
        (WARD, form.wards),
        (AGE, form.age_bands),
        (CHANNEL, form.channels),
    ):
        rows += [{"欄": heading, "符号": code, "名称": title} for code, title in known.items()]
    return rows


def choices(form: Form) -> Mapping[str, Sequence[str]]:
    """The titles that a cell may hold, by heading, in the form's order."""
    roots = form.categories.values()
    return {
        CATEGORY: [root.title for root in roots],
        ITEM: list(dict.fromkeys(title for root in roots for title in root.items.values())),
        VOICE: list(form.voices.values()),
        STANCE: list(form.stances.values()),
        HANDLING: list(form.handlings.values()),
        WARD: list(form.wards.values()),
        AGE: list(form.age_bands.values()),
        **({CHANNEL: list(form.channels.values())} if form.channels else {}),
        **{heading: ["はい"] for heading in (COMPLAINT, URGENT, CARE, MESSAGE)},
    }


def _row(record: Inquiry, form: Form) -> Mapping[str, str]:
    at = record.at.astimezone(TOKYO)
    root = form.categories[record.category]
    return {
        DAY: f"{at:%Y-%m-%d}",
        TIME: f"{at:%H:%M:%S}",
        OPERATOR: record.operator,
        CALL: record.call_id,
        NUMBER: str(record.number),
        CATEGORY: root.title,
        ITEM: root.items[record.item],
        VOICE: form.voices.get(record.voice, ""),
        STANCE: form.stances.get(record.stance, ""),
        HANDLING: form.handlings.get(record.handling, ""),
        FAQ: record.faq,
        COMPLAINT: "はい" if Flag.COMPLAINT in record.flags else "",
        URGENT: "はい" if Flag.URGENT in record.flags else "",
        CARE: "はい" if Flag.NEEDS_CARE in record.flags else "",
        MESSAGE: "はい" if Flag.MESSAGE in record.flags else "",
        WARD: form.wards.get(record.ward, ""),
        AGE: form.age_bands.get(record.age_band, ""),
        CHANNEL: form.channels.get(record.channel, ""),
        SUMMARY: record.summary,
        CONTACT: record.contact,
    }


def _code(
    cells: Mapping[str, str], heading: str, known: Mapping[str, str], *, may_be_blank: bool = False
) -> str:
    value = cells[heading]
    if not value and may_be_blank:
        return ""
    if value in known:
        return value
    found = [code for code, title in known.items() if title == value]
    if len(found) != 1:
        raise EntryRefused(f"「{heading}」が様式にありません。コードの表から選んでください。")
    return found[0]


def _yes(cells: Mapping[str, str], heading: str) -> bool:
    value = cells[heading].lower()
    if value not in _YES | _NO:
        raise EntryRefused(f"「{heading}」は「はい」か空欄にしてください。")
    return value in _YES


def _number(cells: Mapping[str, str]) -> int:
    text = cells[NUMBER] or "1"
    if not text.isascii() or not text.isdigit() or len(text) > 2:
        raise EntryRefused(f"「{NUMBER}」は1からの数にしてください。")
    return int(text)


def _to_type_anew(row: Mapping[str, str]) -> dict[str, str]:
    return {heading: TYPE_ANEW for heading in AS_TEXT if isinstance(row.get(heading), NumberCell)}


def _moment(row: Mapping[str, str]) -> datetime:
    day, at = day_of(row.get(DAY, "")), time_of(row.get(TIME, ""))
    if day is None or at is None:
        raise EntryRefused(f"「{DAY}」は2023-11-20、「{TIME}」は09:30の形にしてください。")
    if day.year not in _YEARS:
        raise EntryRefused(f"「{DAY}」は{_YEARS[0]}年から{_YEARS[-1]}年までにしてください。")
    return datetime.combine(day, at, TOKYO)
