"""Reads the words' places of one week: messages, opinions and requests that were written down, reports to the city."""

from __future__ import annotations

from collections.abc import Mapping

from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.japan import civil
from compliance.inquiries.form import Form, load_form
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.record import Flag
from compliance.registers.known import ESCALATIONS
from reporting.errors import WeekNotBuilt
from reporting.paper.head import head_of, titles_of
from reporting.paper.kind import Reading
from reporting.paper.receipts import Receipt, receipt_number, receipts_of
from reporting.voices.kind import KIND
from reporting.voices.value import REFERRED, CityWords, Voice, VoicesReport

OPINIONS = frozenset({"opinion", "request"})
"""The voices that section 7 of the weekly report tells in words; complaints have a report of their own."""


def read_voices(reading: Reading) -> VoicesReport:
    """The paper of one week as its first edition.

    Raises:
        WeekNotBuilt: the period is no week of the contract.
    """
    period, form = reading.period, load_form(reading.contract.form_file)
    week = BusinessCalendar(reading.contract).week_of(period.starts_on)
    if week is None:
        raise WeekNotBuilt(f"{period.key} is no week of the contract: name one of its Mondays.")
    calls = receipts_of(reading.connection, period.first_day, period.last_day)
    theirs = [
        kept
        for kept in reading.inquiries()
        if period.first_day <= civil(kept.inquiry.at).date() <= period.last_day
    ]
    staff = {one.operator: one.display_number for one in reading.contract.staff}
    voices = [(kept, _voice(kept, form, calls)) for kept in theirs]
    by_id = {kept.inquiry_id: voice for kept, voice in voices}
    return VoicesReport(
        head=head_of(reading.contract, KIND),
        titles=titles_of(reading.contract, *REFERRED),
        number=week.number,
        first_day=period.first_day,
        last_day=period.last_day,
        due_date=period.due_date,
        messages=tuple(voice for kept, voice in voices if Flag.MESSAGE in kept.inquiry.flags),
        opinions=tuple(
            sorted(
                (voice for kept, voice in voices if _is_opinion(kept)),
                key=lambda voice: (voice.subject, voice.received_at),
            )
        ),
        reports=tuple(
            CityWords(
                entry_id=entry.entry_id,
                revision=entry.revision,
                inquiry_id=entry.about,
                told_at=civil(told_at),
                manner=ESCALATIONS.field("manner").choices[entry.get("manner")],
                told_by=staff.get(entry.get("told_by"), entry.get("told_by")),
                receipt_number=by_id[entry.about].receipt_number,
                subject=by_id[entry.about].subject,
            )
            for entry in sorted(
                reading.entries(ESCALATIONS, reading.made_at), key=lambda one: one.get("told_at")
            )
            if entry.about in by_id and (told_at := entry.moment("told_at")) is not None
        ),
    )


def _is_opinion(kept: KeptInquiry) -> bool:
    one = kept.inquiry
    return (
        kept.was_told and one.voice in OPINIONS and not {Flag.MESSAGE, Flag.COMPLAINT} & one.flags
    )


def _voice(kept: KeptInquiry, form: Form, calls: Mapping[str, Receipt]) -> Voice:
    one, at = kept.inquiry, civil(kept.inquiry.at)
    call, number = calls.get(one.call_id), receipt_number(kept, calls)
    return Voice(
        receipt_number=number,
        inquiry_id=kept.inquiry_id,
        revision=kept.revision,
        received_at=at,
        subject=form.title_of(one.category, one.item),
        voice=form.voices.get(one.voice, ""),
        stance=form.stances.get(one.stance, ""),
        handling=form.handlings.get(one.handling, ""),
        is_complaint=Flag.COMPLAINT in one.flags,
        recordings=call.recordings if call and Flag.MESSAGE in one.flags else None,
    )
