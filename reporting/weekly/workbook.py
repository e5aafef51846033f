"""週次集計結果 as an Excel workbook: the same values as the PDF, as real dates, times and numbers.

Sheets: the week at a glance, days, half hours, every call behind the counts, terms, quality, corrections; what callers
asked stands in `workbook_inquiries`.
The counts are checked inside the workbook: 「一覧による検算」 counts the list of calls by formula.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.ground.japan import civil
from reporting.paper import wareki
from reporting.paper.confirmed import BOX, text_of
from reporting.paper.workbook import CLOCK, DAY, FILLS, Workbook
from reporting.weekly import off_hours, wording
from reporting.weekly.off_hours import OffHours
from reporting.weekly.statements import (
    ROUNDING,
    beside_rows,
    breakdown_value,
    change,
    day_mark,
    day_value,
    judgement,
    notes_on_counting,
    remarks,
    sum_value,
    summary,
    verdict_of,
)
from reporting.weekly.value import Coverage, Day, HalfHour, WeeklyReport, half_hour_profile
from reporting.weekly.workbook_inquiries import inquiry_sheets

_CALLS = "区分別の通話一覧"

_LISTED: Mapping[str, tuple[str, ...]] = {
    "incoming": tuple(outcome for outcome in wording.OUTCOMES if outcome != "after_hours"),
    "not_answered": ("overflow", "abandoned", "abandoned_in_menu"),
    "answered": ("answered",),
    "overflow": ("overflow",),
    "abandoned": ("abandoned", "abandoned_in_menu"),
    "message": ("message",),
    "interrupted_undetermined": ("interrupted", "undetermined"),
    "after_hours": ("after_hours",),
}
"""The classes of calls that a count of page 1 consists of; a definition in force comes first."""


def _listed(report: WeeklyReport, name: str) -> tuple[str, ...]:
    """The classes behind a count: what the definition in force counts, else what the count's name says."""
    term = next((term for term in report.definitions if term.name == name), None)
    defined = (term.numerator or term.denominator) if term else ()
    return tuple(defined) or _LISTED[name]


def render_xlsx(report: WeeklyReport, printed_at: datetime) -> bytes:
    """The workbook as bytes. `printed_at` is an aware instant; the same input gives the same bytes."""
    import xlsxwriter

    buffer = io.BytesIO()
    printed = civil(printed_at)
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties(
            {
                "title": f"{report.head.title}（第{report.week.number}週）",
                "subject": report.head.work_name,
                "author": "",
                "created": printed,
            }
        )
        book.set_size(2400, 1600)
        shared = Workbook(
            book,
            footer=f"{report.head.title}　第{report.edition}版",
            nothing=wording.NOTHING,
            marks=frozenset({wording.CLOSED, wording.NOTHING, wording.NOT_MEASURABLE}),
        )
        sheets = _Sheets(shared, report, printed)
        sheets.overview()
        inquiry_sheets(shared, report)
        sheets.days()
        sheets.half_hours()
        sheets.calls()
        sheets.terms()
        sheets.quality()
        sheets.corrections()
        shared.finish()
    return buffer.getvalue()


@dataclass(slots=True)
class _Sheets:
    """Writes one sheet after the other into a workbook."""

    book: Workbook
    report: WeeklyReport
    printed: datetime

    def overview(self) -> None:
        """Page 1 as a table, with the check against the list of calls."""
        report, week = self.report, self.report.week
        sheet = self.book.sheet("概況", [30, *[11] * (len(report.days) + 5)])
        sheet.write_string(
            0,
            0,
            f"{report.head.title}（第{week.number}週）",
            self.book.format(bold=True, font_size=14),
        )
        lines = [
            ("業務名", report.head.work_name),
            ("あて先", report.head.recipient),
            ("受託者", wording.or_blank(report.head.contractor_name)),
            ("対象期間", f"{wareki.span(week.first_day, week.last_day)}（開設{week.open_days}日）"),
            ("提出期限", wareki.full(week.due_date)),
            ("版・作成日時", f"第{report.edition}版　{wareki.moment(self.printed)}"),
            ("記録照合番号", wording.or_blank(report.checkpoint)),
            (BOX, text_of(report.confirmation)),
            *(("概況", line) for line in summary(report)),
            *(("留意点", line) for line in remarks(report)),
        ]
        for n, (label, text) in enumerate(lines, start=1):
            self.book.line(sheet, n, label, text)
        top = len(lines) + 2
        header = [
            "区分",
            *(d.day for d in report.days),
            _heading("週計", report.coverage),
            _heading("前週", report.previous_coverage),
            "増減",
            _heading("累計", report.cumulative_coverage),
            "一覧による検算",
        ]
        self.book.header(sheet, top, header)
        for n, (name, label) in enumerate(wording.COUNTS.items(), start=1):
            row = top + n
            kind = "percent" if name == "answer_rate" else "number"
            sheet.write_string(row, 0, label, self.book.format())
            column = 1
            sums = (
                sum_value(report.total, report.coverage, name),
                sum_value(report.previous, report.previous_coverage, name),
                change(report, name),
                sum_value(report.cumulative, report.cumulative_coverage, name),
            )
            moved = "points" if name == "answer_rate" else "number"
            kinds = [*[kind] * (len(report.days) + 2), moved, kind]
            for value in (*(day_value(day, name) for day in report.days), *sums):
                self.book.write(sheet, row, column, value, kinds[column - 1])
                column += 1
            self._check(sheet, row, column, name)
        beside = beside_rows(report)
        for row, (label, by_day, total) in enumerate(beside, start=top + len(wording.COUNTS) + 1):
            for column, value in enumerate((label, *by_day, total)):
                self.book.write(sheet, row, column, value, "number")
        bottom = top + len(wording.COUNTS) + len(beside) + 1
        sheet.write_string(
            bottom,
            0,
            "※回線話中で当センターに到達しなかった入電："
            + (
                wording.NOT_MEASURABLE
                if report.total.carrier_busy is None
                else wording.number(report.total.carrier_busy)
            )
            + "（通信事業者の資料による）",
            self.book.format(font_size=9),
        )
        for n, (name, label) in enumerate(wording.BREAKDOWN.items()):
            sheet.write_string(bottom + 2 + n, 0, label, self.book.format())
            self.book.write(sheet, bottom + 2 + n, 1, breakdown_value(report, name), _kind_of(name))
        self._chart_of_days(sheet, top, bottom + 2)
        blanks = []
        if report.content is None:
            blanks = [
                "3 問い合わせ内容",
                "4 特記・依頼事項（クレーム・折返し未了・FAQ確認待ち）",
                "5 内容別件数",
                "6 施策への意見",
                "7 主な意見・要望",
                "10 引継ぎ・折返し",
                "11 FAQ更新",
            ]
        after = bottom + 3 + len(wording.BREAKDOWN)
        for n, label in enumerate(blanks):
            sheet.write_string(after + n, 0, label, self.book.format())
            sheet.write_string(
                after + n, 1, wording.NOT_FILLED_IN, self.book.format(font_color="#666666")
            )

    def days(self) -> None:
        """One row per day."""
        self._by_day("日別", wording.COUNTS, day_value)
        self._by_day("日別の内訳", wording.BREAKDOWN, _part_of_day)

    def _by_day(
        self, name: str, columns: Mapping[str, str], value_of: Callable[[Day, str], object]
    ) -> None:
        sheet = self.book.sheet(name, [12, 6, 14, *[13] * len(columns)])
        self.book.header(sheet, 0, ["日付", "曜日", "開設", *columns.values()])
        for row, day in enumerate(self.report.days, start=1):
            self.book.write(sheet, row, 0, day.day)
            self.book.write(sheet, row, 1, wareki.weekday(day.day))
            state = "開設" if day.has_records else "開設（記録なし）"
            self.book.write(sheet, row, 2, day.closed_reason or state)
            for column, one in enumerate(columns, start=3):
                self.book.write(sheet, row, column, value_of(day, one), _kind_of(one))
        sheet.freeze_panes(1, 1)

    def half_hours(self) -> None:
        """One row per half hour of the week's profile, then per day; a chart of the profile."""
        header = [
            "日付",
            "時刻",
            "入電",
            "応答",
            "あふれ",
            "放棄",
            "預かり",
            "その他",
            "最大同時回線",
            "最長待ち（秒）",
        ]
        sheet = self.book.sheet("時間帯別", [12, 8, *[11] * 8])
        self.book.header(sheet, 0, header)
        profile = half_hour_profile(self.report)
        parts: list[tuple[object, object, HalfHour | OffHours]] = [
            *((part.day or "週計", part.starts_at, part) for part in profile),
            *(("週計", off_hours.SLOT, one) for one in off_hours.whole(self.report.off_hours)),
            *((part.day, part.starts_at, part) for part in self.report.half_hours),
            *((one.day, off_hours.SLOT, one) for one in off_hours.in_period(self.report.off_hours)),
        ]
        for row, (day_of, slot, part) in enumerate(parts, start=1):
            values = (
                day_of, slot, part.incoming, part.answered, part.overflow, part.abandoned, part.message,
                part.other, getattr(part, "max_concurrent_lines", None), part.longest_wait_seconds,
            )  # fmt: skip
            for column, value in enumerate(values):
                self.book.write(sheet, row, column, value, "seconds" if column == 9 else "number")
        for row, day in enumerate(self.report.unrecorded_days, start=len(parts) + 1):
            for column, mark in enumerate([day.day, *[wording.NOT_MEASURABLE] * (len(header) - 1)]):
                self.book.write(sheet, row, column, mark)
        if profile:
            chart = self.book.chart("時間帯別（30分ごと・週計）", "時刻（30分の始まり）", CLOCK)
            for n, column in enumerate(range(3, 8)):
                chart.add_series(
                    {
                        "name": ["時間帯別", 0, column],
                        "categories": ["時間帯別", 1, 1, len(profile), 1],
                        "values": ["時間帯別", 1, column, len(profile), column],
                        **FILLS[n],
                        "border": {"color": "#404040", "width": 0.5},
                        "gap": 40,
                    }
                )
            self.book.chart_at(self.book.sheet("時間帯別の図", [11] * 12), 0, 0, chart, (1.9, 1.4))
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, len(parts), len(header) - 1)

    def calls(self) -> None:
        """Every inbound call of the week, in the class that it is counted in."""
        header = [
            "日付", "時刻", "区分", "理由", "案内の選択", "待ち（秒）", "通話（秒）", "従事者番号",
            "転送回数", "録音数", "終わりの記録", "受付番号", "通話番号",
        ]  # fmt: skip
        sheet = self.book.sheet(_CALLS, [12, 10, 18, 18, 18, 10, 10, 11, 9, 8, 12, 13, 20])
        self.book.header(sheet, 0, header)
        for row, call in enumerate(self.report.calls, start=1):
            values: Sequence[tuple[object, str]] = (
                (call.day, ""),
                (call.started_at.time().replace(microsecond=0), "clock"),
                (wording.OUTCOMES[call.outcome], ""),
                (wording.REASONS.get(call.reason or "", call.reason or ""), ""),
                (self.report.service(call), ""),
                (call.wait_seconds, "seconds"),
                (call.talk_seconds, "seconds"),
                (call.operator or "", ""),
                (call.transfer_count, "number"),
                (call.recording_count, "number"),
                ("あり" if call.is_complete else "なし", ""),
                (call.receipt_number, ""),
                (call.call_id, ""),
            )
            for column, (value, kind) in enumerate(values):
                self.book.write(sheet, row, column, value, kind)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(self.report.calls)), len(header) - 1)

    def terms(self) -> None:
        """Definitions with name and version, and how classes are told apart."""
        sheet = self.book.sheet("用語", [26, 10, 90])
        self.book.header(sheet, 0, ["用語", "版", "算出方法"])
        rows = [(t.title, f"第{t.version}版", t.formula) for t in self.report.definitions]
        rows += [(wording.OUTCOMES[k], "区分", note) for k, note in wording.OUTCOME_NOTES.items()]
        rows.append(("端数", "", ROUNDING))
        self.book.rows(sheet, rows)

    def quality(self) -> None:
        """What was asked of the rows, which sources had trouble, how the records agree."""
        sheet = self.book.sheet("データの確認結果", [24, 44, 12, 14])
        self.book.header(sheet, 0, ["取り込んだ記録", "確認項目", "結果", "該当行数"])
        rows: list[tuple[object, ...]] = []
        for verdict in self.report.verdicts:
            source = wording.SOURCES.get(verdict.kind, verdict.kind)
            told = verdict_of(verdict) if not verdict.rows else wording.NOTHING
            rows.append((source, "確認した行数", told, verdict.rows))
            rows += [
                (source, check.title, "適合" if check.is_met else "要確認", check.rows_failed)
                for check in verdict.checks
            ]
        for problem in self.report.problems:
            source = wording.SOURCES.get(problem.kind, problem.kind)
            state = wording.SOURCE_STATES.get(problem.state, problem.state)
            rows.append((source, f"取込み元 {problem.name}", state, None))
        for name, label in wording.reconciliation(self.report.head).items():
            value = getattr(self.report.reconciliation, name)
            rows.append(("記録どうしの照合", label, judgement(name, self.report), value))
        rows += [("説明", note, "", "") for note in notes_on_counting(self.report)]
        self.book.rows(sheet, rows)

    def corrections(self) -> None:
        """What this edition says differently from the one before."""
        sheet = self.book.sheet("訂正箇所", [44, 26, 26, 36])
        self.book.header(sheet, 0, ["項目", "前版", "本版", "理由"])
        if self.report.edition == 1:
            sheet.write_string(1, 0, "第1版のため、訂正はありません。")
        self.book.rows(
            sheet, [(c.item, c.before, c.after, c.reason) for c in self.report.corrections]
        )

    def _check(self, sheet: Any, row: int, column: int, name: str) -> None:
        """The same count once more, by formula over the list of calls."""
        last = max(2, len(self.report.calls) + 1)
        classes = () if name == "answer_rate" else _listed(self.report, name)
        if name == "answer_rate":
            total = getattr(self.report.total, name)
            top = row - list(wording.COUNTS).index(name)
            column_name = _letters(column)
            formula = (
                f'=IF({column_name}{top + 1}=0,"―",{column_name}{top + 2}/{column_name}{top + 1})'
            )
            value: object = wording.NOTHING if total is None else total
            sheet.write_formula(row, column, formula, self.book.format(num_format="0.0%"), value)
            return
        parts = [
            f"COUNTIF('{_CALLS}'!$C$2:$C${last},\"{wording.OUTCOMES[outcome]}\")"
            for outcome in classes
        ]
        listed = sum(call.outcome in classes for call in self.report.calls)
        sheet.write_formula(
            row, column, "=" + "+".join(parts), self.book.format(num_format="#,##0"), listed
        )

    def _chart_of_days(self, sheet: Any, top: int, row: int) -> None:
        chart = self.book.chart("日別", "日", DAY)
        names = list(wording.COUNTS)
        days = len(self.report.days)
        for n, name in enumerate(("answered", "overflow", "abandoned", "message")):
            at = top + 1 + names.index(name)
            chart.add_series(
                {
                    "name": ["概況", at, 0],
                    "categories": ["概況", top, 1, top, days],
                    "values": ["概況", at, 1, at, days],
                    **FILLS[n],
                    "border": {"color": "#404040", "width": 0.5},
                    "gap": 60,
                }
            )
        self.book.chart_at(sheet, row, 3, chart, (1.2, 1.0))


def _part_of_day(day: Day, name: str) -> object:
    is_open = day.breakdown is not None and day.closed_reason is None
    return getattr(day.breakdown, name) if is_open else day_mark(day)


def _heading(title: str, part: Coverage | None) -> str:
    """A column's heading; what it covers, where that is not the whole."""
    told = wording.coverage(part)
    return f"{title}（{told}）" if told else title


def _kind_of(name: str) -> str:
    if name.endswith("_rate"):
        return "percent"
    return "seconds" if name.endswith("_seconds") else "number"


def _letters(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))
