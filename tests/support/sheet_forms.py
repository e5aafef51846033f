"""A form of the city's as a workbook, and a paper to fill it with."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from reporting.paper.head import head_of
from reporting.paper.tables import Table, TablePaper
from reporting.personal_information.kind import KIND
from tests.compliance.erasure.stage import CONTRACT

HELD = Table(
    "2　保有状況",
    ("種別", "月初", "月末", "照合"),
    (("通話録音", "1,204", "3", "一致"), ("=HYPERLINK(\"http://x\")", "0", "007", "+1"), ("@SUM(1)", "-5", "", "一致")),
)  # fmt: skip

PAPER = TablePaper(
    head_of(CONTRACT, KIND), date(2024, 1, 4), (("対象月", "令和5年12月分"), ("種別", "=1+1")), "報告します。",
    (Table("1　総括", ("項目", "状況"), ()), HELD), ("責任者",),
)  # fmt: skip


def form(**cells: Any) -> Workbook:
    """A form of the city's with those cells beside what is its own."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "様式"
    sheet["A1"] = "個人情報取扱状況報告書（札幌市様式）"
    sheet["A1"].font = Font(name="游ゴシック", bold=True, size=14)
    sheet["H1"] = "=SUM(B10:B20)"
    sheet["H2"] = CellRichText("注：", TextBlock(InlineFont(b=True), "太字"))
    sheet.column_dimensions["A"].width = 33
    sheet.row_dimensions[10].height = 21
    sheet.merge_cells("A2:D2")
    sheet.add_data_validation(DataValidation("list", formula1='"有,無"', sqref="J1"))
    for where, value in cells.items():
        sheet[where] = value
    return book


def packed(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
