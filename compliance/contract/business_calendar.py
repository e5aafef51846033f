"""The contract's calendar: open days, Monday-weeks and due dates, in Asia/Tokyo (6(1)ア, 6(3)エ).

Open from the first to the last day of the period, without weekends, public holidays (jpholiday) and the
closures that the contract names (12/29–1/3; no holiday library knows them). The work outlives the
period: due dates are business days whether or not the service still runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import jpholiday

from compliance.contract.terms import Contract
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
        self._hours = contract.hours
        self._holidays = contract.holidays

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return self._period.start_date

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return self._period.end_date

    def is_working_day(self, day: date) -> bool:
        """Neither weekend, holiday nor closure, whether the service runs or not."""
        return self._closure(day) is None

    def is_business_day(self, day: date) -> bool:
        """Whether the centre is open on that day."""
        return self.closed_reason(day) is None

    def closed_reason(self, day: date) -> str | None:
        """Why the centre is closed, as printed (土日, the holiday's name, 期間外); null when open."""
        if not self._period.start_date <= day <= self._period.end_date:
            return "期間外"
        return self._closure(day)

    def opens_at(self, day: date) -> datetime | None:
        """The instant of opening; null on a closed day."""
        return self._at(day, self._hours.opens_at) if self.is_business_day(day) else None

    def closes_at(self, day: date) -> datetime | None:
        """The instant of closing, itself outside the hours; null on a closed day."""
        return self._at(day, self._hours.closes_at) if self.is_business_day(day) else None

    def business_days(self, first: date, last: date) -> tuple[date, ...]:
        """Open days from first to last, both included."""
        return tuple(day for day in _days(first, last) if self.is_business_day(day))

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`: 翌営業日, also after the period has ended."""
        following = day + _ONE_DAY
        while not self.is_working_day(following):
            following += _ONE_DAY
        return following

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

    def _closure(self, day: date) -> str | None:
        for closure in self._holidays.closures:
            if closure.contains(day):
                return closure.name
        if self._holidays.public_holidays and (name := jpholiday.is_holiday_name(day)):
            return str(name)
        if self._holidays.weekends and day.weekday() >= 5:
            return "土日"
        return None

    @staticmethod
    def _at(day: date, clock: object) -> datetime:
        return datetime.combine(day, clock, TOKYO)  # type: ignore[arg-type]


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += _ONE_DAY
