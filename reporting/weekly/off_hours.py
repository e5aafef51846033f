"""Calls beside the opening times: let in on a closed day or before nine, or made when the contract did not run.

A call that somebody answered is an answered call whatever the clock says, and one that reached a queue is counted by what
became of it; so 入電件数 holds calls of no half hour. They have a row of their own, or the half hours would not add up to the
week. Calls of the week's days outside the contract's period are counted in no class: they stand beside, in a row of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from reporting.paper import wareki
from reporting.paper.rounding import rounded

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LET_IN = "入電のうち時間外受付"
OUTSIDE_PERIOD = "（参考）契約期間外"
COUNTED = ("incoming", "answered", "overflow", "abandoned", "message", "other")
"""The counts that add up, as `HalfHour` has them too."""
SLOT = "業務時間外"
"""What stands in the place of the half hour's beginning."""


@dataclass(frozen=True, slots=True)
class OffHours:
    """One day's inbound calls outside the opening times that are counted by what became of them; on a day outside the
    contract's period (`is_in_period` false) all its inbound calls, in `incoming` alone. `is_open` tells an open day's early
    and late calls from those of a closed day; seconds are whole, null where nobody waited."""

    day: date
    is_in_period: bool
    is_open: bool
    incoming: int
    answered: int = 0
    overflow: int = 0
    abandoned: int = 0
    message: int = 0
    other: int = 0
    longest_wait_seconds: float | None = None


def read_off_hours(
    connection: DuckDBPyConnection, monday: date, sunday: date
) -> tuple[OffHours, ...]:
    """The days of a week that have such calls, in order; both ends included."""
    cursor = connection.execute(
        """
        select
            calls.call_date as day, days.is_in_period, days.is_business_day as is_open,
            count(*) as incoming,
            count(*) filter (where days.is_in_period and calls.outcome = 'answered') as answered,
            count(*) filter (where days.is_in_period and calls.outcome = 'overflow') as overflow,
            count(*) filter (
                where days.is_in_period and calls.outcome in ('abandoned', 'abandoned_in_menu')
            ) as abandoned,
            count(*) filter (where days.is_in_period and calls.outcome = 'message') as message,
            count(*) filter (
                where days.is_in_period and calls.outcome in ('interrupted', 'undetermined')
            ) as other,
            max(calls.wait_seconds) filter (where days.is_in_period) as longest_wait_seconds
        from marts.fct_calls as calls
        inner join reports.rpt_daily_kpi as days on calls.call_date = days.call_date
        where
            calls.direction = 'inbound' and calls.call_date between ? and ?
            and (
                not days.is_in_period
                or (calls.outcome <> 'after_hours' and not coalesce(calls.is_in_hours, false))
            )
        group by all order by day
        """,
        [monday, sunday],
    )
    names = [column[0] for column in cursor.description]
    found = []
    for row in cursor.fetchall():
        values = dict(zip(names, row, strict=True))
        wait = values.pop("longest_wait_seconds")
        longest = None if wait is None else rounded(wait)
        found.append(OffHours(**values, longest_wait_seconds=longest))
    return tuple(found)


def let_in(found: Sequence[OffHours], day: date | None = None) -> int:
    """How many calls of a day, or of all of them, are counted though they came outside the opening times."""
    return sum(one.incoming for one in found if one.is_in_period and day in (None, one.day))


def outside_period(found: Sequence[OffHours], day: date | None = None) -> int:
    """How many calls of a day, or of all of them, came when the contract did not run."""
    return sum(one.incoming for one in found if not one.is_in_period and day in (None, one.day))


def in_period(found: Sequence[OffHours]) -> tuple[OffHours, ...]:
    """Those days whose calls the week counts."""
    return tuple(one for one in found if one.is_in_period)


def whole(found: Sequence[OffHours]) -> tuple[OffHours, ...]:
    """All of them that the week counts as one row beside the half hours; none where there is none."""
    own = in_period(found)
    if not own:
        return ()
    waits = [one.longest_wait_seconds for one in own if one.longest_wait_seconds is not None]
    sums = {name: sum(getattr(one, name) for one in own) for name in COUNTED}
    return (replace(own[0], **sums, longest_wait_seconds=max(waits, default=None)),)


def remarks_on(found: Sequence[OffHours]) -> list[str]:
    """What page 1 says of them, a sentence for each kind."""
    notes = []
    for is_open, where in ((False, "休業日"), (True, "業務時間外")):
        own = [one for one in found if one.is_in_period and one.is_open is is_open]
        if own:
            days = "、".join(f"{wareki.month_day(one.day)}{one.incoming}件" for one in own)
            notes.append(
                f"{where}に着信し、案内で終わらず受け付けた通話があります（{days}。うち応答"
                f"{sum(one.answered for one in own)}件）。入電件数に含めています。"
            )
    outside = [one for one in found if not one.is_in_period]
    if outside:
        days = "、".join(f"{wareki.month_day(one.day)}{one.incoming}件" for one in outside)
        notes.append(
            f"契約期間外の着信があります（{days}）。週計・累計のいずれの件数にも含みません。"
        )
    return notes
