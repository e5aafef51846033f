"""How the manager's figures are printed: seconds, shares, days."""

from __future__ import annotations

from datetime import date, time

from reporting.paper import wareki
from reporting.paper.rounding import rounded, rounded_share

NOTHING = "―"
"""No denominator, nothing measured; never 0."""
OFF_HOURS = "業務時間外"
"""Calls that are counted and lie in no half hour of opening."""
PERIOD = "対象期間"
"""The fact that names the days that the report is of."""
REMARK = "備考"
"""The heading of a column of words."""
_WEEKDAYS = "月火水木金土日"


def count(number: int) -> str:
    """1,547."""
    return f"{number:,}"


def percent(share: float | None) -> str:
    """A share 0..1 as 81.3%; ― where there is none."""
    return NOTHING if share is None else f"{rounded_share(share) * 100:.1f}%"


def minutes(seconds: float | None) -> str:
    """Seconds as minutes and seconds, 3:05; ― where none were measured."""
    if seconds is None:
        return NOTHING
    whole = int(rounded(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def clock(at: time) -> str:
    """09:30."""
    return wareki.clock(at)


def short_day(day: date) -> str:
    """12/4（月）."""
    return f"{day.month}/{day.day}（{_WEEKDAYS[day.weekday()]}）"


def short_span(first: date, last: date) -> str:
    """12/4〜12/10."""
    return f"{first.month}/{first.day}〜{last.month}/{last.day}"
