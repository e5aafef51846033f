"""What both papers state about a week, in words: three lines at the top, and what a day's column shows. Pure."""

from __future__ import annotations

from reporting import wareki, wording
from reporting.weekly import Day, WeeklyReport


def summary(report: WeeklyReport) -> list[str]:
    """The three lines of section 1: what came in, how it moved, when it was tight. Pure."""
    total, previous = report.total, report.previous
    first = (
        f"業務時間内の入電{total.incoming}件のうち、応答{total.answered}件（応答率"
        f"{wording.percent(total.answer_rate)}）、応答できなかったもの{total.not_answered}件（あふれ"
        f"{total.overflow}件・放棄{total.abandoned}件）、預かりメッセージ{total.message}件、"
        f"中断・判定不能{total.interrupted_undetermined}件。"
    )
    if previous is None:
        second = "最初の週のため、前週との比較はありません。"
    else:
        points = (
            None
            if total.answer_rate is None or previous.answer_rate is None
            else 100 * (total.answer_rate - previous.answer_rate)
        )
        second = (
            f"前週に比べ、入電{wording.signed(total.incoming - previous.incoming, unit='件')}、応答"
            f"{wording.signed(total.answered - previous.answered, unit='件')}、応答できなかったもの"
            f"{wording.signed(total.not_answered - previous.not_answered, unit='件')}、応答率"
            f"{wording.signed(points, 1, 'ポイント')}。"
        )
    busiest = max(report.half_hours, key=lambda r: r.incoming, default=None)
    if busiest is None or busiest.incoming == 0 or busiest.day is None:
        third = "業務時間内の入電はありませんでした。"
    else:
        third = (
            f"最も入電が多かったのは{wareki.month_day(busiest.day)}{busiest.starts_at:%H:%M}からの30分で"
            f"{busiest.incoming}件。最大同時使用回線は"
            f"{wording.number(report.breakdown.max_concurrent_lines)}回線、最も長い待ち時間は"
            f"{wording.duration(report.breakdown.longest_wait_seconds)}。"
        )
    return [first, second, third]


def day_value(day: Day, name: str) -> float | str | None:
    """A count of one day, or what stands in its place. A closed day shows only who called all the same."""
    if day.counts is None:
        return day_mark(day)
    value: float | None = getattr(day.counts, name)
    is_shown = day.closed_reason is None or (name == "after_hours" and value)
    return value if is_shown else wording.CLOSED


def day_mark(day: Day) -> str:
    """What stands in the column of a day that has no counts of its own."""
    if day.closed_reason is not None:
        return wording.CLOSED
    return wording.NOTHING if day.has_records else wording.NOT_MEASURABLE
