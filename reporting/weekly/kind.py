"""週次集計結果 as a kind of paper (6(3)エ, 9(1)). Its renderings are loaded when they are asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import due_date
from compliance.contract.due_terms import Unit
from reporting.paper.kind import Correction, PaperKind, Reading, Render

if TYPE_CHECKING:
    from reporting.weekly.value import WeeklyReport

KIND = "weekly"
"""The deliverable's kind in registers and in the outbox."""


def _value() -> type[WeeklyReport]:
    from reporting.weekly.value import WeeklyReport

    return WeeklyReport


def _read(reading: Reading) -> WeeklyReport:
    from reporting.errors import WeekNotBuilt
    from reporting.weekly.follow_ups import read_follow_ups
    from reporting.weekly.reader import read_weekly

    staff = {one.operator: one.display_number for one in reading.contract.staff}
    calendar = BusinessCalendar(reading.contract)
    week = calendar.week_of(reading.period.starts_on)
    if week is None:
        raise WeekNotBuilt(
            f"{reading.period.key} is no week of the contract: name one of its Mondays."
        )
    due, sunday = reading.contract.due_of("weekly", Unit.WEEK), week.monday + timedelta(days=6)
    week = replace(week, due_date=due_date(calendar, due, sunday))
    before = calendar.week_of(week.monday - timedelta(days=7))
    earlier = due_date(calendar, due, week.monday - timedelta(days=1))
    since = reading.made_at - (week.due_date - earlier) if before else None
    report = read_weekly(
        reading.connection,
        reading.contract,
        week,
        counted_until=reading.counted_until,
        verdicts=reading.verdicts(),
        problems=reading.problems,
    )
    return replace(report, follow_ups=read_follow_ups(reading, since, staff))


def _of_earlier_days(report: WeeklyReport) -> object:
    content = report.content.items if report.content else ()
    return (
        report.previous,
        report.previous_coverage,
        report.cumulative,
        report.cumulative_coverage,
        [(one.category, one.item, one.cumulative) for one in content],
        report.follow_ups,
    )


def _corrections(before: WeeklyReport, after: WeeklyReport) -> tuple[Correction, ...]:
    from reporting.weekly.corrections import corrections_between

    return corrections_between(before, after)


def _pdf() -> Render[WeeklyReport]:
    from reporting.weekly.pdf import render_pdf

    return render_pdf


def _xlsx() -> Render[WeeklyReport]:
    from reporting.weekly.workbook import render_xlsx

    return render_xlsx


def _headline(report: WeeklyReport) -> tuple[tuple[str, int], ...]:
    total = report.total
    return (
        ("入電件数（業務時間内）", total.incoming),
        ("応答", total.answered),
        ("あふれ", total.overflow),
        ("放棄", total.abandoned),
        ("預かりメッセージ", total.message),
        ("中断・判定不能", total.interrupted_undetermined),
        ("時間外（参考）", total.after_hours),
    )


WEEKLY = PaperKind(
    kind=KIND,
    unit=Unit.WEEK,
    clause="weekly",
    summary_ja=(
        "応答件数、応答できなかった件数（あふれ呼数・放棄呼数）などの週別集計をPDFとExcelで作成します。"
    ),
    assets=("daily_kpi", "weekly_kpi"),
    value=_value,
    read=_read,
    corrections=_corrections,
    renderings={"pdf": _pdf, "xlsx": _xlsx},
    headline=_headline,
    of_earlier_days=_of_earlier_days,
    asks_rows=True,
)
