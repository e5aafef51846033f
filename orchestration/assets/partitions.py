"""The contract's days, Monday-weeks and the partitions that Dagster shows for them.

Partitions are civil days and weeks in Asia/Tokyo. Days run on for a month after the contract period,
because late lines and last calls do; the weeks are the contract's own. A home that lives by a simulated
clock has the partitions that have begun by its own time: Dagster knows only the system's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg

from compliance.contract.business_calendar import BusinessCalendar, ContractWeek
from compliance.contract.terms import Contract
from compliance.ground.japan import TIME_ZONE
from orchestration.warehouse.days import DayRange

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
_TAIL = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class ContractPartitions:
    """The partitions of one contract: `days` (keys `2023-11-20`) and `weeks` (their Mondays)."""

    days: dg.DailyPartitionsDefinition
    weeks: dg.WeeklyPartitionsDefinition
    first_day: date
    last_day: date
    week_by_key: Mapping[str, ContractWeek]

    @staticmethod
    def of(contract: Contract, until: date | None = None) -> ContractPartitions:
        """Derive the partitions from the contract period; `until` is a simulated home's present day."""
        weeks = BusinessCalendar(contract).weeks()
        first, last = contract.period.start_date, contract.period.end_date + _TAIL
        end_of_weeks = weeks[-1].monday + timedelta(days=7)
        if until is not None:
            last = max(first, min(last, until))
            this_monday = last - timedelta(days=last.weekday())
            end_of_weeks = max(weeks[0].monday + timedelta(days=7), min(end_of_weeks, this_monday))
        return ContractPartitions(
            days=dg.DailyPartitionsDefinition(
                start_date=first.isoformat(),
                end_date=(last + timedelta(days=1)).isoformat(),
                timezone=TIME_ZONE,
            ),
            weeks=dg.WeeklyPartitionsDefinition(
                start_date=weeks[0].monday.isoformat(),
                end_date=end_of_weeks.isoformat(),
                day_offset=1,
                timezone=TIME_ZONE,
            ),
            first_day=first,
            last_day=last,
            week_by_key={week.monday.isoformat(): week for week in weeks},
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
