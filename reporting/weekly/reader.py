"""Reads one week's `WeeklyReport` from the warehouse.

Only the tables `reports.rpt_*` and `marts.fct_calls` are read; nothing is counted here that SQL has not
counted. Seconds are rounded here as the papers print them, so that no edition differs invisibly. The connection is the caller's and is only read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from compliance.contract.business_calendar import BusinessCalendar, ContractWeek
from compliance.contract.terms import Contract
from compliance.inquiries.form import load_form
from reporting.errors import WeekNotBuilt
from reporting.paper.checks import SourceProblem, SourceVerdict
from reporting.paper.head import head_of, titles_of
from reporting.paper.receipts import receipt_numbers
from reporting.paper.rounding import rounded
from reporting.weekly.content import read_content
from reporting.weekly.kind import KIND
from reporting.weekly.off_hours import read_off_hours
from reporting.weekly.value import (
    REFERRED,
    Breakdown,
    Call,
    Counts,
    Coverage,
    Day,
    HalfHour,
    PrintedDefinition,
    Reconciliation,
    Week,
    WeeklyReport,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COUNTS = """
    incoming_in_hours_count as incoming, answered_count as answered,
    not_answered_count as not_answered, overflow_count as overflow,
    abandoned_total_count as abandoned, message_count as message,
    interrupted_undetermined_count as interrupted_undetermined, after_hours_count as after_hours,
    answer_rate
"""
_BREAKDOWN = """
    overflow_lines_busy_count as overflow_lines_busy,
    overflow_queue_full_count as overflow_queue_full, overflow_no_staff_count as overflow_no_staff,
    overflow_timeout_count as overflow_timeout, abandoned_count as abandoned_waiting,
    abandoned_in_menu_count as abandoned_in_menu, interrupted_count as interrupted,
    undetermined_count as undetermined, overflow_rate, abandon_rate, max_concurrent_lines,
    longest_wait_seconds
"""
_CUMULATIVE = """
    cumulative_incoming_in_hours_count as incoming, cumulative_answered_count as answered,
    cumulative_not_answered_count as not_answered, cumulative_overflow_count as overflow,
    cumulative_abandoned_total_count as abandoned, cumulative_message_count as message,
    cumulative_interrupted_undetermined_count as interrupted_undetermined,
    cumulative_after_hours_count as after_hours, cumulative_answer_rate as answer_rate
"""
_RECONCILIATION = """
    sum(queue_log_lines) as queue_log_lines, sum(cdr_rows) as cdr_rows, sum(cel_rows) as cel_rows,
    sum(repeated_line_count) as repeated_lines, sum(rejected_line_count) as rejected_lines,
    sum(calls_without_cdr_count) as calls_without_cdr,
    sum(calls_without_cel_count) as calls_without_cel,
    sum(answered_without_recording_count) as answered_without_recording,
    sum(recordings_without_call_count) as recordings_without_call,
    sum(abs(classes_difference)) as classes_difference, sum(incomplete_count) as incomplete_calls,
    sum(answered_by_nobody_known_count) as answered_by_nobody_known,
    sum(unknown_linked_id_count) as unknown_linked_ids,
    sum(times_out_of_order_count) as times_out_of_order, sum(non_call_count) as non_calls,
    sum(talked_count) as talked, sum(recorded_count) as recorded,
    sum(unrecorded_without_file_count) as unrecorded_without_file,
    sum(unrecorded_empty_file_count) as unrecorded_empty_file,
    sum(unrecorded_silent_count) as unrecorded_silent
"""
_PRINTED_TERMS = ("incoming", "not_answered", "answer_rate", "overflow_rate", "abandon_rate")
"""Service level and the like are the manager's figures, not the city's."""


def read_weekly(
    connection: DuckDBPyConnection,
    contract: Contract,
    week: ContractWeek,
    counted_until: date,
    verdicts: Sequence[SourceVerdict],
    problems: Sequence[SourceProblem],
) -> WeeklyReport:
    """The report of one week as its first edition.

    `counted_until` is the last civil day that is over; later days stay uncounted.

    Raises:
        WeekNotBuilt: the warehouse has no rows for that week.
    """
    rows = _rows(
        connection,
        f"select week_start_date, {_COUNTS} from reports.rpt_weekly_kpi where week_start_date in (?, ?)",
        [week.monday, week.monday - timedelta(days=7)],
    )
    by_monday = {row.pop("week_start_date"): Counts(**row) for row in rows}
    if week.monday not in by_monday:
        raise WeekNotBuilt(
            f"The warehouse holds no figures of the week of {week.monday}: build its days, then make the "
            "report again."
        )
    period = [week.first_day, week.last_day]
    calendar = BusinessCalendar(contract)
    measured = _measured_days(connection, contract.period.start_date, counted_until)
    days = _days(connection, contract, week, counted_until)
    return WeeklyReport(
        head=head_of(contract, KIND),
        titles=titles_of(contract, *REFERRED),
        week=Week(
            number=week.number,
            monday=week.monday,
            first_day=week.first_day,
            last_day=week.last_day,
            open_days=len(week.business_days),
            due_date=week.due_date,
        ),
        edition=1,
        days=days,
        content=read_content(
            connection,
            [day.day for day in days],
            contract.period.start_date,
            week.last_day,
            load_form(contract.form_file),
        ),
        total=by_monday[week.monday],
        breakdown=Breakdown(
            **_whole_seconds(
                _one(
                    connection,
                    f"select {_BREAKDOWN} from reports.rpt_weekly_kpi where week_start_date = ?",
                    [week.monday],
                )
            )
        ),
        previous=by_monday.get(week.monday - timedelta(days=7)),
        cumulative=Counts(
            **_one(
                connection,
                f"select {_CUMULATIVE} from reports.rpt_weekly_kpi where week_start_date = ?",
                [week.monday],
            )
        ),
        half_hours=_half_hours(connection, sorted(measured & set(week.business_days))),
        calls=_calls(connection, contract, period),
        services=tuple((one.code, one.label) for one in contract.services),
        coverage=_coverage(week.business_days, measured),
        previous_coverage=_coverage_before(calendar, week, measured),
        cumulative_coverage=_coverage(
            calendar.business_days(contract.period.start_date, week.last_day), measured
        ),
        definitions=_definitions(contract, week),
        off_hours=read_off_hours(connection, week.monday, week.monday + timedelta(days=6)),
        verdicts=tuple(verdicts),
        problems=tuple(problems),
        reconciliation=Reconciliation(
            **{
                name: int(value or 0)
                for name, value in _one(
                    connection,
                    f"select {_RECONCILIATION} from reports.rpt_reconciliation_daily "
                    "where call_date between ? and ?",
                    period,
                ).items()
            }
        ),
    )


def _days(
    connection: DuckDBPyConnection, contract: Contract, week: ContractWeek, counted_until: date
) -> tuple[Day, ...]:
    calendar = BusinessCalendar(contract)
    sunday = week.monday + timedelta(days=6)
    counts = _by_day(connection, _COUNTS, week.monday, sunday)
    breakdowns = _by_day(connection, _BREAKDOWN, week.monday, sunday)
    recorded = _recorded_days(connection, week.monday, sunday)
    noted = _noted_days(connection, week.first_day, week.last_day)
    days = []
    for n in range(7):
        day = week.monday + timedelta(days=n)
        is_open = calendar.is_business_day(day)
        has_something = day in noted or _has_calls(counts.get(day))
        if n >= 5 and not is_open and not has_something:
            continue
        is_over = day <= counted_until and day in counts
        has_records = day in recorded or not (is_open and is_over)
        is_counted = is_over and has_records
        days.append(
            Day(
                day=day,
                closed_reason=calendar.closed_reason(day),
                counts=Counts(**counts[day]) if is_counted else None,
                breakdown=Breakdown(**_whole_seconds(breakdowns[day])) if is_counted else None,
                has_records=has_records,
            )
        )
    return tuple(days)


def _has_calls(counts: Mapping[str, Any] | None) -> bool:
    return counts is not None and counts["incoming"] + counts["after_hours"] > 0


def _noted_days(connection: DuckDBPyConnection, first: date, last: date) -> set[date]:
    """Days of which somebody wrote down what was asked."""
    rows = _rows(
        connection,
        "select distinct call_date from reports.rpt_inquiry_daily where call_date between ? and ?",
        [first, last],
    )
    return {row["call_date"] for row in rows}


def _coverage(open_days: Sequence[date], measured: set[date]) -> Coverage:
    return Coverage(len(open_days), len(measured.intersection(open_days)))


def _coverage_before(
    calendar: BusinessCalendar, week: ContractWeek, measured: set[date]
) -> Coverage | None:
    before = calendar.week_of(week.monday - timedelta(days=7))
    return None if before is None else _coverage(before.business_days, measured)


def _measured_days(connection: DuckDBPyConnection, first: date, last: date) -> set[date]:
    """Days that are over, are counted and have a record."""
    return _recorded_days(connection, first, last) & set(_by_day(connection, _COUNTS, first, last))


def _recorded_days(connection: DuckDBPyConnection, first: date, last: date) -> set[date]:
    rows = _rows(
        connection,
        "select call_date from reports.rpt_reconciliation_daily "
        "where queue_log_lines + cdr_rows + cel_rows > 0 and call_date between ? and ?",
        [first, last],
    )
    return {row["call_date"] for row in rows}


def _by_day(
    connection: DuckDBPyConnection, columns: str, first: date, last: date
) -> Mapping[date, dict[str, Any]]:
    rows = _rows(
        connection,
        f"select call_date, {columns} from reports.rpt_daily_kpi where call_date between ? and ?",
        [first, last],
    )
    return {row.pop("call_date"): row for row in rows}


def _half_hours(connection: DuckDBPyConnection, days: Sequence[date]) -> tuple[HalfHour, ...]:
    rows = _rows(
        connection,
        """
        select call_date as day, cast(half_hour_start_local as time) as starts_at,
            incoming_count as incoming, answered_count as answered, overflow_count as overflow,
            abandoned_total_count as abandoned, message_count as message, other_count as other,
            max_concurrent_lines, longest_wait_seconds
        from reports.rpt_half_hour_kpi where list_contains(?::date[], call_date)
        order by half_hour_start_local
        """,
        [list(days)],
    )
    return tuple(HalfHour(**_whole_seconds(row)) for row in rows)


def _whole_seconds(row: dict[str, Any]) -> dict[str, Any]:
    """The longest wait as both papers print it, rounded here and nowhere else."""
    wait = row["longest_wait_seconds"]
    return {**row, "longest_wait_seconds": None if wait is None else rounded(wait)}


def _calls(
    connection: DuckDBPyConnection, contract: Contract, period: Sequence[date]
) -> tuple[Call, ...]:
    rows = _rows(
        connection,
        """
        select call_id, started_at_local as started_at, call_date as day, outcome,
            outcome_reason as reason, menu_choice,
            wait_seconds, talk_seconds,
            first_operator as operator, transfer_count, recording_count, is_complete
        from marts.fct_calls where direction = 'inbound' and call_date between ? and ?
        order by started_at, call_id
        """,
        period,
    )
    shown = {staff.operator: staff.display_number for staff in contract.staff}
    numbers = receipt_numbers([row["started_at"] for row in rows])
    return tuple(
        Call(
            **{
                **row,
                "operator": row["operator"] and shown.get(row["operator"], "（台帳外）"),
                "wait_seconds": _tenth(row["wait_seconds"]),
                "talk_seconds": _tenth(row["talk_seconds"]),
                "receipt_number": number,
            }
        )
        for row, number in zip(rows, numbers, strict=True)
    )


def _tenth(value: float | None) -> float | None:
    """Seconds as the workbook's list prints them."""
    return None if value is None else rounded(value, 1)


def _definitions(contract: Contract, week: ContractWeek) -> tuple[PrintedDefinition, ...]:
    terms = []
    for name in _PRINTED_TERMS:
        first = contract.definition(name, week.first_day)
        terms += [
            PrintedDefinition(
                name=d.name,
                version=d.version,
                title=d.title,
                formula=d.formula,
                numerator=tuple(outcome.value for outcome in d.numerator),
                denominator=tuple(outcome.value for outcome in d.denominator),
            )
            for d in contract.definitions
            if d.name == name and first.valid_from <= d.valid_from <= week.last_day
        ]
    return tuple(terms)


def _rows(
    connection: DuckDBPyConnection, query: str, values: Sequence[object]
) -> list[dict[str, Any]]:
    cursor = connection.execute(query, list(values))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _one(connection: DuckDBPyConnection, query: str, values: Sequence[object]) -> dict[str, Any]:
    rows = _rows(connection, query, values)
    if len(rows) != 1:
        raise WeekNotBuilt("The warehouse holds no figures of that week: build its days first.")
    return rows[0]
