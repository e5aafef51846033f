"""Opening as dated rules, the client's own calendar, and what stays equal for the contract as shipped."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import jpholiday
import pytest
from pydantic import ValidationError

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.opening import OpeningRule
from compliance.contract.terms import Contract
from compliance.ground.japan import TOKYO


def under(contract: Contract, **terms: Any) -> BusinessCalendar:
    """The calendar of the shipped contract with rules in the place of its hours."""
    told = contract.model_dump() | {"hours": None} | terms
    return BusinessCalendar(Contract.model_validate(told))


def shown(calendar: BusinessCalendar, day: date) -> str:
    opens, closes = calendar.opens_at(day), calendar.closes_at(day)
    if opens is None or closes is None:
        return str(calendar.closed_reason(day))
    return f"{opens:%d %H:%M}-{closes:%d %H:%M}"


def test_the_shipped_contract_s_calendar_is_what_its_keys_say_day_by_day(
    contract: Contract, calendar: BusinessCalendar
) -> None:
    """Against the rule of the first version, written out: closure, holiday, weekend, in that order."""
    as_rules = under(contract, opening=[{"days": "mon-fri", "from": "09:00", "to": "18:00"}])
    for n in range(200):
        day = contract.period.start_date - timedelta(days=31) + timedelta(days=n)
        is_closure = f"{day:%m-%d}" >= "12-29" or f"{day:%m-%d}" <= "01-03"
        off = "年末年始" if is_closure else jpholiday.is_holiday_name(day)
        off = off or ("土日" if day.weekday() >= 5 else None)
        is_inside = contract.period.start_date <= day <= contract.period.end_date
        assert calendar.closed_reason(day) == (off if is_inside else "期間外")
        assert calendar.is_working_day(day) is (off is None)
        if off is None and is_inside:
            assert calendar.opens_at(day) == datetime(day.year, day.month, day.day, 9, tzinfo=TOKYO)
            assert calendar.closes_at(day) == datetime(
                day.year, day.month, day.day, 18, tzinfo=TOKYO
            )
        assert calendar.night_closes_at(day) is None
        assert shown(as_rules, day) == shown(calendar, day)
        assert as_rules.is_working_day(day) is calendar.is_working_day(day)


@pytest.mark.parametrize(
    ("days", "day", "expected"),
    [
        ("mon-fri", "2023-12-01", True),
        ("mon-fri", "2023-12-02", False),
        ("fri-mon", "2023-12-03", True),
        ("fri-mon", "2023-12-05", False),
        ("sat", "2023-12-02", True),
        ("2nd sun", "2023-12-10", True),
        ("2nd sun", "2023-12-03", False),
        ("last fri", "2023-12-22", False),
        ("last fri", "2024-01-26", True),
        ("mon-fri", "2023-11-23", False),
        ("holiday", "2023-11-23", True),
        ("holiday", "2023-11-24", False),
        (["sat", date(2023, 11, 23)], "2023-11-23", True),
    ],
)
def test_a_rule_holds_on_its_days(contract: Contract, days: Any, day: str, expected: bool) -> None:
    calendar = under(contract, opening=[{"days": days, "from": "08:30", "to": "17:15"}])
    assert calendar.is_business_day(date.fromisoformat(day)) is expected


def test_hours_have_dates_and_the_last_rule_that_fits_is_in_force(contract: Contract) -> None:
    calendar = under(
        contract,
        opening=[
            {"days": "mon-sun", "from": "08:00", "to": "21:00"},
            {"days": "holiday", "from": "09:00", "to": "17:00"},
            {"days": "sat", "from": "09:00", "to": "24:00", "valid_from": date(2024, 1, 1)},
            {"days": "mon-thu", "from": "22:00", "to": "06:00", "valid_from": date(2024, 2, 1), "valid_until": date(2024, 2, 8)},
        ],
        exceptions=[
            {"days": date(2023, 12, 20), "name": "設備点検"},
            {"days": [date(2023, 12, 21)], "name": "短縮", "from": "10:00", "to": "12:00"},
        ],
    )  # fmt: skip
    expected = {
        "2023-11-23": "23 09:00-23 17:00",
        "2023-12-02": "02 08:00-02 21:00",
        "2023-12-20": "設備点検",
        "2023-12-21": "21 10:00-21 12:00",
        "2023-12-30": "年末年始",
        "2024-01-06": "06 09:00-07 00:00",
        "2024-02-01": "01 22:00-02 06:00",
        "2024-02-09": "09 08:00-09 21:00",
    }
    assert {day: shown(calendar, date.fromisoformat(day)) for day in expected} == expected
    assert calendar.night_closes_at(date(2024, 2, 2)) == datetime(2024, 2, 2, 6, tzinfo=TOKYO)
    assert calendar.night_closes_at(date(2024, 1, 7)) is None
    assert calendar.is_open_at(datetime(2024, 2, 2, 5, 59, 59, tzinfo=TOKYO))
    assert not calendar.is_open_at(datetime(2024, 2, 2, 6, tzinfo=TOKYO))


def test_due_days_are_the_client_s_working_days_whenever_the_centre_is_open(
    contract: Contract,
) -> None:
    everyday = [{"days": ["mon-sun", "holiday"], "from": "08:00", "to": "21:00"}]
    calendar = under(
        contract, opening=everyday, holidays={}, client={"closures": contract.model_dump()["holidays"]["closures"]}
    )  # fmt: skip
    assert calendar.is_business_day(date(2024, 1, 1))
    assert calendar.next_working_day(date(2023, 12, 31)) == date(2024, 1, 4)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"days": "weekdays"}, "is no day: write mon-fri"),
        ({"from": "24:00"}, "less than 1440"),
        ({"to": "25:00"}, "no time of the day"),
        ({"valid_from": date(2024, 2, 1), "valid_until": date(2024, 1, 1)}, "lies before"),
    ],
)
def test_a_rule_that_cannot_be_is_told(rule: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        OpeningRule.model_validate({"days": "mon-fri", "from": "09:00", "to": "18:00"} | rule)


def test_hours_and_rules_together_are_refused(contract: Contract) -> None:
    both = contract.model_dump() | {"opening": [{"days": "sat", "from": "09:00", "to": "12:00"}]}
    with pytest.raises(ValidationError, match="either"):
        Contract.model_validate(both)
