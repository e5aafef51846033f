"""When a paper is owed: the periods that it covers, and the day on which each is due (9, 6(3)エオ).

`contract.toml` names a rule per paper; a rule says by what the periods go (weeks from Monday, calendar
months, business days) and which working day after a period's end is the last. A paper of a period that
lies outside the contract is owed by nobody, but for months in which something of it is still held (`months_after`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.terms import DueRule, Unit

NO_DAY = date.max
"""Stands for the due day of a paper that nobody is owed by a day: it is a draft until somebody confirms it, and never late."""


@dataclass(frozen=True, slots=True)
class PaperPeriod:
    """One period of a paper. `starts_on` is the Monday, the first of the month or the business day itself;
    `first_day`/`last_day` its part within the contract's period (a business day with the closed ones after it, so that
    no day is without a paper). `key` names it in folders and registers,
    `label` in a file's name (blank where the key says it)."""

    unit: Unit
    key: str
    label: str
    starts_on: date
    first_day: date
    last_day: date
    due_date: date


def without_period(unit: Unit, key: str, on: date) -> PaperPeriod:
    """What stands for the period of a paper that is made when somebody asks for it, on that day; no day is set for it. Pure."""
    return PaperPeriod(unit, key, "", on, on, on, NO_DAY)


def periods(calendar: BusinessCalendar, rule: DueRule) -> tuple[PaperPeriod, ...]:
    """Every period of the contract under a rule, in order. Pure."""
    return _PERIODS[rule.unit](calendar)


def months_after(calendar: BusinessCalendar, until: date) -> Iterator[PaperPeriod]:
    """The calendar months that begin after the contract's last day and not after `until`, in order: the work outlives the
    period as long as something is held. Pure."""
    starts_on = _next_month(calendar.last_day)
    while starts_on <= until:
        last = _next_month(starts_on) - timedelta(days=1)
        yield _month(calendar, starts_on, starts_on, last)
        starts_on = _next_month(starts_on)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _month(calendar: BusinessCalendar, starts_on: date, first: date, last: date) -> PaperPeriod:
    return PaperPeriod(
        unit=Unit.MONTH,
        key=f"{starts_on:%Y-%m}",
        label="",
        starts_on=starts_on,
        first_day=first,
        last_day=last,
        due_date=calendar.next_working_day(_next_month(starts_on) - timedelta(days=1)),
    )


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
        end = _next_month(starts_on) - timedelta(days=1)
        first, last = max(starts_on, calendar.first_day), min(end, calendar.last_day)
        found.append(_month(calendar, starts_on, first, last))
        starts_on = _next_month(starts_on)
    return tuple(found)


def _days(calendar: BusinessCalendar) -> tuple[PaperPeriod, ...]:
    days = calendar.business_days(calendar.first_day, calendar.last_day)
    if not days:
        return ()
    firsts = (calendar.first_day, *days[1:])
    lasts = (*(day - timedelta(days=1) for day in days[1:]), calendar.last_day)
    return tuple(
        PaperPeriod(Unit.DAY, day.isoformat(), "", day, first, last, calendar.next_working_day(day))
        for day, first, last in zip(days, firsts, lasts, strict=True)
    )


_PERIODS: Mapping[Unit, Callable[[BusinessCalendar], tuple[PaperPeriod, ...]]] = {
    Unit.DAY: _days,
    Unit.WEEK: _weeks,
    Unit.MONTH: _months,
}
