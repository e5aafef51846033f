"""When a paper is owed: the periods that it covers, and the day on which each is due (9, 6(3)エオ).

`contract.toml` names a rule per paper; a rule says by what the periods go (weeks from Monday, calendar
months, business days) and which working day after a period's end is the last. A paper of a period that
lies outside the contract is owed by nobody, but for months in which something of it is still held (`months_after`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due_terms import DueRule, DueTerms, Unit, terms_of

_MONTHLY = DueTerms(after=Unit.MONTH, working_day=1)
_MONTHS: Mapping[Unit, int] = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
"""How long the periods are that go by months."""
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


def periods(calendar: BusinessCalendar, rule: DueRule | DueTerms) -> tuple[PaperPeriod, ...]:
    """Every period of the contract under a rule, in order. Pure."""
    due = terms_of(rule)
    match due.unit:
        case Unit.DAY:
            return _days(calendar, due)
        case Unit.WEEK:
            return _weeks(calendar, due)
        case Unit.END:
            return (_whole(calendar, due),)
        case Unit.MONTH | Unit.QUARTER | Unit.YEAR:
            return _months(calendar, due)


def due_date(calendar: BusinessCalendar, due: DueTerms, end: date) -> date:
    """The day on which a paper of a period that ends on `end` is due. Pure."""
    if due.working_day is not None:
        return calendar.working_day_after(end, due.working_day)
    month = _month_after(end, 1)
    last = _month_after(month, 1) - timedelta(days=1)
    day = month.replace(day=min(due.day or 1, last.day))
    if calendar.is_working_day(day):
        return day
    if due.on_holiday == "previous":
        return calendar.previous_working_day(day)
    return calendar.next_working_day(day)


def months_after(
    calendar: BusinessCalendar, until: date, rule: DueRule | DueTerms = _MONTHLY
) -> Iterator[PaperPeriod]:
    """The calendar months that begin after the contract's last day and not after `until`, in order: the work outlives the
    period as long as something is held. Pure."""
    starts_on = _month_after(calendar.last_day, 1)
    while starts_on <= until:
        last = _month_after(starts_on, 1) - timedelta(days=1)
        yield _month(calendar, terms_of(rule), starts_on, starts_on, last)
        starts_on = _month_after(starts_on, 1)


def _month_after(day: date, count: int) -> date:
    """The first of the `count`th month after that of a day."""
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def _month(
    calendar: BusinessCalendar, due: DueTerms, starts_on: date, first: date, last: date
) -> PaperPeriod:
    end = _month_after(starts_on, _MONTHS[due.unit]) - timedelta(days=1)
    quarter = (starts_on.month - 4) % 12 // 3 + 1
    fiscal = starts_on.year - (starts_on.month < 4)
    key, label = {
        Unit.MONTH: (f"{starts_on:%Y-%m}", ""),
        Unit.QUARTER: (f"{fiscal}-Q{quarter}", f"{fiscal}年度第{quarter}四半期"),
        Unit.YEAR: (f"{fiscal}", f"{fiscal}年度"),
    }[due.unit]
    return PaperPeriod(
        unit=due.unit,
        key=key,
        label=label,
        starts_on=starts_on,
        first_day=first,
        last_day=last,
        due_date=due_date(calendar, due, end),
    )


def _weeks(calendar: BusinessCalendar, due: DueTerms) -> tuple[PaperPeriod, ...]:
    return tuple(
        PaperPeriod(
            unit=Unit.WEEK,
            key=week.monday.isoformat(),
            label=f"第{week.number}週",
            starts_on=week.monday,
            first_day=week.first_day,
            last_day=week.last_day,
            due_date=due_date(calendar, due, week.monday + timedelta(days=6)),
        )
        for week in calendar.weeks()
    )


def _months(calendar: BusinessCalendar, due: DueTerms) -> tuple[PaperPeriod, ...]:
    found, length = [], _MONTHS[due.unit]
    starts_on = calendar.first_day.replace(day=1)
    starts_on = _month_after(starts_on, -((starts_on.month - 4) % length))
    while starts_on <= calendar.last_day:
        end = _month_after(starts_on, length) - timedelta(days=1)
        first, last = max(starts_on, calendar.first_day), min(end, calendar.last_day)
        found.append(_month(calendar, due, starts_on, first, last))
        starts_on = _month_after(starts_on, length)
    return tuple(found)


def _whole(calendar: BusinessCalendar, due: DueTerms) -> PaperPeriod:
    first, last = calendar.first_day, calendar.last_day
    return PaperPeriod(Unit.END, "end", "", first, first, last, due_date(calendar, due, last))


def _days(calendar: BusinessCalendar, due: DueTerms) -> tuple[PaperPeriod, ...]:
    days = calendar.business_days(calendar.first_day, calendar.last_day)
    if not days:
        return ()
    firsts = (calendar.first_day, *days[1:])
    lasts = (*(day - timedelta(days=1) for day in days[1:]), calendar.last_day)
    return tuple(
        PaperPeriod(Unit.DAY, day.isoformat(), "", day, first, last, due_date(calendar, due, day))
        for day, first, last in zip(days, firsts, lasts, strict=True)
    )
