"""A form of the city's as a document."""

from __future__ import annotations

import io

import docx
from docx.document import Document
from docx.shared import Pt


def form(*paragraphs: str, table: tuple[str, ...] = ("{{table.保有状況}}", "", "", "")) -> Document:
    """A form with a heading of its own, those paragraphs, and a table whose second row is the model; no row where it is blank."""
    made = docx.Document()
    heading = made.add_paragraph()
    heading.add_run("個人情報取扱状況報告書（札幌市様式）").bold = True
    for text in paragraphs:
        made.add_paragraph(text)
    if table:
        grid = made.add_table(3, len(table), style="Table Grid")
        for column, text in enumerate(table):
            grid.cell(0, column).text = f"見出し{column + 1}"
            grid.cell(1, column).text = text
            grid.cell(2, column).text = "様式の末行" if column == 0 else ""
        grid.rows[1].height = Pt(30)
    return made


def packed(made: Document) -> bytes:
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()
