"""What an inquiry leaves to do: return calls in the order of their days, the telephone call to the city, what it was not told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from compliance.inquiries.follow_up import open_callbacks, untold, urgent_complaints
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.record import Flag, Inquiry
from compliance.registers.description import Register
from compliance.registers.entries import KeptEntry
from compliance.registers.handling import AREAS, AUDITS, TAKEOUTS
from compliance.registers.known import CALLBACKS, COMPLAINTS, ESCALATIONS
from compliance.registers.waiting import waiting

AT = datetime(2023, 11, 20, 15, 30, tzinfo=UTC)  # the 21st in Japan


def record(one: str, handling: str, at: datetime = AT, *flags: Flag) -> KeptInquiry:
    given = Inquiry(
        "1700438494.0", 1, at, "op1", "survey", "how", handling=handling, flags=frozenset(flags)
    )
    return KeptInquiry(one, 1, given, at, "op1", False, False, False)  # fmt: skip


def entry(register: Register, about: str = "", **values: str) -> KeptEntry:
    return KeptEntry(register.name, f"E-{about}", 1, about, values, AT, "sv1", False)


def test_a_return_call_is_open_until_it_is_closed_and_due_the_day_after_where_nobody_noted_one() -> (
    None
):
    kept = [
        record("Q-1", "callback"),
        record("Q-2", "callback"),
        record("Q-3", "callback"),
        record("Q-4", "faq"),
    ]
    noted = [entry(CALLBACKS, "Q-2", due_on="2023-11-21", done_at=AT.isoformat()),
             entry(CALLBACKS, "Q-3", closed_at=AT.isoformat())]  # fmt: skip
    found = open_callbacks(kept, noted)
    assert [(o.inquiry.inquiry_id, o.due_on, o.entry_id) for o in found] == [
        ("Q-2", date(2023, 11, 21), "E-Q-2"), ("Q-1", date(2023, 11, 22), ""),
    ]  # fmt: skip


def test_an_urgent_complaint_is_told_by_telephone_only_and_by_the_first_call() -> None:
    kept = [record("Q-1", "city", AT, Flag.URGENT), record("Q-2", "city", AT, Flag.URGENT)]
    first, second = AT + timedelta(minutes=5), AT + timedelta(minutes=9)
    noted = [
        entry(ESCALATIONS, "Q-1", manner="urgent_call", told_at=second.isoformat()),
        entry(ESCALATIONS, "Q-1", manner="urgent_call", told_at=first.isoformat()),
        entry(ESCALATIONS, "Q-2", manner="report", told_at=first.isoformat()),
    ]
    told = {u.inquiry_id: u.told_at for u in urgent_complaints(kept, noted, second)}
    assert told == {"Q-1": first, "Q-2": None}
    assert urgent_complaints(kept, noted, AT)[0].told_at is None
    assert urgent_complaints(kept, noted, AT - timedelta(minutes=1)) == ()


def test_what_goes_to_the_city_is_untold_until_any_report_of_it() -> None:
    kept = [record("Q-1", "city"), record("Q-2", "city"), record("Q-3", "city", AT, Flag.URGENT), record("Q-4", "faq")]  # fmt: skip
    assert [o.inquiry_id for o in untold(kept, [entry(ESCALATIONS, "Q-2")])] == ["Q-1"]


@pytest.mark.parametrize(
    ("register", "values", "is_open"),
    [
        (CALLBACKS, {}, True),
        (CALLBACKS, {"closed_at": AT.isoformat()}, False),
        (COMPLAINTS, {}, True),
        (COMPLAINTS, {"status": "callback"}, True),
        (COMPLAINTS, {"status": "closed"}, False),
        (TAKEOUTS, {}, False),
        (TAKEOUTS, {"due_on": "2023-11-21"}, True),
        (TAKEOUTS, {"due_on": "2023-11-21", "back_on": "2023-11-20"}, False),
        (AREAS, {"name": "応対室"}, False),
    ],
)
def test_an_entry_waits_as_its_register_says(
    register: Register, values: dict[str, str], is_open: bool
) -> None:
    assert bool(waiting(register, [entry(register, "", **values)])) is is_open


def test_a_finding_waits_no_more_once_a_later_look_found_it_met() -> None:
    found = entry(AUDITS, "", section="7", on="2023-11-15", result="unmet", due_on="2023-12-15")
    later = entry(AUDITS, "", section="7", on="2023-12-15", result="met")
    assert waiting(AUDITS, [found]) == [found] and waiting(AUDITS, [found, later]) == []
    assert waiting(AUDITS, [found, entry(AUDITS, "", section="8", on="2023-12-15", result="met")]) == [found]  # fmt: skip
