"""One record of an inquiry: what it holds, and what it must (6(3)ア–オ). Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.inquiries.form import NOT_COUNTED, OTHER, TELEPHONE, Form
from compliance.registers.check import CALL, STAFF
from compliance.registers.scan import scan

SUMMARY_LENGTH = 200
MESSAGE_LENGTH = 1_000
"""A message is written down whole (6(3)カ)."""
CONTACT_LENGTH = 100
CALLBACK, CITY = "callback", "city"
LOCKED = "（折返しの完了により閉じています）"
"""Stands in a contact's place once the return call is closed; taken in again, it leaves the contact as it is."""
_FAQ = re.compile(r"[A-Za-z]{0,4}-?[0-9]{1,4}")


class Flag(StrEnum):
    """What makes a record special."""

    COMPLAINT = "complaint"
    URGENT = "urgent"
    NEEDS_CARE = "needs_care"
    MESSAGE = "message"
    """What a caller left as a message, written down from its recording (6(3)カ)."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One inquiry. `call_id` is blank for what came by no call; `number` counts the inquiries of one call from 1;
    `at` is an aware instant. `summary` and `contact` are the caller's: kept sealed, shown to whoever may. All the
    rest lies in clear, so it is codes of the form, ids and numbers of a fixed shape only."""

    call_id: str
    number: int
    at: datetime
    operator: str
    category: str
    item: str
    voice: str = ""
    stance: str = ""
    handling: str = ""
    faq: str = ""
    flags: frozenset[Flag] = frozenset()
    ward: str = ""
    age_band: str = ""
    channel: str = ""
    """By what it came, by a code of the form; blank where the form asks for none."""
    summary: str = ""
    contact: str = ""

    @property
    def subject(self) -> str:
        """What it is about, as one code: 大区分/小区分."""
        return f"{self.category}/{self.item}"

    @property
    def is_counted(self) -> bool:
        """Whether it is an inquiry at all."""
        return self.category != NOT_COUNTED

    @property
    def summary_length(self) -> int:
        """How many letters its summary may have."""
        return MESSAGE_LENGTH if Flag.MESSAGE in self.flags else SUMMARY_LENGTH

    @property
    def needs_summary(self) -> bool:
        """Complaints, callbacks, messages and その他 are told in words."""
        return (
            bool({Flag.COMPLAINT, Flag.MESSAGE} & self.flags)
            or self.handling == CALLBACK
            or self.item == OTHER
        ) and self.is_counted


def problems(record: Inquiry, form: Form) -> Iterator[str]:
    """Why a record cannot be entered, in Japanese, for whoever filled it in; empty where it can."""
    return (text for _, text in problems_by_field(record, form))


def problems_by_field(record: Inquiry, form: Form) -> Iterator[tuple[str, str]]:
    """The same, each with the field of the record that it is about."""
    if record.call_id and not CALL.fullmatch(record.call_id):
        yield "call_id", "通話番号の形が違います。"
    if not STAFF.fullmatch(record.operator) or scan(record.operator):
        yield "operator", "対応者の職員番号がありません。"
    if record.faq and not _FAQ.fullmatch(record.faq):
        yield "faq", "FAQ番号の形が違います（例 F-12）。"
    if record.number < 1:
        yield "number", "同じ通話の中の番号は1からです。"
    yield from _of_codes(record, form)
    yield from _of_texts(record)


def _of_codes(record: Inquiry, form: Form) -> Iterator[tuple[str, str]]:
    root = form.categories.get(record.category)
    if root is None or record.item not in root.items:
        yield "category", "区分・小区分が様式にありません。"
    for name, value, known, title in (
        ("voice", record.voice, form.voices, "市民の声種別"),
        ("stance", record.stance, form.stances, "態度"),
        ("handling", record.handling, form.handlings, "対応"),
        ("ward", record.ward, form.wards, "区"),
        ("age_band", record.age_band, form.age_bands, "年代"),
        ("channel", record.channel, form.channels, "受付方法"),
    ):
        if value and value not in known:
            yield name, f"{title}が様式にありません。"
    if form.channels and not record.channel:
        yield "channel", "受付方法を選んでください。"
    if record.call_id and record.channel not in ("", TELEPHONE):
        yield "channel", "通話のある記録の受付方法は、電話です。"
    if record.is_counted and not record.handling:
        yield "handling", "対応を選んでください。"
    if Flag.URGENT in record.flags and Flag.COMPLAINT not in record.flags:
        yield "flags", "緊急は、クレームと併せて選んでください。"


def _of_texts(record: Inquiry) -> Iterator[tuple[str, str]]:
    if record.needs_summary and not record.summary.strip():
        yield "summary", "要旨を入力してください（クレーム・折返し・預かり・その他では必須）。"
    if len(record.summary) > record.summary_length:
        yield "summary", f"要旨は{record.summary_length:,}字以内です。"
    elif found := scan(record.summary):
        kinds = "、".join(dict.fromkeys(one.kind.title_ja for one in found))
        yield "summary", f"要旨に{kinds}と見えるものがあります。消すか、伏せてください。"
    if record.contact and record.handling != CALLBACK:
        yield "contact", "氏名・連絡先は、折返しのときだけ入力できます。"
    if len(record.contact) > CONTACT_LENGTH:
        yield "contact", f"氏名・連絡先は{CONTACT_LENGTH}字以内です。"
    for name, text in (("summary", record.summary), ("contact", record.contact)):
        if any(unicodedata.category(c) in ("Cc", "Cf") for c in text):
            yield name, "要旨又は連絡先に、表示されない文字が含まれています。"
