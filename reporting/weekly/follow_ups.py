"""What followed from the week's inquiries, for sections 4 and 9 to 11: messages, reports to the city, return calls, FAQs.

Ids, codes and times only. Registers are read as they stood when the paper was due to be made. What was noted since the paper
before is told, however late it was noted; what waits for the city or for a return call stays in every paper until it is closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from compliance.ground.japan import civil
from compliance.inquiries.form import Form, load_form
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.record import CALLBACK, Flag
from compliance.registers.entries import KeptEntry
from compliance.registers.known import CALLBACKS, ESCALATIONS, FAQ
from reporting.paper.kind import Reading
from reporting.paper.receipts import receipt_number, receipts_of


@dataclass(frozen=True, slots=True)
class MessageNote:
    """A message that was written down, by its call; the words are in the paper's 別紙."""

    call_id: str
    inquiry_id: str
    revision: int
    subject: str
    handling: str
    is_complaint: bool


@dataclass(frozen=True, slots=True)
class CityReport:
    """One time that the city was told. `told_at` and `received_at` are civil time in Japan; `is_earlier` was told by an
    earlier paper and still has no answer."""

    entry_id: str
    told_at: datetime
    manner: str
    told_by: str
    received_at: datetime | None
    subject: str
    is_answered: bool
    receipt_number: str = ""
    is_earlier: bool = False


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """A return call that is not done yet; `due_on` is null where nobody noted it. Overdue is what was due before the day on
    which the paper was made."""

    inquiry_id: str
    asked_at: datetime
    subject: str
    due_on: date | None
    tried: str
    receipt_number: str = ""
    is_overdue: bool = False


@dataclass(frozen=True, slots=True)
class FaqChange:
    """One edition of an FAQ that was noted or moved on since the paper before; `is_earlier` was told by an earlier one and
    still waits for the city's 確認."""

    number: str
    version: str
    title: str
    change: str
    asked_by: str
    reason: str
    reported_on: date | None
    confirmed_on: date | None
    is_earlier: bool = False


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record behind the counts, in codes' titles; `at` is civil time in Japan."""

    inquiry_id: str
    at: datetime
    call_id: str
    subject: str
    voice: str
    stance: str
    handling: str
    faq: str
    is_complaint: bool
    is_message: bool


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Everything of one week. `callbacks_asked` of the week's inquiries asked for one; `open_callbacks` are all that are
    open, of earlier weeks too; `faq_waiting` counts editions without the city's 確認, null
    before any FAQ was received; `complaint_days` have a report of
    their own; `records` are those of the week that count."""

    messages: tuple[MessageNote, ...]
    reports: tuple[CityReport, ...]
    callbacks_asked: int
    open_callbacks: tuple[CallbackRow, ...]
    faq: tuple[FaqChange, ...]
    faq_waiting: int | None
    complaint_days: tuple[date, ...]
    records: tuple[RecordRow, ...] = ()

    @property
    def waiting_reports(self) -> int:
        """How many reports to the city wait for an answer."""
        return sum(not one.is_answered for one in self.reports)

    @property
    def overdue_callbacks(self) -> int:
        """How many open return calls are past their day."""
        return sum(one.is_overdue for one in self.open_callbacks)


def read_follow_ups(
    reading: Reading, since: datetime | None, staff: Mapping[str, str]
) -> FollowUps | None:
    """What followed from the inquiries of the reading's period; null where none was recorded by its end.

    `since` is the moment at which the paper before was due to be made, null for the first; `staff` gives the numbers that
    papers print.
    """
    form, until, period = load_form(reading.contract.form_file), reading.made_at, reading.period
    known = [k for k in reading.inquiries() if civil(k.inquiry.at).date() <= period.last_day]
    if not known:
        return None
    by_id = {kept.inquiry_id: kept for kept in known}
    week = [k for k in known if civil(k.inquiry.at).date() >= period.first_day]
    faq = reading.entries(FAQ, until)
    callbacks = {one.about: one for one in reading.entries(CALLBACKS, until)}
    calls = receipts_of(
        reading.connection, reading.contract.period.start_date, reading.period.last_day
    )
    numbers = {one.inquiry_id: receipt_number(one, calls) for one in known}
    return FollowUps(
        messages=tuple(_message(k, form) for k in week if Flag.MESSAGE in k.inquiry.flags),
        reports=tuple(
            replace(
                _report(one, by_id.get(one.about), form, staff),
                receipt_number=numbers.get(one.about, ""),
                is_earlier=not _is_new(one, since),
            )
            for one in sorted(reading.entries(ESCALATIONS, until), key=lambda e: e.get("told_at"))
            if _is_new(one, since) or not one.get("answered_at")
        ),
        callbacks_asked=sum(k.inquiry.handling == CALLBACK for k in week),
        open_callbacks=tuple(
            replace(
                one,
                receipt_number=numbers[one.inquiry_id],
                is_overdue=one.due_on is not None and one.due_on < civil(until).date(),
            )
            for one in _open(known, callbacks, form)
        ),
        faq=tuple(
            replace(_faq(one), is_earlier=not _is_new(one, since))
            for one in faq
            if one.get("made_on") >= reading.contract.period.start_date.isoformat()
            and (_is_new(one, since) or not one.get("confirmed_on"))
        ),
        faq_waiting=sum(not one.get("confirmed_on") for one in faq) if faq else None,
        complaint_days=tuple(
            sorted({civil(k.inquiry.at).date() for k in week if Flag.COMPLAINT in k.inquiry.flags})
        ),
        records=tuple(_record(kept, form) for kept in week if kept.inquiry.is_counted),
    )


def _is_new(entry: KeptEntry, since: datetime | None) -> bool:
    return since is None or entry.recorded_at > since


def _record(kept: KeptInquiry, form: Form) -> RecordRow:
    one = kept.inquiry
    return RecordRow(
        inquiry_id=kept.inquiry_id,
        at=civil(one.at),
        call_id=one.call_id,
        subject=form.title_of(one.category, one.item),
        voice=form.voices.get(one.voice, ""),
        stance=form.stances.get(one.stance, ""),
        handling=form.handlings.get(one.handling, ""),
        faq=one.faq,
        is_complaint=Flag.COMPLAINT in one.flags,
        is_message=Flag.MESSAGE in one.flags,
    )


def _message(kept: KeptInquiry, form: Form) -> MessageNote:
    one = kept.inquiry
    return MessageNote(
        call_id=one.call_id,
        inquiry_id=kept.inquiry_id,
        revision=kept.revision,
        subject=form.title_of(one.category, one.item),
        handling=form.handlings.get(one.handling, ""),
        is_complaint=Flag.COMPLAINT in one.flags,
    )


def _report(
    entry: KeptEntry, kept: KeptInquiry | None, form: Form, staff: Mapping[str, str]
) -> CityReport:
    told_at = entry.moment("told_at")
    assert told_at is not None  # noqa: S101 - the register does not take one without
    return CityReport(
        entry_id=entry.entry_id,
        told_at=civil(told_at),
        manner=ESCALATIONS.field("manner").choices[entry.get("manner")],
        told_by=staff.get(entry.get("told_by"), entry.get("told_by")),
        received_at=None if kept is None else civil(kept.inquiry.at),
        subject="" if kept is None else form.title_of(kept.inquiry.category, kept.inquiry.item),
        is_answered=bool(entry.get("answered_at")),
    )


def _open(
    known: Sequence[KeptInquiry], callbacks: Mapping[str, KeptEntry], form: Form
) -> list[CallbackRow]:
    found = []
    for kept in known:
        noted = callbacks.get(kept.inquiry_id)
        if kept.inquiry.handling != CALLBACK or (noted is not None and noted.get("closed_at")):
            continue
        due_on = noted.get("due_on") if noted else ""
        found.append(
            CallbackRow(
                inquiry_id=kept.inquiry_id,
                asked_at=civil(kept.inquiry.at),
                subject=form.title_of(kept.inquiry.category, kept.inquiry.item),
                due_on=date.fromisoformat(due_on) if due_on else None,
                tried=CALLBACKS.field("result").choices.get(noted.get("result"), "")
                if noted
                else "",
            )
        )
    return found


def _faq(entry: KeptEntry) -> FaqChange:
    def day(name: str) -> date | None:
        return date.fromisoformat(value) if (value := entry.get(name)) else None

    return FaqChange(
        number=entry.get("number"),
        version=entry.get("version"),
        title=entry.get("title"),
        change=FAQ.field("change").choices[entry.get("change")],
        asked_by=FAQ.field("asked_by").choices[entry.get("asked_by")],
        reason=entry.get("reason"),
        reported_on=day("reported_on"),
        confirmed_on=day("confirmed_on"),
    )
