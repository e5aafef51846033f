"""The sheets of the weekly workbook about what callers asked: counts by item and day, lists behind sections 4 and 9 to 11."""

from __future__ import annotations

from collections.abc import Sequence

from reporting.paper import wareki
from reporting.paper.workbook import Workbook
from reporting.weekly import wording
from reporting.weekly.follow_ups import FollowUps, MessageNote
from reporting.weekly.statements import items_with_sums
from reporting.weekly.value import WeeklyReport


def inquiry_sheets(book: Workbook, report: WeeklyReport) -> None:
    """Every sheet of them; none where no inquiry was recorded."""
    _content(book, report)
    if report.follow_ups is not None:
        _follow_ups(book, report, report.follow_ups)
        _records(book, report, report.follow_ups)


def _content(book: Workbook, report: WeeklyReport) -> None:
    """Sections 3 to 6: every item by day, then nature, stance and handling."""
    content = report.content
    if content is None:
        return
    days = [wareki.weekday(day.day) for day in report.days]
    header = ["大区分", "小区分", *days, "計", "累計"]
    sheet = book.sheet("内容別", [16, 30, *[7] * len(days), 8, 8])
    book.header(sheet, 0, header)
    row = 0
    for row, item in enumerate(items_with_sums(report, content), start=1):
        book.write(sheet, row, 0, item.category)
        book.write(sheet, row, 1, item.item)
        for column, value in enumerate((*item.by_day, item.total, item.cumulative), start=2):
            book.write(sheet, row, column, value, "number")
    told = [
        ("問い合わせ", "計", content.total),
        ("クレーム", "計", content.complaints),
        ("応答", "計", content.answered),
        ("応答", "うち記録のあるもの", content.recorded),
    ]
    for title, ones in (
        ("性質別", content.voices),
        ("態度", content.stances),
        ("対応", content.handlings),
    ):
        told += [(title, one.title, one.total) for one in ones]
    for place, (title, name, value) in enumerate(told, start=row + 2):
        book.write(sheet, place, 0, title)
        book.write(sheet, place, 1, name)
        book.write(sheet, place, 2 + len(days), value, "number")
    sheet.freeze_panes(1, 2)


def _follow_ups(book: Workbook, report: WeeklyReport, found: FollowUps) -> None:
    """Sections 4 and 9 to 11: a sheet for each list."""
    subjects = {note.call_id: note for note in found.messages}
    _list(
        book,
        "預かりメッセージ", (16, 18, 34, 14, 10),
        ("受付番号", "日時", "内容（言葉は別紙）", "対応", "クレーム"),
        [
            (c.receipt_number, c.started_at, *_note(subjects.get(c.call_id)))
            for c in report.messages
        ],
    )  # fmt: skip
    _list(
        book,
        "市への報告・引継ぎ", (18, 12, 10, 14, 34, 16),
        ("伝えた日時", "種別", "伝えた者", "受付番号", "区分", "市の回答"),
        [
            (r.told_at, r.manner, r.told_by, r.receipt_number or wording.NOTHING, r.subject or wording.NOTHING,
             wording.answer_of(r))
            for r in found.reports
        ],
    )  # fmt: skip
    _list(
        book,
        "折返し未了", (14, 18, 34, 16, 16),
        ("受付番号", "受付", "区分", "期限", "状況"),
        [
            (c.receipt_number or wording.NOTHING, c.asked_at, c.subject, c.due_on or wording.NOT_FILLED_IN,
             wording.state_of(c))
            for c in found.open_callbacks
        ],
    )  # fmt: skip
    _list(
        book,
        "FAQ更新", (10, 6, 30, 10, 10, 34, 16, 16),
        ("番号", "版", "件名", "変更", "求めた者", "理由", "報告日", "確認日"),
        [
            (f.number, f.version, f.title, f.change, f.asked_by, f.reason,
             f.reported_on or wording.NOT_FILLED_IN, f.confirmed_on or (wording.WAITS_EARLIER if f.is_earlier else "確認待ち"))
            for f in found.faq
        ],
    )  # fmt: skip


def _records(book: Workbook, report: WeeklyReport, found: FollowUps) -> None:
    """Every record behind the counts of sections 3 to 6, each with the number by which its call is named."""
    numbers = {call.call_id: call.receipt_number for call in report.calls}
    _list(
        book,
        "対応記録の一覧", (18, 30, 20, 34, 10, 10, 12, 10, 10, 8),
        ("日時", "対応記録の番号", "受付番号", "区分／小区分", "性質", "態度", "対応", "FAQ", "クレーム", "預かり"),
        [
            (r.at, r.inquiry_id, numbers.get(r.call_id, wording.NOTHING), r.subject, r.voice, r.stance, r.handling, r.faq,
             "はい" if r.is_complaint else "", "はい" if r.is_message else "")
            for r in found.records
        ],
    )  # fmt: skip


def _list(
    book: Workbook,
    name: str,
    widths: Sequence[float],
    titles: Sequence[str],
    rows: Sequence[Sequence[object]],
) -> None:
    sheet = book.sheet(name, widths)
    book.header(sheet, 0, titles)
    book.rows(sheet, rows or [("該当なし",)])
    sheet.freeze_panes(1, 0)


def _note(note: MessageNote | None) -> tuple[object, ...]:
    if note is None:
        return (wording.NOT_FILLED_IN, wording.NOT_FILLED_IN, "")
    return (note.subject, note.handling, "はい" if note.is_complaint else "")
