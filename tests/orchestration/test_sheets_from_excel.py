"""What Excel makes of what people type: days, times and digits are read as what they say, a number is no call's id."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from application.sheets import csv_of, read_rows, write_rows
from compliance.errors import EntryRefused
from compliance.ground.written import NumberCell
from compliance.inquiries import sheet
from compliance.inquiries.form import load_form
from compliance.registers import sheet as register_sheet
from compliance.registers.description import Field, FieldKind, Register
from compliance.registers.known import REGISTERS
from tests.support.inquiry_commands import GOOD as RECORD

NINE_THIRTY = 0.3958333333333333


def of_workbook(path: Path, row: dict[str, Any], *, is_1904: bool = False) -> dict[str, str]:
    """A row as a person typed it into a workbook without any formats, read back."""
    book = Workbook()
    if is_1904:
        book.epoch = CALENDAR_MAC_1904
    assert book.active is not None
    book.active.append(list(row))
    book.active.append(list(row.values()))
    book.save(path / "a.xlsx")
    (read,) = read_rows(path / "a.xlsx", sheet.NEEDED)
    return read


def of_csv(path: Path, row: dict[str, Any]) -> dict[str, str]:
    (path / "a.csv").write_bytes(csv_of(list(row), [{h: str(c) for h, c in row.items()}]))
    (read,) = read_rows(path / "a.csv", sheet.NEEDED)
    return read


@pytest.mark.parametrize(
    ("day", "time"),
    [
        ("2023/11/2", "9:30"),
        ("2023-11-02", "09:30:00"),
        ("2023年11月2日", "9時30分"),
        ("２０２３／１１／２", "９：３０"),
        (45232, NINE_THIRTY),
        ("45232", str(NINE_THIRTY)),
        (date(2023, 11, 2), "9:30"),
    ],
)
@pytest.mark.parametrize("read", [of_workbook, of_csv])
def test_a_day_and_a_time_are_what_they_say(tmp_path: Path, read: Any, day: Any, time: Any) -> None:
    row = read(tmp_path, {**RECORD, sheet.DAY: day, sheet.TIME: time})
    record = sheet.read_row(row, load_form())
    assert record.at.astimezone(UTC) == datetime(2023, 11, 2, 0, 30, tzinfo=UTC)


def test_a_workbook_that_counts_days_from_1904_means_the_same_day(tmp_path: Path) -> None:
    row = of_workbook(tmp_path, {**RECORD, sheet.DAY: 45232 - 1462}, is_1904=True)
    assert f"{sheet.read_row(row, load_form()).at:%Y-%m-%d}" == "2023-11-02"


@pytest.mark.parametrize(
    ("day", "time"),
    [
        ("11/2", "9:30"),
        ("2023/13/2", "9:30"),
        ("2023/11/31", "9:30"),
        ("20231102", "9:30"),
        ("45232.5", "9:30"),
        ("2023/11/2", "25:00"),
        ("2023/11/2", "1.5"),
        ("1999/11/2", "9:30"),
        ("99999", "9:30"),
    ],
)
def test_what_is_no_day_or_no_time_is_refused(day: str, time: str) -> None:
    with pytest.raises(EntryRefused):
        sheet.read_row({**RECORD, sheet.DAY: day, sheet.TIME: time}, load_form())


def test_digits_may_be_full_width(tmp_path: Path) -> None:
    wide = {sheet.CALL: "１７００４３８４９４．１０", sheet.NUMBER: "２", sheet.OPERATOR: "ｏｐ１"}
    record = sheet.read_row({**RECORD, **wide}, load_form())
    assert (record.call_id, record.number, record.operator) == ("1700438494.10", 2, "op1")


@pytest.mark.parametrize(
    ("heading", "typed"), [(sheet.CALL, 1700438494.10), (sheet.CALL, 17004), (sheet.CONTACT, 901)]
)
def test_a_number_where_a_text_belongs_is_refused_with_what_to_do_and_cannot_come_back_as_it_is(
    tmp_path: Path, heading: str, typed: float
) -> None:
    row = of_workbook(tmp_path, {**RECORD, sheet.CONTACT: "", heading: typed})
    assert isinstance(row[heading], NumberCell)
    with pytest.raises(EntryRefused, match=f"「{heading}」が数値のセル.*文字列") as refused:
        sheet.read_row(row, load_form())
    assert str(typed) not in str(refused.value)


def test_the_row_of_such_a_cell_comes_back_with_nothing_that_names_another_call(
    tmp_path: Path,
) -> None:
    row = of_workbook(tmp_path, {**RECORD, sheet.CALL: 1700438494.10})
    returned = {**row, **sheet._to_type_anew(row)}
    write_rows(tmp_path / "b.xlsx", sheet.HEADINGS, [returned])
    (again,) = read_rows(tmp_path / "b.xlsx", sheet.NEEDED)
    with pytest.raises(EntryRefused):
        sheet.read_row(again, load_form())


def test_a_template_s_cells_are_text_as_far_down_as_people_type(tmp_path: Path) -> None:
    write_rows(tmp_path / "t.xlsx", sheet.HEADINGS, [RECORD], sheet.choices(load_form()))
    book = load_workbook(tmp_path / "t.xlsx")
    page = book.worksheets[0]
    assert {cell.number_format for cell in page[2]} == {"@"}
    below = {
        column
        for one in page.column_dimensions.values()
        if one.min and one.number_format == "@"
        for column in range(one.min, one.max + 1)
    }
    assert below >= set(range(1, len(sheet.HEADINGS) + 1))
    assert page.column_dimensions["R"].width > 20, "a column is as wide as what stands in it"


def test_a_register_reads_days_moments_and_digits_alike() -> None:
    def kept(kind: FieldKind, text: str) -> str:
        return register_sheet.read_cell(Field("x", "欄", kind), text)

    for text in ("2023/11/2", "２０２３／１１／０２", "45232", "2023年11月2日"):
        assert kept(FieldKind.DAY, text) == "2023-11-02"
    for text in ("2023/11/2 9:30", "２０２３－１１－２　９：３０", "45232.3958333333"):
        assert kept(FieldKind.MOMENT, text) == "2023-11-02T09:30:00+09:00"
    assert kept(FieldKind.MOMENT, "2023-11-02T00:30:00+00:00") == "2023-11-02T09:30:00+09:00"
    assert kept(FieldKind.NUMBER, "１２") == "12"
    assert kept(FieldKind.CALL, "１７００４３８４９４．１０") == "1700438494.10"
    with pytest.raises(EntryRefused):
        kept(FieldKind.MOMENT, "45232")


def test_a_register_refuses_a_number_as_a_call() -> None:
    register = with_a_call()
    (title,) = (one.title for one in register.fields if one.kind is FieldKind.CALL)
    with pytest.raises(EntryRefused, match="数値のセル"):
        register_sheet.read_row(register, {title: NumberCell("1700438494.1")})
    assert (
        "1700438494.10"
        in register_sheet.read_row(register, {title: "1700438494.10"}).values.values()
    )


def with_a_call() -> Register:
    return next(
        register
        for register in REGISTERS.values()
        if any(one.kind is FieldKind.CALL for one in register.fields)
    )
