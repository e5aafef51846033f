"""Sheets that people fill, as files: xlsx or CSV to rows of text, and back.

Every cell is read as the text that a person sees: dates as 2023-11-20, numbers without a trailing .0; formulas are
never calculated. Text is written as text, so that nothing that comes back can become a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from compliance.ground.durable import write_durably
from orchestration.errors import SheetUnreadable

MAX_BYTES = 20_000_000
MAX_CELL = 10_000
CODES = "コード"
OFFERED_ROWS = 1_000
"""So many rows of a template have drop-downs."""


def read_rows(path: Path, headings: Sequence[str]) -> list[dict[str, str]]:
    """The rows below the first row that holds every heading needed, blank ones left out.

    Raises:
        SheetUnreadable: the file is none of the two kinds, too large, or no row holds the headings.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SheetUnreadable(f"{path.name} is larger than {MAX_BYTES:,} bytes: divide it.")
        table = list(_csv(path) if path.suffix.lower() == ".csv" else _xlsx(path))
    except OSError as error:
        raise SheetUnreadable(f"{path.name} cannot be read ({error.strerror}).") from error
    for number, row in enumerate(table):
        if set(headings) <= set(row):
            return [
                {h: cell for h, cell in zip(row, cells, strict=False) if h}
                for cells in table[number + 1 :]
                if any(cells)
            ]
    raise SheetUnreadable(f"{path.name} has no row with the headings {'、'.join(headings)}.")


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
        bold = book.add_format({"bold": True, "bg_color": "#DDE6F0"})
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(rows, start=1):
            for column, heading in enumerate(headings):
                sheet.write_string(number, column, row.get(heading, ""))
        sheet.freeze_panes(1, 0)
        sheet.autofit()
        if choices:
            _offer(book, sheet, headings, choices)
    write_durably(path, held.getvalue())


def csv_of(headings: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows under headings as CSV that a spreadsheet opens, in which no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.DictWriter(text, headings, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({h: _harmless(row.get(h, "")) for h in headings} for row in rows)
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


def _csv(path: Path) -> Iterable[list[str]]:
    raw = path.read_bytes()
    csv.field_size_limit(MAX_BYTES)
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            return [[_as_written(cell) for cell in row] for row in csv.reader(io.StringIO(text))]
        except csv.Error as error:
            raise SheetUnreadable(f"{path.name} is no CSV file.") from error
    raise SheetUnreadable(f"{path.name} is neither UTF-8 nor Shift_JIS.")


def _xlsx(path: Path) -> Iterable[list[str]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        return [[_text(cell) for cell in row] for row in book.active.iter_rows(values_only=True)]
    except (InvalidFileException, BadZipFile, KeyError, ValueError, AttributeError) as error:
        raise SheetUnreadable(f"{path.name} is no xlsx or CSV file.") from error


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return cell.date().isoformat() if is_day else cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()[:MAX_CELL]


_FORMULA = frozenset("=+-@\t\r")


def _harmless(cell: str) -> str:
    """A CSV cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in _FORMULA else cell


def _as_written(cell: str) -> str:
    """A CSV cell without the mark that `_harmless` put before it."""
    text = _text(cell)
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text
