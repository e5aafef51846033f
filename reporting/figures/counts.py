"""The counts of a period by service, as `reports.rpt_service_daily` holds them; the connection is the caller's and only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from compliance.contract.targets import JUDGED

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Fraction = tuple[int, int]
"""Numerator and denominator."""


@dataclass(frozen=True, slots=True)
class ServiceCounts:
    """Counts of inbound calls of one or more days; seconds are sums over answered calls that were measured. `shares` are by
    definition (`answer_rate`)."""

    incoming: int = 0
    answered: int = 0
    abandoned: int = 0
    message: int = 0
    overflow: int = 0
    other: int = 0
    after_hours: int = 0
    wait_seconds: float = 0.0
    wait_measured: int = 0
    longest_wait: float = 0.0
    talk_seconds: float = 0.0
    talk_measured: int = 0
    shares: Mapping[str, Fraction] = field(default_factory=dict)

    def __add__(self, more: ServiceCounts) -> ServiceCounts:
        sums = {
            one.name: getattr(self, one.name) + getattr(more, one.name)
            for one in fields(ServiceCounts)
            if one.name not in ("longest_wait", "shares")
        }
        shares = {name: _plus(self.share(name), more.share(name)) for name in JUDGED}
        return ServiceCounts(**sums, longest_wait=max(self.longest_wait, more.longest_wait), shares=shares)  # fmt: skip

    def share(self, name: str) -> Fraction:
        """Numerator and denominator of a definition."""
        return self.shares.get(name, (0, 0))

    def rate(self, name: str) -> float | None:
        """The share 0..1; null where there is nothing to divide by."""
        numerator, denominator = self.share(name)
        return numerator / denominator if denominator else None

    @property
    def mean_wait(self) -> float | None:
        """Seconds; null where none was measured."""
        return self.wait_seconds / self.wait_measured if self.wait_measured else None

    @property
    def mean_talk(self) -> float | None:
        """Seconds; null where none was measured."""
        return self.talk_seconds / self.talk_measured if self.talk_measured else None


def read_counts(
    connection: DuckDBPyConnection, days: Sequence[date]
) -> dict[tuple[date, str], ServiceCounts]:
    """By day and service (blank: none was chosen), of those days; only where somebody called."""
    shares = ", ".join(f"{name}_numerator, {name}_denominator" for name in JUDGED)
    cursor = connection.execute(
        f"""
        select
            call_date, service, incoming_in_hours_count as incoming, answered_count as answered,
            abandoned_count + abandoned_in_menu_count as abandoned, message_count as message,
            overflow_count as overflow, interrupted_undetermined_count as other,
            after_hours_count as after_hours, wait_seconds_answered_total as wait_seconds,
            wait_measured_count as wait_measured, coalesce(longest_wait_seconds, 0) as longest_wait,
            talk_seconds_total as talk_seconds, talk_measured_count as talk_measured, {shares}
        from reports.rpt_service_daily where list_contains(?::date[], call_date)
        order by call_date, service
        """,
        [list(days)],
    )
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {(row.pop("call_date"), row.pop("service")): _counts(row) for row in rows}


def _counts(row: dict[str, Any]) -> ServiceCounts:
    shares = {
        name: (int(row.pop(f"{name}_numerator")), int(row.pop(f"{name}_denominator")))
        for name in JUDGED
    }
    return ServiceCounts(**row, shares=shares)


def _plus(one: Fraction, more: Fraction) -> Fraction:
    return one[0] + more[0], one[1] + more[1]
