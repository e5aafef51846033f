"""What an inquiry leaves to do: a return call until it is closed, the telephone call to the city, a report to it (6(2), 6(3)オ).
Pure over the records in force and the entries of the registers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from compliance.ground.japan import civil_date
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.record import CALLBACK, CITY, Flag
from compliance.registers.entries import KeptEntry
from compliance.registers.known import URGENT_CALL


@dataclass(frozen=True, slots=True)
class OpenCallback:
    """A return call that is not closed. `entry_id` is blank where nothing was entered yet."""

    inquiry: KeptInquiry
    due_on: date
    entry_id: str = ""


@dataclass(frozen=True, slots=True)
class Urgent:
    """An urgent complaint; `told_at` is the telephone call to the city, null while it stays open (6(3)オ)."""

    inquiry_id: str
    call_id: str
    received_at: datetime
    told_at: datetime | None


def open_callbacks(
    kept: Iterable[KeptInquiry], callbacks: Iterable[KeptEntry]
) -> list[OpenCallback]:
    """Every return call that is not closed, the one due first leading. Due is the day noted, else the day after the inquiry."""
    noted = {entry.about: entry for entry in callbacks}
    found = [
        OpenCallback(
            one,
            _due(one, entry.get("due_on") if entry else ""),
            entry.entry_id if entry else "",
        )
        for one in kept
        if one.inquiry.handling == CALLBACK
        and not ((entry := noted.get(one.inquiry_id)) and entry.get("closed_at"))
    ]
    return sorted(found, key=lambda one: (one.due_on, one.inquiry.inquiry.at))


def urgent_complaints(
    kept: Iterable[KeptInquiry], escalations: Iterable[KeptEntry], until: datetime
) -> tuple[Urgent, ...]:
    """Every urgent complaint known at an instant, in the order of the records."""
    calls: dict[str, datetime] = {}
    for entry in escalations:
        told_at = entry.moment("told_at")
        if entry.get("manner") == URGENT_CALL and told_at is not None and told_at <= until:
            calls[entry.about] = min(told_at, calls.get(entry.about, told_at))
    return tuple(
        Urgent(one.inquiry_id, one.inquiry.call_id, one.inquiry.at, calls.get(one.inquiry_id))
        for one in kept
        if Flag.URGENT in one.inquiry.flags and one.inquiry.at <= until
    )


def untold(kept: Iterable[KeptInquiry], escalations: Iterable[KeptEntry]) -> list[KeptInquiry]:
    """Records that go to the city by their handling, and of which no report was entered; urgent ones are listed for themselves."""
    told = {entry.about for entry in escalations}
    return [
        one
        for one in kept
        if one.inquiry.handling == CITY
        and one.inquiry_id not in told
        and Flag.URGENT not in one.inquiry.flags
    ]


def _due(one: KeptInquiry, noted: str) -> date:
    """The day noted; the day after the inquiry where nobody noted one."""
    if noted:
        return date.fromisoformat(noted)
    return civil_date(one.inquiry.at) + timedelta(days=1)
