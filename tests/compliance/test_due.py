"""Due rules against days counted by hand, on the client's working days."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from compliance.contract.due_terms import DueRule, DueTerms


def due_days(calendar: BusinessCalendar, **rule: Any) -> dict[str, str]:
    found = periods(calendar, DueTerms.model_validate(rule))
    return {one.key: one.due_date.isoformat() for one in found}


def test_the_tenth_of_the_next_month_goes_to_a_working_day(calendar: BusinessCalendar) -> None:
    tenth = due_days(calendar, after="month", day=10)
    assert tenth == {
        "2023-11": "2023-12-11",
        "2023-12": "2024-01-10",
        "2024-01": "2024-02-13",
        "2024-02": "2024-03-11",
    }
    before = due_days(calendar, after="month", day=10, on_holiday="previous")
    assert list(before.values()) == ["2023-12-08", "2024-01-10", "2024-02-09", "2024-03-08"]
    assert due_days(calendar, after="month", day=31)["2024-01"] == "2024-02-29"


def test_the_nth_working_day_skips_what_is_none(calendar: BusinessCalendar) -> None:
    assert due_days(calendar, after="month", working_day=5)["2023-12"] == "2024-01-11"
    assert due_days(calendar, after="week", working_day=2)["2023-12-25"] == "2024-01-05"
    assert due_days(calendar, after="day", working_day=3)["2023-12-28"] == "2024-01-09"


def test_quarters_and_years_are_fiscal_and_the_end_is_the_contract_s(
    calendar: BusinessCalendar,
) -> None:
    assert due_days(calendar, after="quarter", working_day=1) == {
        "2023-Q3": "2024-01-04",
        "2023-Q4": "2024-04-01",
    }
    assert due_days(calendar, after="year", day=10) == {"2023": "2024-04-10"}
    assert due_days(calendar, after="end", working_day=1) == {"end": "2024-03-01"}


@pytest.mark.parametrize("rule", list(DueRule))
def test_a_rule_by_a_word_is_the_first_working_day(
    calendar: BusinessCalendar, rule: DueRule
) -> None:
    spelled = DueTerms(after=rule.unit, working_day=1)
    assert periods(calendar, rule) == periods(calendar, spelled)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"after": "month"}, "write one"),
        ({"after": "month", "day": 10, "working_day": 1}, "write one"),
        ({"after": "week", "day": 10}, "of no month"),
        ({"after": "month", "day": 32}, "less than or equal to 31"),
    ],
)
def test_a_rule_that_cannot_be_is_told(rule: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        DueTerms.model_validate(rule)
