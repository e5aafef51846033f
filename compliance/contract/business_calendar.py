"""The contract's calendar: open days, Monday-weeks and due dates, in Asia/Tokyo (6(1)ア, 6(3)エ).

The centre is open from the first to the last day of the period under the contract's rules, without public holidays (jpholiday)
and the closures that the contract names (12/29–1/3; no holiday library knows them). The client's calendar is another: due dates
are its working days, whether or not the service still runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

import jpholiday

from compliance.contract.opening import OpeningRule, naming, rule_of
from compliance.contract.terms import Contract, Holidays
from compliance.ground.japan import TOKYO

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ContractWeek:
    """One Monday-week of the contract. `first_day`/`last_day`: its part within the period."""

    number: int
    monday: date
    first_day: date
    last_day: date
    business_days: tuple[date, ...]
    due_date: date


class BusinessCalendar:
    """Answers for one contract; pure."""

    def __init__(self, contract: Contract) -> None:
        self._period = contract.period
        self._rules = contract.opening_rules
        self._exceptions = {day: one for one in contract.exceptions for day in one.days}
        self._holidays = contract.holidays
        self._client = contract.client_days

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return self._period.start_date

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return self._period.end_date

    def is_working_day(self, day: date) -> bool:
        """Whether the client works: neither weekend, holiday nor closure of its own, whether the service runs or not."""
        return _day_off(self._client, day) is None and not (
            self._client.weekends and day.weekday() >= 5
        )

    def is_business_day(self, day: date) -> bool:
        """Whether the centre is open on that day."""
        return self.closed_reason(day) is None

    def closed_reason(self, day: date) -> str | None:
        """Why the centre is closed, as printed (土日, the holiday's name, 期間外); null when open."""
        if not self._period.start_date <= day <= self._period.end_date:
            return "期間外"
        found = self._opening(day)
        return found if isinstance(found, str) else None

    def opens_at(self, day: date) -> datetime | None:
        """The instant of opening; null on a closed day."""
        span = self._span(day)
        return span[0] if span else None

    def closes_at(self, day: date) -> datetime | None:
        """The instant of closing, itself outside the hours, on the following day where the hours go over midnight; null on a
        closed day."""
        span = self._span(day)
        return span[1] if span else None

    def night_closes_at(self, day: date) -> datetime | None:
        """Until when the centre is open on that day from the evening before; null where it was not."""
        span = self._span(day - _ONE_DAY)
        return span[1] if span and span[1] > _midnight(day) else None

    def is_open_at(self, moment: datetime) -> bool:
        """Whether the centre is open at an instant."""
        day = moment.astimezone(TOKYO).date()
        spans = (self._span(day - _ONE_DAY), self._span(day))
        return any(span[0] <= moment < span[1] for span in spans if span)

    def business_days(self, first: date, last: date) -> tuple[date, ...]:
        """Open days from first to last, both included."""
        return tuple(day for day in _days(first, last) if self.is_business_day(day))

    def working_day_after(self, day: date, count: int) -> date:
        """The client's `count`th working day after `day`."""
        for _ in range(count):
            day = self.next_working_day(day)
        return day

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`: 翌営業日, also after the period has ended."""
        following = day + _ONE_DAY
        while not self.is_working_day(following):
            following += _ONE_DAY
        return following

    def previous_working_day(self, day: date) -> date:
        """The client's last working day before `day`."""
        earlier = day - _ONE_DAY
        while not self.is_working_day(earlier):
            earlier -= _ONE_DAY
        return earlier

    def weeks(self) -> tuple[ContractWeek, ...]:
        """The contract's weeks in order, numbered from 1."""
        return self._weeks

    def week_of(self, day: date) -> ContractWeek | None:
        """The contract week that a day falls into; null outside the period's weeks."""
        monday = day - timedelta(days=day.weekday())
        return next((week for week in self._weeks if week.monday == monday), None)

    @cached_property
    def _weeks(self) -> tuple[ContractWeek, ...]:
        start, end = self._period.start_date, self._period.end_date
        monday = start - timedelta(days=start.weekday())
        weeks: list[ContractWeek] = []
        while monday <= end:
            sunday = monday + 6 * _ONE_DAY
            first, last = max(monday, start), min(sunday, end)
            weeks.append(
                ContractWeek(
                    number=len(weeks) + 1,
                    monday=monday,
                    first_day=first,
                    last_day=last,
                    business_days=self.business_days(first, last),
                    due_date=self.next_working_day(sunday),
                )
            )
            monday += 7 * _ONE_DAY
        return tuple(weeks)

    def _opening(self, day: date) -> OpeningRule | str:
        """The hours of a day, or why there are none, whether the service runs or not."""
        if exception := self._exceptions.get(day):
            return exception.span() or exception.name
        if named := naming(self._rules, day):
            return named
        if off := _day_off(self._holidays, day):
            is_holiday = not any(one.contains(day) for one in self._holidays.closures)
            return (is_holiday and rule_of(self._rules, day, is_holiday=True)) or off
        if rule := rule_of(self._rules, day, is_holiday=False):
            return rule
        return "土日" if day.weekday() >= 5 else "休業日"

    def _span(self, day: date) -> tuple[datetime, datetime] | None:
        if not self._period.start_date <= day <= self._period.end_date:
            return None
        rule = self._opening(day)
        if isinstance(rule, str):
            return None
        opens = _midnight(day) + timedelta(minutes=rule.opens)
        return opens, opens + rule.lasts


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TOKYO)


def _day_off(holidays: Holidays, day: date) -> str | None:
    """The closure or the public holiday that a day is; null where it is none that counts."""
    for closure in holidays.closures:
        if closure.contains(day):
            return closure.name
    if holidays.public_holidays and (name := jpholiday.is_holiday_name(day)):
        return str(name)
    return None


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += _ONE_DAY
