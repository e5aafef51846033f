"""Sheets that people fill, as files: xlsx or CSV to rows of text, and back.

Every cell is read as the text that a person sees: dates as 2023-11-20, numbers without a trailing .0, known as numbers
(`NumberCell`); formulas are never calculated. Text is written as text, so that nothing that comes back can become a formula,
and a workbook's cells are text cells, so that nothing typed there becomes a number.

Whoever fills a sheet may have been sent it by somebody else. So much of it is read and no more: bytes, parts, rows, columns,
letters; a workbook is opened beside this process. What a sheet exceeds is its reason to go back.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from typing import Any

from application.errors import SheetUnreadable
from compliance.errors import FileRefused
from compliance.ground.beside import beside
from compliance.ground.bounded_file import DAMAGED, MOST_BYTES, look_into, read_bounded
from compliance.ground.durable import write_durably
from compliance.ground.written import DAYS_OF_1904, NumberCell
from reporting.paper.cells import from_csv, in_csv

MAX_CELL = 10_000
MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 10_000, 256, 10_000_000
"""Of a sheet, blank rows left out; the letters of all cells."""
_MOST_OF_A_ROW = 1 << 20
"""Letters of one row of a CSV file as it is written."""
_LAST_ROW = 1 << 20
"""Of a workbook, by its format (ECMA-376); of a CSV file alike. Blank rows count."""
CODES = "コード"
OFFERED_ROWS = 1_000
"""So many rows of a template have drop-downs."""


def read_rows(path: Path, headings: Sequence[str]) -> list[dict[str, str]]:
    """The rows below the first row that holds every heading needed, blank ones left out.

    Raises:
        SheetUnreadable: the file is none of the two kinds, holds more than a sheet may, or no row holds the headings; the
            reason is in Japanese and names nothing that it holds.
    """
    try:
        content = read_bounded(path)
        table = list(_csv(content) if path.suffix.lower() == ".csv" else _xlsx(content))
    except FileRefused as refused:
        raise SheetUnreadable(f"{path.name}：{refused}") from refused
    for number, row in enumerate(table):
        if set(headings) <= set(row):
            return [
                {h: cell for h, cell in zip_longest(row, cells[: len(row)], fillvalue="") if h}
                for cells in table[number + 1 :]
            ]
    raise SheetUnreadable(f"{path.name}：見出し（{'、'.join(headings)}）のある行がありません。")


def write_rows(
    path: Path,
    headings: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    choices: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write rows under headings, as xlsx or CSV by the name's ending. In an xlsx file a heading with `choices` gets a
    drop-down, and one sheet more lists them."""
    if path.suffix.lower() == ".csv":
        write_durably(path, csv_of(headings, rows))
        return
    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        as_text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "bg_color": "#DDE6F0"})
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(rows, start=1):
            for column, heading in enumerate(headings):
                sheet.write_string(number, column, row.get(heading, ""), as_text)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(headings) - 1, 0), None, as_text)
        sheet.autofit()
        if choices:
            _offer(book, sheet, headings, choices)
    write_durably(path, held.getvalue())


def csv_of(headings: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows under headings as CSV that a spreadsheet opens, in which no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.DictWriter(text, headings, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({h: in_csv(row.get(h, "")) for h in headings} for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _offer(
    book: Any, sheet: Any, headings: Sequence[str], choices: Mapping[str, Sequence[str]]
) -> None:
    """The sheet of codes, and drop-downs that read from it."""
    codes = book.add_worksheet(CODES)
    for column, (heading, titles) in enumerate(choices.items()):
        codes.write_string(0, column, heading, book.add_format({"bold": True}))
        for row, title in enumerate(titles, start=1):
            codes.write_string(row, column, title)
        letter = chr(ord("A") + column)
        at = headings.index(heading)
        sheet.data_validation(
            1, at, OFFERED_ROWS, at,
            {"validate": "list", "source": f"={CODES}!${letter}$2:${letter}${len(titles) + 1}",
             "error_title": heading, "error_message": f"「{CODES}」の表から選んでください。"},
        )  # fmt: skip
    codes.autofit()


def _csv(content: bytes) -> Iterator[list[str]]:
    csv.field_size_limit(MOST_BYTES)
    lines = _Lines(_decoded(content))
    try:
        yield from _bounded(_rows_of(lines))
    except csv.Error as error:
        raise FileRefused(DAMAGED) from error


def _rows_of(lines: _Lines) -> Iterator[list[str]]:
    for row in _no_further(csv.reader(lines)):
        lines.row_ends()
        yield [from_csv(_text(cell)) for cell in row]


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("文字コードが UTF-8 でも Shift_JIS でもありません。")


class _Lines:
    """The lines of a text for the reader of CSV, which asks for as many as one row takes: so many letters and no more."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._lines.readline(_MOST_OF_A_ROW + 1)
        if not line:
            raise StopIteration
        self._taken += len(line)
        if self._taken > _MOST_OF_A_ROW:
            raise FileRefused(f"{_MOST_OF_A_ROW:,}字を超える行があります。")
        return line

    def row_ends(self) -> None:
        """The next line begins a row."""
        self._taken = 0


def _xlsx(content: bytes) -> Iterator[list[str]]:
    for line in beside(rows_of_workbook, content).splitlines():
        yield [c if isinstance(c, str) else NumberCell(*c) for c in json.loads(line)]


def rows_of_workbook(content: bytes) -> bytes:
    """The rows of a workbook's active sheet, a JSON array a line: texts, and `[text, days_later]` for a number. For `beside`
    alone.

    Raises:
        FileRefused: the workbook, or what it unpacks to, is more than may be read.
        Exception: whatever the library makes of a file that is no workbook.
    """
    look_into(content)
    from openpyxl import load_workbook
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    days_later = DAYS_OF_1904 if book.epoch == CALENDAR_MAC_1904 else 0
    sheet = book.active
    sheet.reset_dimensions()  # what the sheet says of its size is no row
    found = sheet.iter_rows(values_only=True)
    rows = _bounded([_text(cell, days_later) for cell in row] for row in _no_further(found))
    return b"\n".join(
        json.dumps([_told(cell) for cell in row], ensure_ascii=False).encode() for row in rows
    )


def _told(cell: str) -> object:
    return [str(cell), cell.days_later] if isinstance(cell, NumberCell) else cell


def _no_further(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """A workbook's row may say that it is any; those between come as blank ones."""
    for number, row in enumerate(rows):
        if number >= _LAST_ROW:
            raise FileRefused(f"空行を含めて{_LAST_ROW:,}行を超えています。分けてください。")
        yield row


def _bounded(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Rows that hold something, without the blank cells at their ends, as long as they are no more than a sheet may have.

    Raises:
        FileRefused: they are.
    """
    count = letters = 0
    for row in rows:
        while row and not row[-1]:
            row.pop()
        if not row:
            continue
        count += 1
        letters += sum(map(len, row))
        if len(row) > MOST_COLUMNS:
            raise FileRefused(f"{MOST_COLUMNS}列を超える行があります。")
        if count > MOST_ROWS:
            raise FileRefused(f"{MOST_ROWS:,}行を超えています。分けてください。")
        if letters > MOST_LETTERS:
            raise FileRefused(f"全部で{MOST_LETTERS:,}字を超えています。分けてください。")
        yield row


def _text(cell: object, days_later: int = 0) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return cell.date().isoformat() if is_day else cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        is_whole = isinstance(cell, float) and cell.is_integer()
        return NumberCell(str(int(cell) if is_whole else cell), days_later)
    return str(cell).strip()[:MAX_CELL]
