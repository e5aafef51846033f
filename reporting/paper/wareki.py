"""Dates as Japanese papers write them: 令和 years and the day of the week.

The first year of an era is 元年. Only 平成 and 令和 are known: nothing that this contract dates lies
before 1989, and an earlier day is a mistake worth hearing about.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time

_ERAS = ((date(2019, 5, 1), "令和"), (date(1989, 1, 8), "平成"))
_WEEKDAYS = "月火水木金土日"
_PLAIN = re.compile(
    rf"(?P<era>{'|'.join(name for _, name in _ERAS)})(?P<year>元|\d+)年(?P<month>\d+)月(?P<day>\d+)日"
)


def weekday(day: date) -> str:
    """The day of the week, one character."""
    return _WEEKDAYS[day.weekday()]


def year(day: date) -> str:
    """令和5年.

    Raises:
        ValueError: the day lies before 平成.
    """
    for begins, name in _ERAS:
        if day >= begins:
            number = day.year - begins.year + 1
            return f"{name}{'元' if number == 1 else number}年"
    raise ValueError(f"{day} lies before the eras that papers of this contract can date")


def plain(day: date) -> str:
    """令和5年11月20日."""
    return f"{year(day)}{day.month}月{day.day}日"


def day_in(text: str) -> date | None:
    """The first day that a text names as `plain` writes it; null where it names none.

    >>> day_in(span(date(2023, 12, 4), date(2023, 12, 10)))
    datetime.date(2023, 12, 4)
    """
    found = _PLAIN.search(text)
    if found is None:
        return None
    begins = next(first for first, name in _ERAS if name == found["era"])
    number = 1 if found["year"] == "元" else int(found["year"])
    return date(begins.year + number - 1, int(found["month"]), int(found["day"]))


def full(day: date) -> str:
    """令和5年11月20日（月）."""
    return f"{plain(day)}（{weekday(day)}）"


def month_day(day: date) -> str:
    """11月20日（月）."""
    return f"{day.month}月{day.day}日（{weekday(day)}）"


def span(first: date, last: date) -> str:
    """令和5年11月20日（月）から11月26日（日）まで; the year is repeated where it changes."""
    end = full(last) if year(first) != year(last) else month_day(last)
    return f"{full(first)}から{end}まで"


def clock(at: datetime | time) -> str:
    """09:05: the one way in which papers write a time of day in tables and sentences."""
    return f"{at:%H:%M}"


def day_clock(at: datetime) -> str:
    """11月20日（月）09:05."""
    return f"{month_day(at.date())}{clock(at)}"


def moment(at: datetime) -> str:
    """令和5年11月27日（月）6時00分, in the zone of the value given."""
    return f"{full(at.date())}{at.hour}時{at.minute:02d}分"
