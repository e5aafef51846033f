"""Sections 4 and 9 to 11, and the 別紙 with their words: nothing told twice, nothing left out however late it is noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import create_engine

from application.home.session import read_settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from compliance.contract.due_terms import DueRule
from compliance.contract.terms import Contract
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.record import Flag, Inquiry
from compliance.registers.description import Register
from compliance.registers.entries import KeptEntry
from reporting.paper.kind import Reading
from reporting.paper.receipts import receipt_numbers
from reporting.voices.corrections import corrections_between
from reporting.voices.kind import VOICES
from reporting.voices.pdf import texts
from reporting.weekly.corrections import corrections_between as corrections_of_weekly
from reporting.weekly.follow_ups import FollowUps, read_follow_ups
from tests.homes import ROOT
from tests.reporting.reports import report

MONDAY, TUESDAY = datetime(2023, 11, 27, 1, tzinfo=UTC), datetime(2023, 11, 28, 1, tzinfo=UTC)
DUE = datetime(2023, 12, 4, 6, tzinfo=TOKYO)
BEFORE = datetime(2023, 11, 27, 6, tzinfo=TOKYO)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return read_settings(ROOT / "contracts/sapporo-2023/contract.toml", environment={}).contract


def inquiry(number: int, at: datetime, *flags: Flag, **facts: Any) -> KeptInquiry:
    record = Inquiry(
        call_id=f"1701046800.{number}", number=1, at=at, operator="op1", category="policy", item="limit",
        flags=frozenset(flags), **{"handling": "listened", "voice": "question"} | facts,
    )  # fmt: skip
    return KeptInquiry(f"Q-{number:024x}", 1, record, at, "op1", True, False, True)


def entry(register: str, about: KeptInquiry | None, at: datetime, **values: str) -> KeptEntry:
    key = f"{register}{values}"
    return KeptEntry(register, key, 1, about.inquiry_id if about else "", values, at, "sv1", True)


def reading(
    contract: Contract, known: list[KeptInquiry], noted: list[KeptEntry], **facts: Any
) -> Reading:
    week = next(
        p
        for p in periods(BusinessCalendar(contract), DueRule.FIRST_BUSINESS_DAY_OF_NEXT_WEEK)
        if p.starts_on == date(2023, 11, 27)
    )

    def entries(register: Register, until: datetime | None) -> list[KeptEntry]:
        return [
            one
            for one in noted
            if one.register == register.name and (until is None or one.recorded_at <= until)
        ]

    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.execute(
        "create table marts.fct_calls as select '1701046800.1' as call_id, "
        "timestamp '2023-11-27 10:00:00' as started_at_local, 0 as recording_count, true as has_message, "
        "'inbound' as direction, date '2023-11-27' as call_date"
    )
    return Reading(
        connection=connection,
        contract=contract,
        period=week,
        counted_until=week.last_day,
        problems=[],
        verdicts=list,
        inquiries=lambda: known,
        entries=entries,
        made_at=facts.get("made_at", DUE),
        engine=create_engine("sqlite://"),
        home=Home.at(Path("nowhere")),
    )


def follow_ups(contract: Contract, known: list[KeptInquiry], noted: list[KeptEntry]) -> FollowUps:
    found = read_follow_ups(reading(contract, known, noted), BEFORE, {"mg1": "21"})
    assert found is not None
    return found


def test_without_a_record_nothing_is_said(contract: Contract) -> None:
    late = inquiry(1, TUESDAY + timedelta(days=9))
    assert read_follow_ups(reading(contract, [late], []), BEFORE, {}) is None


def test_callbacks_are_open_until_they_were_closed_when_the_paper_was_due(
    contract: Contract,
) -> None:
    asked = [
        inquiry(n, MONDAY - timedelta(days=7 * (n == 4)), handling="callback") for n in range(5)
    ]
    noted = [
        entry("callbacks", asked[0], TUESDAY, due_on="2023-11-28", closed_at="2023-11-28T10:00:00+09:00"),
        entry("callbacks", asked[1], TUESDAY, due_on="2023-11-28", result="absent"),
        entry("callbacks", asked[2], DUE + timedelta(hours=4), due_on="2023-11-28", closed_at="2023-12-04T10:00:00+09:00"),
    ]  # fmt: skip
    found = follow_ups(contract, asked, noted)
    assert found.callbacks_asked == 4
    assert [(one.inquiry_id, one.tried) for one in found.open_callbacks] == [
        (asked[1].inquiry_id, "不在"),
        *((asked[n].inquiry_id, "") for n in (2, 3, 4)),
    ]


@pytest.mark.parametrize(
    ("recorded_at", "is_told"),
    [(BEFORE, False), (BEFORE + timedelta(seconds=1), True), (DUE, True), (DUE + timedelta(seconds=1), False)],
)  # fmt: skip
def test_what_was_noted_since_the_paper_before_is_told(
    contract: Contract, recorded_at: datetime, *, is_told: bool
) -> None:
    case = inquiry(1, MONDAY, handling="city")
    told = entry("escalations", case, recorded_at, told_at="2023-11-25T10:00:00+09:00", manner="report", told_by="mg1", answered_at="2023-11-25T11:00:00+09:00")  # fmt: skip
    faq = entry("faq", None, recorded_at, number="F-1", version="2", title="題", change="revised", asked_by="city", made_on="2023-11-25", confirmed_on="2023-11-26")  # fmt: skip
    found = follow_ups(contract, [case], [told, faq])
    assert [one.told_by for one in found.reports] == ["21"] * is_told
    assert [one.number for one in found.faq] == ["F-1"] * is_told


def test_what_waits_for_the_city_stays_in_every_paper_until_it_is_answered(
    contract: Contract,
) -> None:
    case, other = inquiry(1, MONDAY, handling="city"), inquiry(2, MONDAY, handling="city")
    facts = {"told_at": "2023-11-24T10:00:00+09:00", "manner": "report", "told_by": "mg1"}
    change = {"title": "題", "change": "revised", "asked_by": "city", "made_on": "2023-11-25"}
    noted = [
        entry("escalations", case, BEFORE, **facts),
        entry("escalations", other, BEFORE, answered_at="2023-11-25T10:00:00+09:00", **facts),
        entry("faq", None, BEFORE, number="F-1", version="2", **change),
        entry("faq", None, BEFORE, number="F-2", version="2", confirmed_on="2023-11-26", **change),
    ]
    found = follow_ups(contract, [case, other], noted)
    (told,) = found.reports
    assert (told.receipt_number, told.is_earlier, told.is_answered) == ("1127-1000", True, False)
    assert [(one.number, one.is_earlier) for one in found.faq] == [("F-1", True)]
    assert (found.waiting_reports, found.faq_waiting) == (1, 1)
    answered = entry("escalations", case, TUESDAY, answered_at="2023-11-28T10:00:00+09:00", **facts)
    found = follow_ups(contract, [case, other], [answered])
    assert [(one.is_answered, one.is_earlier) for one in found.reports] == [(True, False)]


@pytest.mark.parametrize(("due_on", "is_overdue"), [("2023-12-03", True), ("2023-12-04", False)])
def test_a_return_call_past_its_day_is_overdue(
    contract: Contract, due_on: str, *, is_overdue: bool
) -> None:
    case = inquiry(1, MONDAY, handling="callback")
    found = follow_ups(contract, [case], [entry("callbacks", case, TUESDAY, due_on=due_on)])
    assert [one.is_overdue for one in found.open_callbacks] == [is_overdue]
    assert found.overdue_callbacks == is_overdue


def test_faqs_are_awaited_received_or_waiting_for_the_city(contract: Contract) -> None:
    case = inquiry(1, MONDAY)
    facts = {"title": "題", "change": "new", "asked_by": "city", "made_on": "2023-11-13"}
    assert follow_ups(contract, [case], []).faq_waiting is None
    noted = [
        entry("faq", None, BEFORE, number="F-1", version="1", confirmed_on="2023-11-14", **facts),
        entry("faq", None, TUESDAY, number="F-2", version="1", **facts),
    ]
    found = follow_ups(contract, [case], noted)
    assert (found.faq_waiting, found.faq) == (1, ()), "handed over before the first day: no change"


def test_messages_and_complaints_are_of_the_week_they_came_in(contract: Contract) -> None:
    known = [
        inquiry(1, MONDAY, Flag.MESSAGE, Flag.COMPLAINT),
        inquiry(2, TUESDAY, Flag.COMPLAINT),
        inquiry(3, MONDAY - timedelta(days=3), Flag.MESSAGE),
    ]
    found = follow_ups(contract, known, [])
    assert [one.call_id for one in found.messages] == ["1701046800.1"]
    assert found.complaint_days == (date(2023, 11, 27), date(2023, 11, 28))


@pytest.mark.parametrize(("moved", "lines"), [(0, 0), (1, 1), (20, 20), (21, 1)])
def test_records_that_moved_are_named_and_many_are_counted(
    contract: Contract, moved: int, lines: int
) -> None:
    known = [inquiry(n, MONDAY) for n in range(30)]
    later = [
        inquiry(n, MONDAY, voice="thanks") if n < moved else kept for n, kept in enumerate(known)
    ]
    before, after = (
        replace(report(), follow_ups=follow_ups(contract, k, [])) for k in (known, later)
    )
    told = [c for c in corrections_of_weekly(before, after) if c.item.startswith("対応記録")]
    assert len(told) == lines
    if moved == 1:
        assert told[0].item == f"対応記録　{known[0].inquiry_id}"


# ---- the 別紙


def test_the_words_are_of_messages_opinions_and_reports_of_the_week(contract: Contract) -> None:
    known = [
        inquiry(1, MONDAY, Flag.MESSAGE),
        inquiry(2, TUESDAY, voice="opinion", stance="against"),
        inquiry(3, TUESDAY, voice="question"),
        inquiry(4, TUESDAY, Flag.COMPLAINT, voice="opinion"),
        inquiry(5, MONDAY - timedelta(days=5), voice="opinion"),
        inquiry(6, TUESDAY, handling="city"),
    ]
    told = entry("escalations", known[5], TUESDAY, told_at="2023-11-28T11:00:00+09:00", manner="report", told_by="mg1")  # fmt: skip
    voices = VOICES.read(reading(contract, known, [told]))
    assert VOICES.subjects(voices) == tuple(known[n].inquiry_id for n in (0, 1, 5))

    class Spoken:
        def summary(self, inquiry_id: str, revision: int) -> str:
            return "" if inquiry_id == known[1].inquiry_id else f"言葉{revision}"

        def entry(self, register: str, entry_id: str, revision: int) -> dict[str, str]:
            return {"reached": "架空係長"}

    printed = texts(VOICES.told(voices, Spoken()), DUE)
    ((number, _, _, words, _, sound),) = printed["messages"]
    assert (number, words, sound) == ("1127-1000", "言葉1", "有")
    assert [row[2:] for row in printed["opinions"]] == [("意見・反対", "（消去済み）")]
    assert [(row[0], *row[5:]) for row in printed["reports"]] == [
        ("1128-1000", "架空係長", "未記入")
    ]
    for form in ("pdf", "xlsx"):
        assert len(VOICES.render(form, VOICES.told(voices, Spoken()), DUE)) > 5_000
    later = VOICES.read(reading(contract, known[1:], []))
    assert [(c.item, c.after) for c in corrections_between(voices, later)] == [
        ("預かりメッセージ　1127-1000", "取消し"),
        ("市への報告・引継ぎ", "0件"),
    ]


def test_a_call_has_one_number_whatever_days_are_looked_at() -> None:
    """A contract of more than a year: the same minute of another year is another minute."""
    first, same = datetime(2023, 11, 27, 10, 0, 5), datetime(2023, 11, 27, 10, 0, 40)  # noqa: DTZ001
    year_later = datetime(2024, 11, 27, 10, 0)  # noqa: DTZ001
    assert receipt_numbers([first, same, year_later]) == ["1127-1000", "1127-1000-2", "1127-1000"]
    assert receipt_numbers([year_later]) == ["1127-1000"]
