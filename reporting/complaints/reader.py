"""Reads the complaints of one business day: records and follow-ups from the registers, what is known of their calls from
the warehouse. What happened after the paper was due to be made is left out, whenever it was noted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from compliance.contract.terms import Contract
from compliance.ground.japan import civil
from compliance.inquiries.form import Form, load_form
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.record import CALLBACK, CITY, Flag
from compliance.registers.description import Register
from compliance.registers.entries import KeptEntry
from compliance.registers.known import (
    CALLBACKS,
    COMPLAINT_STEPS,
    COMPLAINTS,
    ESCALATIONS,
    URGENT_CALL,
)
from reporting.complaints.kind import KIND
from reporting.complaints.value import (
    Callback,
    ComplaintCase,
    ComplaintReport,
    Course,
    Report,
    Step,
)
from reporting.paper.head import head_of
from reporting.paper.kind import Reading
from reporting.paper.receipts import Receipt, receipts_of


def read_complaints(reading: Reading) -> ComplaintReport:
    """The paper of one business day as its first edition."""
    period, form = reading.period, load_form(reading.contract.form_file)
    theirs = [
        kept
        for kept in reading.inquiries()
        if Flag.COMPLAINT in kept.inquiry.flags
        and period.first_day <= civil(kept.inquiry.at).date() <= period.last_day
    ]
    calls = receipts_of(reading.connection, period.first_day, period.last_day)
    reports = _by_inquiry(_happened(reading, ESCALATIONS, "told_at"))
    callbacks = _by_inquiry(reading.entries(CALLBACKS, reading.made_at))
    courses = _by_inquiry(reading.entries(COMPLAINTS, None))
    steps = _by_inquiry(_happened(reading, COMPLAINT_STEPS, "at"))
    return ComplaintReport(
        head=head_of(reading.contract, KIND),
        day=period.starts_on,
        last_day=period.last_day,
        due_date=period.due_date,
        cases=tuple(
            _case(
                kept,
                form,
                reading.contract,
                calls.get(kept.inquiry.call_id),
                reports.get(kept.inquiry_id, ()),
                callbacks.get(kept.inquiry_id, ()),
                courses.get(kept.inquiry_id, ()),
                steps.get(kept.inquiry_id, ()),
                reading.made_at,
            )
            for kept in theirs
        ),
        definition=form.complaint_definition,
        definition_confirmed_on=form.confirmed_on,
    )


def _case(
    kept: KeptInquiry,
    form: Form,
    contract: Contract,
    call: Receipt | None,
    reports: Sequence[KeptEntry],
    callbacks: Sequence[KeptEntry],
    courses: Sequence[KeptEntry],
    steps: Sequence[KeptEntry],
    made_at: datetime,
) -> ComplaintCase:
    one, shown = kept.inquiry, {s.operator: s.display_number for s in contract.staff}
    at = civil(one.at)
    return ComplaintCase(
        receipt_number=call.number if call else f"{at:%m%d-%H%M}-{kept.inquiry_id[2:6].upper()}",
        inquiry_id=kept.inquiry_id,
        revision=kept.revision,
        received_at=at,
        call_id=one.call_id,
        operator=shown.get(one.operator, one.operator),
        subject=form.title_of(one.category, one.item),
        voice=form.voices.get(one.voice, ""),
        handling=form.handlings.get(one.handling, ""),
        is_urgent=Flag.URGENT in one.flags,
        is_message=Flag.MESSAGE in one.flags,
        needs_city=one.handling == CITY,
        needs_callback=one.handling == CALLBACK,
        has_contact=kept.has_contact,
        recordings=call.recordings if call else None,
        reports=tuple(_report(entry, shown) for entry in reports),
        callback=_callback(callbacks[-1], shown, made_at) if callbacks else None,
        course=_course(courses[-1]) if courses else None,
        steps=tuple(_step(entry, shown) for entry in steps),
    )


def _report(entry: KeptEntry, shown: dict[str, str]) -> Report:
    told_at = entry.moment("told_at")
    assert told_at is not None  # noqa: S101 - the register does not take one without
    return Report(
        entry_id=entry.entry_id,
        revision=entry.revision,
        is_urgent_call=entry.get("manner") == URGENT_CALL,
        manner=ESCALATIONS.field("manner").choices[entry.get("manner")],
        told_at=civil(told_at),
        told_by=shown.get(entry.get("told_by"), entry.get("told_by")),
        decided_by=shown.get(entry.get("decided_by"), entry.get("decided_by")),
        decided_at=_civil_or_none(entry.moment("decided_at")),
        answered_at=_civil_or_none(entry.moment("answered_at")),
    )


def _callback(entry: KeptEntry, shown: dict[str, str], made_at: datetime) -> Callback:
    """The return call as it stood when the paper was due to be made."""
    due_on, is_done = entry.get("due_on"), _is_by(entry, "done_at", made_at)
    return Callback(
        due_on=date.fromisoformat(due_on) if due_on else None,
        done_at=_civil_or_none(entry.moment("done_at")) if is_done else None,
        done_by=shown.get(entry.get("done_by"), entry.get("done_by")) if is_done else "",
        result=CALLBACKS.field("result").choices.get(entry.get("result"), "") if is_done else "",
        is_closed=_is_by(entry, "closed_at", made_at),
    )


def _happened(reading: Reading, register: Register, moment: str) -> list[KeptEntry]:
    """What a register tells of before the paper was due to be made, whenever it was noted, in the order of its moments."""
    found = reading.entries(register, None)
    return sorted(
        (one for one in found if _is_by(one, moment, reading.made_at)),
        key=lambda one: one.get(moment),
    )


def _is_by(entry: KeptEntry, moment: str, until: datetime) -> bool:
    at = entry.moment(moment)
    return at is not None and at <= until


def _course(entry: KeptEntry) -> Course:
    closed_on = entry.get("closed_on")
    return Course(
        entry.entry_id,
        entry.revision,
        entry.get("status"),
        date.fromisoformat(closed_on) if closed_on else None,
    )


def _step(entry: KeptEntry, shown: dict[str, str]) -> Step:
    at = entry.moment("at")
    assert at is not None  # noqa: S101 - the register does not take one without
    return Step(
        entry.entry_id, entry.revision, civil(at), shown.get(entry.get("by"), entry.get("by"))
    )


def _by_inquiry(found: Sequence[KeptEntry]) -> dict[str, list[KeptEntry]]:
    """Entries by the inquiry that they are about."""
    by_inquiry: dict[str, list[KeptEntry]] = {}
    for entry in found:
        by_inquiry.setdefault(entry.about, []).append(entry)
    return by_inquiry


def _civil_or_none(at: datetime | None) -> datetime | None:
    return None if at is None else civil(at)
