"""What both papers state about a week, in words. Pure: three lines at the top, what a reader should know
before using the figures, and what a day's column shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reporting.paper import wareki
from reporting.paper.checks import SourceVerdict
from reporting.paper.rounding import points
from reporting.weekly import off_hours, wording
from reporting.weekly.content import InquiryContent, ItemRow
from reporting.weekly.value import OUGHT_TO_BE_ZERO, Counts, Coverage, Day, WeeklyReport


def summary(report: WeeklyReport) -> list[str]:
    """The lines of section 1: what came in, how it moved, when it was tight; of what was measured. Pure."""
    if report.coverage.is_nothing:
        return [
            f"対象週の開設{report.coverage.open_days}日は、いずれも電話交換機の記録がなく、件数は"
            f"{wording.NOT_MEASURABLE}です（入電がなかったという意味ではありません）。"
        ]
    total = report.total
    measured = (
        ""
        if report.coverage.is_whole
        else f"開設{report.coverage.open_days}日のうち計測できた{report.coverage.measured_days}日について、"
    )
    first = (
        f"{measured}業務時間内の入電{total.incoming}件のうち、応答{total.answered}件（応答率"
        f"{wording.percent(total.answer_rate)}）、応答できなかったもの{total.not_answered}件（あふれ"
        f"{total.overflow}件・放棄{total.abandoned}件）、預かりメッセージ{total.message}件、"
        f"中断・判定不能{total.interrupted_undetermined}件。"
    )
    return [first, _movement(report), _tightest(report)]


def _movement(report: WeeklyReport) -> str:
    total, previous = report.total, report.previous
    if previous is None:
        return "最初の週のため、前週との比較はありません。"
    before = report.previous_coverage
    if before is None or not report.is_comparable:
        return "計測できない日があるため、前週との増減は示しません（計測できた日数が同じとは限りません）。"
    moved = (
        None
        if total.answer_rate is None or previous.answer_rate is None
        else points(total.answer_rate, previous.answer_rate)
    )
    return (
        f"前週（開設{before.open_days}日、本週は{report.week.open_days}日）に比べ、入電{wording.signed(total.incoming - previous.incoming, unit='件')}、応答"
        f"{wording.signed(total.answered - previous.answered, unit='件')}、応答できなかったもの"
        f"{wording.signed(total.not_answered - previous.not_answered, unit='件')}、応答率"
        f"{wording.signed(moved, 1, 'ポイント')}。"
    )


def _tightest(report: WeeklyReport) -> str:
    busiest = max(report.half_hours, key=lambda r: r.incoming, default=None)
    if busiest is None or busiest.incoming == 0 or busiest.day is None:
        where = "" if report.coverage.is_whole else "計測できた日には、"
        return f"{where}業務時間内の入電はありませんでした。"
    return (
        f"最も入電が多かったのは{wareki.month_day(busiest.day)}{wareki.clock(busiest.starts_at)}からの30分で"
        f"{busiest.incoming}件。最大同時使用回線は"
        f"{wording.number(report.breakdown.max_concurrent_lines)}回線、最も長い待ち時間は"
        f"{wording.duration(report.breakdown.longest_wait_seconds)}。"
    )


def sum_value(counts: Counts | None, part: Coverage | None, name: str) -> float | str | None:
    """A sum of page 1, or 計測不能 where nothing of what it speaks of was measured; null without a sum."""
    if counts is None:
        return None
    value: float | None = getattr(counts, name)
    if part is None or not part.is_nothing:
        return value
    return value if name == "after_hours" and value else wording.NOT_MEASURABLE


def change(report: WeeklyReport, name: str) -> float | None:
    """The change of a count against the week before; for a rate in points. Null where the two weeks were
    not measured alike."""
    now = getattr(report.total, name)
    before = getattr(report.previous, name) if report.previous else None
    if now is None or before is None or not report.is_comparable:
        return None
    return points(now, before) if name.endswith("_rate") else now - before


def breakdown_value(report: WeeklyReport, name: str) -> float | str | None:
    """A figure of the week's breakdown, or 計測不能."""
    if report.coverage.is_nothing:
        return wording.NOT_MEASURABLE
    value: float | None = getattr(report.breakdown, name)
    return value


def judgement(name: str, report: WeeklyReport) -> str:
    """What a count of the reconciliation amounts to; without a single row nothing was compared."""
    found = report.reconciliation
    if name not in OUGHT_TO_BE_ZERO:
        return wording.NOTHING
    if getattr(found, name):
        return "要確認"
    has_rows = found.queue_log_lines + found.cdr_rows + found.cel_rows > 0
    return "適合" if has_rows else wording.NOT_ASKED


def verdict_of(verdict: SourceVerdict) -> str:
    """What a source's checks amount to: with no row to judge, nothing was asked."""
    if not verdict.rows:
        return wording.NOT_ASKED
    return "適合" if all(check.is_met for check in verdict.checks) else "要確認"


def notes_on_counting(report: WeeklyReport) -> list[str]:
    """What a reader must know to compare the numbers of section 13 with each other."""
    notes = []
    landed = sum(v.rows for v in report.verdicts if v.kind == "cdr")
    if landed > report.reconciliation.cdr_rows:
        notes.append(
            f"通話明細（CDR）は交換機が同じ記録を2つの様式で書くため、取り込んだ{landed}行を"
            f"{report.reconciliation.cdr_rows}件として数えています。"
        )
    if report.reconciliation.non_calls:
        notes.append(
            f"通話に数えないもの{report.reconciliation.non_calls}件は、特番・相談・内線どうしの通話です。"
        )
    return notes


OUTSIDE_PERIOD = "期間外"
"""Why a day outside the contract's period is closed, as the calendar says it."""

ROUNDING = "割合は百分率の小数第2位を、秒数は小数第1位（通話一覧では小数第2位）を四捨五入しています。割合の増減はポイントです。"
"""The note of section 12."""


def remarks(report: WeeklyReport) -> list[str]:
    """What page 1 says about the figures' limits, each with its count; section 13 has the details."""
    found = report.reconciliation
    notes = [
        *_about_the_edition(report),
        *_about_days(report),
        *off_hours.remarks_on(report.off_hours),
        *_about_records(report),
    ]
    if found.answered_without_recording:
        reasons = [
            f"{reason}{count}件"
            for reason, count in (
                ("ファイルなし", found.unrecorded_without_file),
                ("空のファイル", found.unrecorded_empty_file),
                ("無音又は破損", found.unrecorded_silent),
            )
            if count
        ]
        told = f"（{'、'.join(reasons)}）" if reasons else ""
        notes.append(
            f"応対した通話{found.talked}件のうち{found.answered_without_recording}件は、音声の入った録音を確認できていません"
            f"{told}{report.head.cited('recordings')}。"
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
            f"見つからない、読めない、時刻が異なるなど、取込み元に支障がありました（{'、'.join(kinds)}）。"
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


def _about_records(report: WeeklyReport) -> list[str]:
    """Answered calls of which nobody wrote what was asked: sections 3 to 7 do not count them."""
    content = report.content
    if content is None or content.answered <= content.recorded:
        return []
    missing = content.answered - content.recorded
    return [
        f"応答{content.answered:,}件のうち{missing:,}件は対応記録がなく、3及び5から7に含まれていません"
        f"{report.head.cited('records')}。"
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
    """A count of one day, or what stands in its place. A closed day shows only who called all the same: every row of it
    where a call was let in, since the week counts them."""
    if day.counts is None:
        return day_mark(day)
    value: float | None = getattr(day.counts, name)
    was_let_in = day.counts.incoming > 0 and day.closed_reason != OUTSIDE_PERIOD
    is_shown = (
        day.closed_reason is None
        or was_let_in
        or (name == "after_hours" and value and day.closed_reason != OUTSIDE_PERIOD)
    )
    return value if is_shown else wording.CLOSED


def beside_rows(
    report: WeeklyReport,
) -> list[tuple[str, list[int | str], int]]:
    """Rows of page 1 that stand there only when there is something to say: label, a value for each day, the week's sum."""
    rows = []
    for label, counted in (
        (off_hours.LET_IN, off_hours.let_in),
        (off_hours.OUTSIDE_PERIOD, off_hours.outside_period),
    ):
        if total := counted(report.off_hours):
            by_day: list[int | str] = [
                counted(report.off_hours, day.day)
                or (wording.CLOSED if day.closed_reason else 0 if day.counts else day_mark(day))
                for day in report.days
            ]
            rows.append((label, by_day, total))
    return rows


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One printed line of section 5: a 小区分, the 小計 of a 大区分 or the 計 of all; `by_day` in the order of the days."""

    category: str
    item: str
    by_day: tuple[int | str, ...]
    total: int
    cumulative: int


def items_with_sums(report: WeeklyReport, content: InquiryContent) -> list[ItemLine]:
    """Section 5 as printed: each 大区分 with its 小計, then the 計; on a closed day 休 unless something was written down."""
    lines = []
    for category in dict.fromkeys(row.category for row in content.items):
        rows = [row for row in content.items if row.category == category]
        lines += [_item_line(report, [row], row.category, row.item) for row in rows]
        if len(rows) > 1:
            lines.append(_item_line(report, rows, category, "小計"))
    if content.items:
        lines.append(_item_line(report, content.items, "計", ""))
    return lines


def _item_line(report: WeeklyReport, rows: Sequence[ItemRow], category: str, item: str) -> ItemLine:
    sums = [sum(of_day) for of_day in zip(*(row.by_day for row in rows), strict=True)]
    return ItemLine(
        category,
        item,
        tuple(
            wording.CLOSED if day.closed_reason and not count else count
            for day, count in zip(report.days, sums, strict=True)
        ),
        sum(row.total for row in rows),
        sum(row.cumulative for row in rows),
    )


def day_mark(day: Day) -> str:
    """What stands in the column of a day that has no counts of its own."""
    if day.closed_reason is not None:
        return wording.CLOSED
    return wording.NOTHING if day.has_records else wording.NOT_MEASURABLE
