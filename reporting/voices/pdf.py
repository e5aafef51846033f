"""週次集計結果別紙（市民の声） as PDF and as workbook: the same words in the same order."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.paper import wareki
from reporting.paper.confirmed import BOX, text_of
from reporting.paper.typesetting import typeset
from reporting.paper.workbook import Workbook
from reporting.voices.value import Voice, VoicesReport

LAYOUT = Path(__file__).with_name("voices.typ")
BLANK, ERASED, NONE = "未記入", "（消去済み）", "―"
MESSAGES = ("受付番号", "日時", "区分", "内容", "対応", "録音")
OPINIONS = ("受付番号", "区分", "種別・態度", "内容")
REPORTS = ("受付番号", "件名", "伝えた日時", "種別", "伝えた者", "相手", "市の指示・回答")


def render_pdf(report: VoicesReport, printed_at: datetime) -> bytes:
    """The paper as PDF bytes, its words filled in. `printed_at` is an aware instant.

    Raises:
        RenderingFailed: the typesetter refused it.
    """
    printed = printed_at.astimezone(TOKYO)
    return typeset(LAYOUT, texts(report, printed), printed)


def render_xlsx(report: VoicesReport, printed_at: datetime) -> bytes:
    """The workbook as bytes, its words filled in; the same input gives the same bytes."""
    import xlsxwriter

    printed = printed_at.astimezone(TOKYO)
    paper, buffer = texts(report, printed), io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": paper["title"], "created": printed.replace(tzinfo=None)})
        sheets = Workbook(
            book=book, footer=f"{paper['work_name']}　{paper['edition']}", nothing=NONE, marks=frozenset({NONE})
        )  # fmt: skip
        front = [
            ("書類", paper["title"]),
            ("対象期間", paper["period"]),
            ("提出期限", paper["due"]),
            ("版", paper["edition"]),
            ("記録照合番号", paper["checkpoint"]),
            (BOX, paper["confirmed"]),
        ]
        for name, widths, titles, rows in (
            ("表紙", (26, 60), ("項目", "内容"), front),
            ("預かりメッセージ", (14, 18, 26, 70, 12, 8), MESSAGES, paper["messages"]),
            ("主な意見・要望", (14, 30, 16, 80), OPINIONS, paper["opinions"]),
            ("市への報告・引継ぎ", (14, 30, 18, 12, 10, 28, 60), REPORTS, paper["reports"]),
        ):
            _sheet(sheets, name, widths, titles, rows)
        if report.corrections:
            rows = [(c.item, c.before, c.after, c.reason) for c in report.corrections]
            _sheet(sheets, "訂正箇所", (34, 24, 24, 40), ("項目", "前版", "本版", "理由"), rows)
        sheets.finish()
    return buffer.getvalue()


def _belongs_to(title: str) -> str:
    """Whose words these are: of another paper, by its title, or of the week where the contract owes no such paper."""
    if title:
        return f"{title}の「7　主な意見・要望」「9　預かりメッセージ」「10　引継ぎ・折返し」の言葉を記します。"
    return "預かりメッセージ、主な意見・要望、引継ぎの言葉を記します。"


def texts(report: VoicesReport, printed: datetime) -> dict[str, Any]:
    """Everything that the paper prints. Pure; `printed` is civil time in Japan."""
    return {
        "title": f"{report.head.title}（第{report.number}週）",
        "date": wareki.full(printed.date()),
        "recipient": report.head.recipient,
        "contractor": report.head.contractor_name or BLANK,
        "work_name": report.head.work_name,
        "belongs_to": _belongs_to(dict(report.titles).get("weekly", "")),
        "complaints_elsewhere": "（クレームは日次報告書による）"
        if dict(report.titles).get("complaints")
        else "",
        "messages_clause": report.head.cited("messages"),
        "edition": f"第{report.edition}版",
        "checkpoint": report.checkpoint or BLANK,
        "confirmed": text_of(report.confirmation),
        "period": wareki.span(report.first_day, report.last_day),
        "due": wareki.full(report.due_date),
        "headings": {"messages": MESSAGES, "opinions": OPINIONS, "reports": REPORTS},
        "messages": [
            (
                one.receipt_number,
                _moment(one.received_at),
                one.subject,
                one.summary or ERASED,
                f"{one.handling}（クレーム）" if one.is_complaint else one.handling,
                NONE if one.recordings is None else "有" if one.recordings else "無",
            )
            for one in report.messages
        ],
        "opinions": [
            (one.receipt_number, one.subject, _kind(one), one.summary or ERASED)
            for one in report.opinions
        ],
        "reports": [
            (
                one.receipt_number or NONE,
                one.subject or NONE,
                _moment(one.told_at),
                one.manner,
                one.told_by,
                one.reached or ERASED,
                one.instruction or BLANK,
            )
            for one in report.reports
        ],
        "corrections": [(c.item, c.before, c.after, c.reason) for c in report.corrections],
    }


def _sheet(
    sheets: Workbook,
    name: str,
    widths: Sequence[float],
    titles: Sequence[str],
    rows: Sequence[Sequence[object]],
) -> None:
    sheet = sheets.sheet(name, widths)
    sheets.header(sheet, 0, titles)
    sheets.rows(sheet, rows or [("該当なし",)])
    sheet.freeze_panes(1, 0)


def _kind(one: Voice) -> str:
    return f"{one.voice}・{one.stance}" if one.stance else one.voice


def _moment(at: datetime) -> str:
    return wareki.day_clock(at)
