"""日次報告書（苦情） as an Excel workbook: the list, then one sheet for each case, the same words as the PDF."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.complaints import wording
from reporting.complaints.pdf import texts
from reporting.complaints.value import ComplaintReport
from reporting.paper.confirmed import BOX
from reporting.paper.workbook import Workbook


def render_xlsx(report: ComplaintReport, printed_at: datetime) -> bytes:
    """The workbook as bytes, its words filled in; the same input gives the same bytes."""
    import xlsxwriter

    printed = printed_at.astimezone(TOKYO)
    paper, buffer = texts(report, printed), io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": paper["title"], "created": printed.replace(tzinfo=None)})
        sheets = Workbook(
            book=book,
            footer=f"{paper['work_name']}　{paper['edition']}",
            nothing=wording.NONE,
            marks=frozenset({wording.NONE}),
        )
        _cover(sheets, report, paper)
        for number, case in enumerate(paper["cases"], start=1):
            _case(sheets, number, case)
        if report.corrections:
            _corrections(sheets, report)
        sheets.finish()
    return buffer.getvalue()


def _cover(sheets: Workbook, report: ComplaintReport, paper: dict[str, Any]) -> None:
    sheet = sheets.sheet("一覧", (6, 18, 18, 26, 34, 18, 10, 18))
    titles = ("No", "受付番号", "受付日時", "区分", "件名", "緊急", "市の対応", "状況")
    sheets.header(sheet, 0, titles)
    rows = [
        (number, row[1], case.received_at, *row[3:])
        for number, (row, case) in enumerate(zip(paper["rows"], report.cases, strict=True), start=1)
    ]
    sheets.rows(sheet, rows)
    foot = (
        ("あて先", paper["recipient"]), ("対象日", paper["days"]), ("提出期限", paper["due"]),
        ("件数", paper["count"]), ("定義", paper["definition"]), ("版", paper["edition"]),
        ("記録照合番号", paper["checkpoint"]),
        (BOX, paper["confirmed"].replace("\n", "　")),
    )  # fmt: skip
    for at, (title, text) in enumerate(foot, start=len(rows) + 2):
        sheet.write_string(at, 1, title, sheets.format(head=True))
        sheet.write_string(at, 2, text, sheets.format())


def _case(sheets: Workbook, number: int, case: dict[str, Any]) -> None:
    sheet = sheets.sheet(f"事案{number}", (26, 90))
    sheets.header(sheet, 0, ("項目", "内容"))
    rows = [
        *case["receipt"],
        ("2 申出の内容", case["summary"]),
        ("3 申出者の要求", case["demand"]),
        *(("4 対応経過", f"{at}　{who}　{what}") for at, who, what in case["rows"]),
        *((("4 対応経過（補足）", case["course"]),) if case["course"] else ()),
        ("5 現状", case["standing"]),
        *(
            (f"6 緊急報告　{title}", text)
            for title, text in case["urgent"] or [("", "緊急に当たらない。")]
        ),
        ("7 委託者への依頼", case["request"]),
        ("8 受託者の所見", case["opinion"]),
        ("9 委託者記入欄", ""),
        ("氏名・連絡先、録音", case["attached"]),
    ]
    sheets.rows(sheet, [(title.strip(), text) for title, text in rows])


def _corrections(sheets: Workbook, report: ComplaintReport) -> None:
    sheet = sheets.sheet("訂正箇所", (34, 24, 24, 40))
    sheets.header(sheet, 0, ("項目", "前版", "本版", "理由"))
    sheets.rows(sheet, [(c.item, c.before, c.after, c.reason) for c in report.corrections])
