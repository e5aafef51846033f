"""What is open on the floor: urgent complaints that the city was not telephoned about, return calls overdue, messages nobody
wrote down. Read from registers and warehouse; ids, codes and times only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from application.warehouse.reading import rows_of, warehouse_to_read
from compliance.contract.terms import Contract
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.inquiries import follow_up
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.record import Flag
from compliance.inquiries.register import latest
from compliance.registers.entries import entries
from compliance.registers.known import CALLBACKS, ESCALATIONS, FAQ

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A return call that was due before today and is not closed."""

    inquiry_id: str
    due_on: date


@dataclass(frozen=True, slots=True)
class UnwrittenMessage:
    """A message that nobody wrote down: its call day, its call's arrival, its recording (null: there is none)."""

    day: str
    call_id: str
    at: datetime
    recording_id: str | None


@dataclass(frozen=True, slots=True)
class OpenMatters:
    """Everything that waits for somebody. `unexplained` are return calls of an operator on a case that was told to the
    city, without a reason (6(2)); `unused_faq` counts FAQs that no inquiry ever named, null before any was received."""

    urgent: tuple[follow_up.Urgent, ...]
    overdue: tuple[Overdue, ...]
    unexplained: tuple[str, ...]
    unwritten: tuple[tuple[str, str, str | None], ...]
    unused_faq: int | None

    @property
    def open_urgent(self) -> tuple[follow_up.Urgent, ...]:
        """Those whose telephone call is not noted."""
        return tuple(one for one in self.urgent if one.told_at is None)


def closed_callbacks(engine: Engine) -> frozenset[str]:
    """The inquiries whose return call is closed: their contacts are needed no more."""
    return frozenset(e.about for e in entries(engine, CALLBACKS) if e.get("closed_at"))


def urgent_complaints(engine: Engine, until: datetime) -> tuple[follow_up.Urgent, ...]:
    """Every urgent complaint known at an instant, the oldest first."""
    return follow_up.urgent_complaints(latest(engine), entries(engine, ESCALATIONS), until)


def open_matters_of(home: Home, engine: Engine, contract: Contract, now: datetime) -> OpenMatters:
    """What is open at an instant."""
    kept, today = latest(engine), civil_date(now)
    callbacks, escalations = entries(engine, CALLBACKS), entries(engine, ESCALATIONS)
    told = {entry.about for entry in escalations}
    operators = {one.operator for one in contract.staff if one.role == "operator"}
    faq = {entry.get("number") for entry in entries(engine, FAQ)}
    return OpenMatters(
        urgent=follow_up.urgent_complaints(kept, escalations, now),
        overdue=tuple(
            Overdue(one.inquiry.inquiry_id, one.due_on)
            for one in follow_up.open_callbacks(kept, callbacks)
            if one.due_on < today
        ),
        unexplained=tuple(
            entry.about
            for entry in callbacks
            if entry.about in told and entry.get("done_by") in operators and not entry.get("reason")
        ),
        unwritten=tuple((m.day, m.call_id, m.recording_id) for m in _unwritten(home, kept)),
        unused_faq=len(faq - {one.inquiry.faq for one in kept}) if faq else None,
    )  # fmt: skip


def unrecorded_calls(home: Home, engine: Engine, today: date) -> int:
    """How many answered calls of the last business day before `today` no record names yet, as the register is now (6(3)イ).

    Raises:
        HomeBusy: the warehouse is being built.
    """
    with warehouse_to_read(home) as connection:
        rows = rows_of(
            connection,
            "select call_id from marts.fct_calls where outcome = 'answered' and call_date = "
            "(select max(call_date) from reports.rpt_daily_kpi where is_business_day and call_date < ?)",
            [today],
        )
    written = {one.inquiry.call_id for one in latest(engine)}
    return sum(call not in written for (call,) in rows)


def unwritten_messages(home: Home, engine: Engine) -> tuple[UnwrittenMessage, ...]:
    """Messages of days that are built which no record names yet, as the register is now; the newest first.

    Raises:
        HomeBusy: the warehouse is being built.
    """
    return _unwritten(home, latest(engine))


def _unwritten(home: Home, kept: Iterable[KeptInquiry]) -> tuple[UnwrittenMessage, ...]:
    written = {one.inquiry.call_id for one in kept if Flag.MESSAGE in one.inquiry.flags}
    with warehouse_to_read(home) as connection:
        rows = rows_of(
            connection,
            "select cast(fct_calls.call_date as varchar), call_id, epoch_us(started_at), recording_id "
            "from marts.fct_calls left join marts.fct_message_recordings using (call_id) "
            "where outcome = 'message' order by started_at desc",
        )
    return tuple(
        UnwrittenMessage(day, call, EPOCH + timedelta(microseconds=at), recording)
        for day, call, at, recording in rows
        if call not in written
    )
