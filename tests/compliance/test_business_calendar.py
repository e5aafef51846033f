"""Open days, weeks and due dates of this contract, against days counted by hand (6(1)ア, 6(3)エ)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.home.session import read_settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.japan import TOKYO

CALENDAR = BusinessCalendar(read_settings(environment={}).contract)
FIRST, LAST = date(2023, 11, 20), date(2024, 2, 29)


def test_the_contract_has_66_open_days_in_15_weeks(calendar: BusinessCalendar) -> None:
    by_month = {
        month: sum(day.month == month for day in calendar.business_days(FIRST, LAST))
        for month in (11, 12, 1, 2)
    }
    assert by_month == {11: 8, 12: 20, 1: 19, 2: 19}
    assert len(calendar.weeks()) == 15


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2023-11-19", "期間外"),
        ("2023-11-20", None),
        ("2023-11-23", "勤労感謝の日"),
        ("2023-11-25", "土日"),
        ("2023-12-28", None),
        ("2023-12-29", "年末年始"),
        ("2024-01-01", "年末年始"),
        ("2024-01-03", "年末年始"),
        ("2024-01-04", None),
        ("2024-01-08", "成人の日"),
        ("2024-02-12", "建国記念の日 振替休日"),
        ("2024-02-23", "天皇誕生日"),
        ("2024-02-29", None),
        ("2024-03-01", "期間外"),
    ],
)
def test_each_closed_day_says_why(calendar: BusinessCalendar, day: str, reason: str | None) -> None:
    assert calendar.closed_reason(date.fromisoformat(day)) == reason


@pytest.mark.parametrize(
    ("number", "monday", "open_days", "due"),
    [
        (1, "2023-11-20", 4, "2023-11-27"),
        (2, "2023-11-27", 5, "2023-12-04"),
        (6, "2023-12-25", 4, "2024-01-04"),
        (7, "2024-01-01", 2, "2024-01-09"),
        (8, "2024-01-08", 4, "2024-01-15"),
        (12, "2024-02-05", 5, "2024-02-13"),
        (15, "2024-02-26", 4, "2024-03-04"),
    ],
)
def test_a_week_is_due_on_the_first_business_day_of_the_next(
    calendar: BusinessCalendar, number: int, monday: str, open_days: int, due: str
) -> None:
    week = calendar.weeks()[number - 1]
    assert (week.number, week.monday.isoformat()) == (number, monday)
    assert len(week.business_days) == open_days
    assert week.due_date.isoformat() == due


def test_hours_are_japans_and_the_closing_moment_lies_outside(calendar: BusinessCalendar) -> None:
    day = date(2023, 11, 20)
    assert calendar.opens_at(day) == datetime(2023, 11, 20, 0, 0, tzinfo=UTC)
    assert calendar.closes_at(day) == datetime(2023, 11, 20, 18, 0, tzinfo=TOKYO)
    assert calendar.opens_at(date(2023, 11, 23)) is None


@given(st.dates(date(2023, 1, 1), date(2025, 12, 31)))
def test_the_next_working_day_is_working_and_none_lies_between(day: date) -> None:
    following = CALENDAR.next_working_day(day)
    assert following > day
    assert CALENDAR.is_working_day(following)
    between = [day + timedelta(days=n) for n in range(1, (following - day).days)]
    assert not any(CALENDAR.is_working_day(skipped) for skipped in between)


@given(st.dates(FIRST, LAST))
def test_every_day_of_the_period_lies_in_exactly_one_week(day: date) -> None:
    holding = [w for w in CALENDAR.weeks() if w.first_day <= day <= w.last_day]
    assert len(holding) == 1
    assert CALENDAR.week_of(day) == holding[0]
    assert (day in holding[0].business_days) is CALENDAR.is_business_day(day)
