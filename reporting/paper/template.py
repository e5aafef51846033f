"""A workbook of the city's own, filled with a paper of tables: its marks are replaced, everything else of it stays.

What the library that reads it would lose (pictures, shapes, charts, macros) is a reason to refuse the file, not to hand in
another one. A text that would begin a formula stays a text.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from compliance.ground.bounded_file import MOST_UNPACKED
from reporting.paper.cells import opens_a_formula
from reporting.paper.marks import (
    PREFIXES,
    Vocabulary,
    is_torn,
    marks_in,
    refusal,
    replaced,
    vocabulary,
)
from reporting.paper.repacking import packed
from reporting.paper.tables import NOTHING, Table, TablePaper

if TYPE_CHECKING:
    from openpyxl import Workbook

_LOST = re.compile(
    r"xl/(?:drawings/|media/|charts/|diagrams/|vbaProject|embeddings/|ctrlProps/|activeX/|slicers/|comments|threadedComments/)"
)
_PROPERTIES, _NEVER = "docProps/core.xml", datetime(1980, 1, 1)  # noqa: DTZ001 - a file's time
_COUNT = re.compile(r"0|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class _Spot:
    """One cell with marks. `marks` stand in `text`, which is blank where a defined name is the mark."""

    sheet: Any
    row: int
    column: int
    text: str
    marks: tuple[str, ...]

    @property
    def address(self) -> str:
        return _address(self.sheet, self.row, self.column)


def fill(template: bytes, paper: TablePaper) -> bytes:
    """The filled workbook; the same form and paper give the same bytes. A table's rows go down from their mark, in the styles of
    its row.

    Raises:
        TemplateRefused: it is no xlsx file, holds what would be lost, a mark that the paper does not know, or no room for a table;
            every cell in question is named.
    """
    book = _opened(template)
    known = vocabulary(paper)
    spots = [*_cells(book), *_names(book)]
    problems = [problem for spot in spots for problem in _problems(spot, known)]
    if not spots:
        problems.append("差込みの印（{{head.title}} など）がありません。")
    if problems:
        raise refusal(problems)
    tables = [
        (spot, known.tables[mark]) for spot in spots for mark in spot.marks if mark in known.tables
    ]
    columns = [_columns(spot, len(table.headings)) for spot, table in tables]
    if found := list(_no_room(tables, columns)):
        raise refusal(found)
    for spot in spots:
        if not any(mark in known.tables for mark in spot.marks):
            _put(spot.sheet.cell(spot.row, spot.column), replaced(spot.text, known.texts))
    for (spot, table), across in zip(tables, columns, strict=True):
        _put_table(spot, table, across)
    book.calculation.fullCalcOnLoad = True
    buffer = io.BytesIO()
    properties = book.properties
    times = {"created": properties.created, "modified": properties.modified}
    book.save(buffer)
    return packed(buffer.getvalue(), {_PROPERTIES: _timed(buffer.getvalue(), times, template)})


def _timed(filled: bytes, times: Mapping[str, datetime | None], template: bytes) -> bytes:
    """The properties of a filled form with the form's own times: the library writes the present one, which is no fact of it."""
    with ZipFile(io.BytesIO(template)) as parts:
        is_known = _PROPERTIES in parts.namelist()
    with ZipFile(io.BytesIO(filled)) as parts:
        text = parts.read(_PROPERTIES).decode()
    for name, at in times.items():
        shown = f"{at if is_known and at else _NEVER:%Y-%m-%dT%H:%M:%SZ}"
        text = re.sub(rf"(<dcterms:{name}[^>]*>)[^<]*", rf"\g<1>{shown}", text)
    return text.encode()


def _opened(template: bytes) -> Workbook:
    from openpyxl import load_workbook

    try:
        with ZipFile(io.BytesIO(template)) as parts:
            sizes = {one.filename: one.file_size for one in parts.infolist()}
        if sum(sizes.values()) > MOST_UNPACKED:
            raise refusal([f"展開すると{MOST_UNPACKED:,}バイトを超えます。"])
        if lost := sorted(name for name in sizes if _LOST.match(name)):
            raise refusal(
                [f"図・図形・グラフ・コメント・マクロは差込みで失われます（{lost[0]} など{len(lost)}個）。除いて保存し直してください。"]
            )  # fmt: skip
        return load_workbook(io.BytesIO(template), rich_text=True)
    except (BadZipFile, KeyError, ValueError, OSError, SyntaxError, zlib.error) as error:
        raise refusal(["xlsx ファイルとして開けません。"]) from error


def _cells(book: Workbook) -> Iterator[_Spot]:
    for sheet in book.worksheets:
        for line in sheet.iter_rows():
            for cell in line:
                if cell.value is None or cell.data_type == "f":
                    continue
                text = str(cell.value)
                if "{{" in text or "}}" in text:
                    yield _Spot(sheet, cell.row, cell.column, text, tuple(marks_in(text)))


def _names(book: Workbook) -> Iterator[_Spot]:
    """Defined names that are marks; any other is the city's own."""
    from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

    own = [*book.defined_names.values()]
    own += [name for sheet in book.worksheets for name in sheet.defined_names.values()]
    for name in own:
        if not name.name.startswith(PREFIXES):
            continue
        found = [*name.destinations]
        if len(found) != 1 or found[0][0] not in book.sheetnames or ":" in found[0][1]:
            raise refusal([f"名前「{name.name}」が、1つのセルを指していません。"])
        title, where = found[0]
        letters, row = coordinate_from_string(where.replace("$", ""))
        column = column_index_from_string(letters)
        yield _Spot(book[title], row, column, f"{{{{{name.name}}}}}", (name.name,))


def _problems(spot: _Spot, known: Vocabulary) -> Iterator[str]:
    for mark in spot.marks:
        if not known.knows(mark):
            yield f"{spot.address}：{{{{{mark}}}}} はこの書類にありません。"
    if is_torn(spot.text):
        yield f"{spot.address}：{{{{ と }}}} が対になっていません。"
    is_alone = len(spot.marks) == 1 and spot.text.strip().startswith("{{")
    if any(mark in known.tables for mark in spot.marks) and not (
        is_alone and spot.text.strip().endswith("}}")
    ):
        yield f"{spot.address}：表の印は、1つだけをセルに書いてください。"


def _columns(spot: _Spot, count: int) -> list[tuple[int, int]]:
    """First and last column of each column of a table: cells that are merged across take one."""
    merged = {
        (one.min_row, one.min_col): one.max_col
        for one in spot.sheet.merged_cells.ranges
        if one.min_row == one.max_row
    }
    found, column = [], spot.column
    for _ in range(count):
        last = merged.get((spot.row, column), column)
        found.append((column, last))
        column = last + 1
    return found


def _no_room(
    tables: Sequence[tuple[_Spot, Table]], columns: Sequence[list[tuple[int, int]]]
) -> Iterator[str]:
    """Cells that a table would take and that hold something, belong to another table or to a larger merged cell."""
    taken: set[tuple[str, int, int]] = set()
    for (spot, table), across in zip(tables, columns, strict=True):
        sheet = spot.sheet
        area = [
            (row, column, first, last)
            for row in range(spot.row, spot.row + max(1, len(table.rows)))
            for first, last in across
            for column in range(first, last + 1)
        ]
        for row, column, first, last in area:
            is_mark = (row, column) == (spot.row, spot.column)
            if _inside(sheet, row, column):
                is_free = first < column and _span(sheet, row, first) == last
            else:
                is_free = is_mark or sheet.cell(row, column).value is None
            if not is_free or (sheet.title, row, column) in taken:
                yield (
                    f"{_address(sheet, row, column)}：{spot.address} の表（{len(table.rows)}行"
                    f"{len(table.headings)}列）が入りません。空けてください。"
                )
                break
        taken |= {(sheet.title, row, column) for row, column, _, _ in area}


def _inside(sheet: Any, row: int, column: int) -> bool:
    """Whether a cell is hidden by one that it is merged with, or spans rows."""
    return any(
        one.min_row <= row <= one.max_row
        and one.min_col <= column <= one.max_col
        and ((row, column) != (one.min_row, one.min_col) or one.min_row != one.max_row)
        for one in sheet.merged_cells.ranges
    )


def _span(sheet: Any, row: int, column: int) -> int:
    """The last column of the cell that begins there."""
    for one in sheet.merged_cells.ranges:
        if (one.min_row, one.max_row, one.min_col) == (row, row, column):
            return int(one.max_col)
    return column


def _put_table(spot: _Spot, table: Table, across: Sequence[tuple[int, int]]) -> None:
    sheet = spot.sheet
    lines = table.rows or ((NOTHING, *("",) * (len(table.headings) - 1)),)
    height = sheet.row_dimensions[spot.row].height
    for row, line in enumerate(lines, start=spot.row):
        if row > spot.row:
            _dress(sheet, spot.row, row, across)
            if height is not None:
                sheet.row_dimensions[row].height = height
        for (first, _), text in zip(across, line, strict=False):
            cell = sheet.cell(row, first)
            if _COUNT.fullmatch(text):
                cell.value = int(text.replace(",", ""))
            else:
                _put(cell, text)


def _dress(sheet: Any, model: int, row: int, across: Sequence[tuple[int, int]]) -> None:
    """Give a row the styles and merged cells of the table's first."""
    for first, last in across:
        for column in range(first, last + 1):
            if not _inside(sheet, row, column):
                sheet.cell(row, column)._style = copy(sheet.cell(model, column)._style)
        if last > first and _span(sheet, row, first) == first:
            sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)


def _put(cell: Any, text: str) -> None:
    """A text as a text, whatever it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    clean = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.value = clean or None
    if clean:
        cell.data_type = "s"
    if opens_a_formula(clean):
        cell.quotePrefix = True


def _address(sheet: Any, row: int, column: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{sheet.title}!{get_column_letter(column)}{row}"
