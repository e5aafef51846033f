"""When a paper is owed: the periods that it covers, and the day on which each is due (9, 6(3)エオ).

`contract.toml` names a rule per paper; a rule says by what the periods go (weeks from Monday, calendar
months, business days) and which working day after a period's end is the last. A paper of a period that
lies outside the contract is owed by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.terms import DueRule, Unit


@dataclass(frozen=True, slots=True)
class PaperPeriod:
    """One period of a paper. `starts_on` is the Monday, the first of the month or the day itself;
    `first_day`/`last_day` its part within the contract's period. `key` names it in folders and registers,
    `label` in a file's name (blank where the key says it)."""

    unit: Unit
    key: str
    label: str
    starts_on: date
    first_day: date
    last_day: date
    due_date: date


def periods(calendar: BusinessCalendar, rule: DueRule) -> tuple[PaperPeriod, ...]:
    """Every period of the contract under a rule, in order. Pure."""
    return _PERIODS[rule.unit](calendar)


def _weeks(calendar: BusinessCalendar) -> tuple[PaperPeriod, ...]:
    return tuple(
        PaperPeriod(
            unit=Unit.WEEK,
            key=week.monday.isoformat(),
            label=f"第{week.number}週",
            starts_on=week.monday,
            first_day=week.first_day,
            last_day=week.last_day,
            due_date=week.due_date,
        )
        for week in calendar.weeks()
    )


def _months(calendar: BusinessCalendar) -> tuple[PaperPeriod, ...]:
    found = []
    starts_on = calendar.first_day.replace(day=1)
    while starts_on <= calendar.last_day:
        next_month = (starts_on + timedelta(days=31)).replace(day=1)
        end = next_month - timedelta(days=1)
        found.append(
            PaperPeriod(
                unit=Unit.MONTH,
                key=f"{starts_on:%Y-%m}",
                label="",
                starts_on=starts_on,
                first_day=max(starts_on, calendar.first_day),
                last_day=min(end, calendar.last_day),
                due_date=calendar.next_working_day(end),
            )
        )
        starts_on = next_month
    return tuple(found)


def _days(calendar: BusinessCalendar) -> tuple[PaperPeriod, ...]:
    return tuple(
        PaperPeriod(Unit.DAY, day.isoformat(), "", day, day, day, calendar.next_working_day(day))
        for day in calendar.business_days(calendar.first_day, calendar.last_day)
    )


_PERIODS: Mapping[Unit, Callable[[BusinessCalendar], tuple[PaperPeriod, ...]]] = {
    Unit.DAY: _days,
    Unit.WEEK: _weeks,
    Unit.MONTH: _months,
}
