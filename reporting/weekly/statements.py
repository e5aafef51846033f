"""What both papers state about a week, in words. Pure: three lines at the top, what a reader should know
before using the figures, and what a day's column shows."""

from __future__ import annotations

from reporting.paper import wareki
from reporting.weekly import wording
from reporting.weekly.value import Day, WeeklyReport


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


def remarks(report: WeeklyReport) -> list[str]:
    """What page 1 says about the figures' limits, each with its count; section 13 has the details."""
    found = report.reconciliation
    notes = [*_about_the_edition(report), *_about_days(report)]
    if found.answered_without_recording:
        notes.append(
            f"応対した通話のうち{found.answered_without_recording}件は、音声の入った録音を確認できていません（6(3)カ）。"
        )
    if found.recordings_without_call:
        notes.append(f"どの通話のものか分からない録音が{found.recordings_without_call}件あります。")
    if found.answered_by_nobody_known:
        notes.append(
            f"応答のうち{found.answered_by_nobody_known}件は、応対した者を台帳から特定できません。"
        )
    if found.unknown_linked_ids:
        notes.append(
            f"通話かどうか判断できない記録が{found.unknown_linked_ids}件あり、件数に含めていません。"
        )
    missing = [
        f"{wording.RECONCILIATION[name]}{getattr(found, name)}件"
        for name in ("calls_without_cdr", "calls_without_cel", "incomplete_calls")
        if getattr(found, name)
    ]
    if missing:
        notes.append(
            f"電話交換機の記録が一部欠けた通話があります（{'、'.join(missing)}）。残りの記録から区分しました。"
        )
    if found.times_out_of_order:
        notes.append(f"時刻の順が合わない通話が{found.times_out_of_order}件あります。")
    if found.rejected_lines:
        notes.append(f"電話交換機の記録のうち{found.rejected_lines}行は読めませんでした。")
    if report.problems:
        kinds = dict.fromkeys(wording.SOURCES.get(p.kind, p.kind) for p in report.problems)
        notes.append(
            f"読めなかった、または一部しか読めなかった取込み元があります（{'、'.join(kinds)}）。"
        )
    unmet = [v for v in report.verdicts if any(not check.is_met for check in v.checks)]
    if unmet or found.classes_difference or report.total.difference:
        kinds = dict.fromkeys(wording.SOURCES.get(v.kind, v.kind) for v in unmet)
        notes.append(f"確認項目を満たさないものがあります（{'、'.join(kinds) or '区分の合計'}）。")
    if report.has_quality_findings:
        notes.append("以上の詳細は「13 データの確認結果」に示します。")
    return notes


def _about_the_edition(report: WeeklyReport) -> list[str]:
    if report.edition == 1:
        return []
    return [
        f"本書は第{report.edition}版です。前の版からの訂正{len(report.corrections)}箇所は「14 訂正箇所」に示します。"
    ]


def _about_days(report: WeeklyReport) -> list[str]:
    notes = []
    if report.uncounted_days:
        days = "、".join(wareki.month_day(day.day) for day in report.uncounted_days)
        notes.append(f"{days}はまだ集計していないため、週計に含みません。")
    if report.unrecorded_days:
        days = "、".join(wareki.month_day(day.day) for day in report.unrecorded_days)
        notes.append(
            f"{days}は電話交換機の記録が1行もなく、入電がなかったのか記録がないのか判別できないため、計測不能としました。"
        )
    return notes


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
