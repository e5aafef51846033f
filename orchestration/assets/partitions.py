"""The contract's days, Monday-weeks, months, quarters and fiscal years, and the partitions that Dagster shows for them.

Partitions are civil days, weeks and months in Asia/Tokyo. Days run on for a month after the contract period,
because late lines and last calls do; weeks and months are the contract's own. A home that lives by a simulated
clock has the partitions that have begun by its own time: Dagster knows only the system's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg

from application.warehouse.state import DayRange
from compliance.contract.due_terms import Unit
from compliance.contract.terms import Contract
from compliance.ground.japan import TIME_ZONE

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
_TAIL = timedelta(days=31)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ContractPartitions:
    """The partitions of one contract. Keys are the day on which a partition begins: `2023-11-20` for a
    day and for its Monday-week, `2023-11-01` for its month, `2023-10-01` for its quarter, `2023-04-01` for its fiscal year."""

    by_unit: Mapping[Unit, dg.TimeWindowPartitionsDefinition]
    first_day: date
    last_day: date

    @property
    def days(self) -> dg.TimeWindowPartitionsDefinition:
        """The civil days."""
        return self.by_unit[Unit.DAY]

    @staticmethod
    def of(contract: Contract, until: date | None = None) -> ContractPartitions:
        """Derive the partitions from the contract period; `until` is a simulated home's present day."""
        first, last = contract.period.start_date, contract.period.end_date + _TAIL
        end_of_period = contract.period.end_date
        if until is not None:
            last = max(first, min(last, until))
            end_of_period = min(end_of_period, until)
        return ContractPartitions(
            by_unit={
                Unit.DAY: dg.DailyPartitionsDefinition(
                    start_date=first.isoformat(),
                    end_date=(last + _ONE_DAY).isoformat(),
                    timezone=TIME_ZONE,
                ),
                Unit.WEEK: dg.WeeklyPartitionsDefinition(
                    start_date=_monday(first).isoformat(),
                    end_date=_end(_monday, first, end_of_period, until).isoformat(),
                    day_offset=1,
                    timezone=TIME_ZONE,
                ),
                Unit.MONTH: dg.MonthlyPartitionsDefinition(
                    start_date=_first_of_month(first).isoformat(),
                    end_date=_end(_first_of_month, first, end_of_period, until).isoformat(),
                    timezone=TIME_ZONE,
                ),
                Unit.QUARTER: dg.TimeWindowPartitionsDefinition(
                    start=_first_of_quarter(first).isoformat(),
                    end=_end(_first_of_quarter, first, end_of_period, until).isoformat(),
                    fmt="%Y-%m-%d",
                    cron_schedule="0 0 1 1,4,7,10 *",
                    timezone=TIME_ZONE,
                ),
                Unit.YEAR: dg.TimeWindowPartitionsDefinition(
                    start=_first_of_fiscal_year(first).isoformat(),
                    end=_end(_first_of_fiscal_year, first, end_of_period, until).isoformat(),
                    fmt="%Y-%m-%d",
                    cron_schedule="0 0 1 4 *",
                    timezone=TIME_ZONE,
                ),
            },
            first_day=first,
            last_day=last,
        )

    def keys_of(self, days: DayRange) -> tuple[str, str]:
        """The partitions that a range of days falls into; days outside count to the nearest end."""
        first = min(max(days.first, self.first_day), self.last_day)
        last = min(max(days.last, self.first_day), self.last_day)
        return first.isoformat(), last.isoformat()

    def bounds_of(self, first_key: str, last_key: str) -> tuple[date | None, date | None]:
        """The days that a run over these partitions builds; null is open: the partitions at the two
        ends take in the days beyond them."""
        first, last = date.fromisoformat(first_key), date.fromisoformat(last_key)
        return (
            None if first == self.first_day else first,
            None if last == self.last_day else last,
        )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _first_of_quarter(day: date) -> date:
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def _first_of_fiscal_year(day: date) -> date:
    return date(day.year - (day.month < 4), 4, 1)


def _end(begins: Callable[[date], date], first: date, last: date, until: date | None) -> date:
    """Where the partitions end: after the period's last, or in a simulated home before the one that its
    present lies in; one is always there."""
    one = _next(begins, first)
    return max(one, begins(until) if until is not None and until <= last else _next(begins, last))


def _next(begins: Callable[[date], date], day: date) -> date:
    following = day
    while begins(following) == begins(day):
        following += _ONE_DAY
    return following
