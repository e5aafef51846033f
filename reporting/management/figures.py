"""The figures of any period, as the warehouse holds them: sums of whole days that are over, and measures of single calls.

`reports.rpt_daily_kpi`, `reports.rpt_half_hour_kpi`, `intermediate.int_kpi__rates` and
`intermediate.int_operators__days` count (whole days of any period); only what no sum of days can tell (medians, the
longest, callers who came again) is asked of `marts.fct_calls`. The connection is the caller's and is only read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AGAIN_DAYS = 7
"""A caller who calls again within so many days came again."""


@dataclass(frozen=True, slots=True)
class PeriodCounts:
    """Counts of one or more days. `in_time` of the `offered` calls were answered within the definition's seconds (that
    is the service level), and `asked` is the denominator of the answer rate."""

    incoming: int = 0
    answered: int = 0
    overflow: int = 0
    abandoned: int = 0
    message: int = 0
    after_hours: int = 0
    asked: int = 0
    in_time: int = 0
    offered: int = 0

    def __add__(self, other: PeriodCounts) -> PeriodCounts:
        return PeriodCounts(
            *(getattr(self, f.name) + getattr(other, f.name) for f in fields(PeriodCounts))
        )

    @property
    def answer_rate(self) -> float | None:
        """0..1; null where nothing came in."""
        return self.answered / self.asked if self.asked else None

    @property
    def service_level(self) -> float | None:
        """0..1; null where nothing was offered."""
        return self.in_time / self.offered if self.offered else None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day that is over. Without records nobody knows whether nothing happened: it counts as unmeasured where
    the centre was open."""

    day: date
    is_open: bool
    has_records: bool
    counts: PeriodCounts


@dataclass(frozen=True, slots=True)
class Slot:
    """One half hour of the clock over all measured open days; waits in seconds, null where nobody waited.
    `busiest` is the most calls that it had on one day."""

    starts_at: time
    incoming: int
    answered: int
    busiest: int
    busiest_day: date
    longest_wait: float | None
    most_lines: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How a span of seconds was spread over the measured calls; null where none was."""

    measured: int
    mean: float | None
    median: float | None
    ninth_decile: float | None
    longest: float | None


@dataclass(frozen=True, slots=True)
class OperatorFigures:
    """One operator over the days, by the number of contract.toml; seconds. `staffed` is logged on without pauses,
    null where no log-on was recorded."""

    operator: str
    answered: int
    dialled: int
    reached: int
    mean_talk: float | None
    longest_talk: float | None
    staffed: float | None
    paused: float | None
    occupancy: float | None
    rung_in_vain: int
    transfers: int


@dataclass(frozen=True, slots=True)
class Again:
    """Of the `callers` (numbers known, answered at least once) how many called `again` within `AGAIN_DAYS` of an
    answered call. `left_out` answered calls are too young: the days to wait for are not over yet."""

    callers: int
    again: int
    left_out: int

    @property
    def share(self) -> float | None:
        """0..1; null where there is no caller to judge."""
        return self.again / self.callers if self.callers else None


def read_days(connection: DuckDBPyConnection, first: date, last: date) -> tuple[DayFigures, ...]:
    """Every day that the warehouse holds of first to last, both included, in order."""
    rows = _rows(
        connection,
        """
        with parts as (
            select
                call_date,
                max(denominator) filter (where name = 'answer_rate') as asked,
                max(numerator) filter (where name = 'service_level') as in_time,
                max(denominator) filter (where name = 'service_level') as offered
            from intermediate.int_kpi__rates group by call_date
        )
        select
            call_date as day, is_business_day as is_open,
            coalesce(queue_log_lines + cdr_rows + cel_rows, 0) > 0 as has_records,
            incoming_in_hours_count as incoming, answered_count as answered, overflow_count as overflow,
            abandoned_total_count as abandoned, message_count as message, after_hours_count as after_hours,
            coalesce(asked, 0) as asked, coalesce(in_time, 0) as in_time, coalesce(offered, 0) as offered
        from reports.rpt_daily_kpi
        left join reports.rpt_reconciliation_daily using (call_date)
        left join parts using (call_date)
        where call_date between ? and ? order by call_date
        """,
        [first, last],
    )
    names = [f.name for f in fields(PeriodCounts)]
    return tuple(
        DayFigures(
            row["day"],
            row["is_open"],
            row["has_records"],
            PeriodCounts(**{name: int(row[name]) for name in names}),
        )
        for row in rows
    )


def read_slots(connection: DuckDBPyConnection, days: Sequence[date]) -> tuple[Slot, ...]:
    """The half hours of the clock over those days."""
    rows = _rows(
        connection,
        """
        select
            cast(half_hour_start_local as time) as starts_at, sum(incoming_count) as incoming,
            sum(answered_count) as answered, max(incoming_count) as busiest,
            arg_max(call_date, (incoming_count, -epoch(half_hour_start_local))) as busiest_day,
            max(longest_wait_seconds) as longest_wait, max(max_concurrent_lines) as most_lines
        from reports.rpt_half_hour_kpi where list_contains(?::date[], call_date)
        group by starts_at order by starts_at
        """,
        [list(days)],
    )
    return tuple(
        Slot(
            **{
                **row,
                **{n: int(row[n]) for n in ("incoming", "answered", "busiest", "most_lines")},
            }
        )
        for row in rows
    )


def read_spread(connection: DuckDBPyConnection, column: str, days: Sequence[date]) -> Spread:
    """`talk_seconds` or `wait_seconds` of the answered calls of those days."""
    (row,) = _rows(
        connection,
        f"""
        select
            count({column}) as measured,
            cast(sum(cast(round({column} * 1000) as bigint)) as double) / 1000
                / nullif(count({column}), 0) as mean,
            quantile_disc({column}, 0.5) as median, quantile_disc({column}, 0.9) as ninth_decile,
            max({column}) as longest
        from marts.fct_calls where outcome = 'answered' and list_contains(?::date[], call_date)
        """,
        [list(days)],
    )
    return Spread(**row)


def read_operators(
    connection: DuckDBPyConnection, days: Sequence[date]
) -> tuple[OperatorFigures, ...]:
    """Everybody who talked or was logged on, in the order of their numbers."""
    rows = _rows(
        connection,
        """
        with dialled as (
            select first_operator as operator, count(*) as calls from marts.fct_calls
            where direction = 'outbound' and list_contains(?::date[], call_date)
            group by first_operator
        )
        select
            operator, sum(answered_leg_count) as answered, sum(outbound_leg_count) as reached,
            coalesce(max(dialled.calls), 0) as dialled,
            sum(talk_seconds_total) as talk, sum(outbound_talk_seconds_total) as outbound_talk,
            sum(talk_measured_count) as measured, max(longest_talk_seconds) as longest_talk,
            sum(staffed_seconds) as staffed, sum(paused_seconds) as paused,
            sum(ring_unanswered_count) as rung_in_vain, sum(transfer_given_count) as transfers
        from intermediate.int_operators__days left join dialled using (operator)
        where list_contains(?::date[], call_date)
        group by operator order by operator
        """,
        [list(days), list(days)],
    )
    return tuple(_operator(row) for row in rows)


def _operator(row: Mapping[str, Any]) -> OperatorFigures:
    talked, staffed = row["talk"] + row["outbound_talk"], row["staffed"]
    return OperatorFigures(
        operator=row["operator"],
        answered=int(row["answered"]),
        dialled=int(row["dialled"]),
        reached=int(row["reached"]),
        mean_talk=row["talk"] / row["measured"] if row["measured"] else None,
        longest_talk=row["longest_talk"],
        staffed=staffed,
        paused=row["paused"],
        occupancy=round(talked, 3) / round(staffed, 3) if staffed else None,
        rung_in_vain=int(row["rung_in_vain"]),
        transfers=int(row["transfers"]),
    )


def read_items(
    connection: DuckDBPyConnection, days: Sequence[date], dimension: str = "item"
) -> tuple[tuple[str, int, int], ...]:
    """Code of 大区分／小区分 (of another dimension where that is named), inquiries, of which complaints; the most asked first, by
    code among equals."""
    rows = _rows(
        connection,
        """
        select code, sum(inquiry_count) as inquiries, sum(complaint_count) as complaints
        from reports.rpt_inquiry_daily
        where dimension = ? and list_contains(?::date[], call_date)
        group by code order by inquiries desc, code
        """,
        [dimension, list(days)],
    )
    return tuple((row["code"], int(row["inquiries"]), int(row["complaints"])) for row in rows)


def read_again(connection: DuckDBPyConnection, days: Sequence[date], counted_until: date) -> Again:
    """Who called again after having been answered, whatever became of the later call. Pseudonyms are compared in the
    warehouse and never leave it."""
    judged_until = counted_until - timedelta(days=AGAIN_DAYS)
    (row,) = _rows(
        connection,
        f"""
        with answered as (
            select call_id, caller_pseudonym, call_date, started_at from marts.fct_calls
            where outcome = 'answered' and caller_pseudonym is not null
                and list_contains(?::date[], call_date)
        ),
        returned as (
            select distinct answered.caller_pseudonym from answered
            inner join marts.fct_calls as later on
                later.direction = 'inbound'
                and later.caller_pseudonym = answered.caller_pseudonym
                and later.started_at > answered.started_at
                and later.started_at <= answered.started_at + interval {AGAIN_DAYS} day
            where answered.call_date <= ?
        )
        select
            count(distinct caller_pseudonym) filter (where call_date <= ?) as callers,
            (select count(*) from returned) as again,
            count(*) filter (where call_date > ?) as left_out
        from answered
        """,
        [list(days), judged_until, judged_until, judged_until],
    )
    return Again(**row)


def _rows(
    connection: DuckDBPyConnection, query: str, values: Sequence[object]
) -> list[dict[str, Any]]:
    cursor = connection.execute(query, list(values))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
