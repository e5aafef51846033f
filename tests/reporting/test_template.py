"""The city's own form: its marks are filled, everything else of it stays, and nothing that would be lost is passed over."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText
from openpyxl.styles import Border, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName

from compliance.errors import EntryRefused, NotAllowed
from reporting.completion.kind import COMPLETION
from reporting.errors import TemplateRefused
from reporting.paper.kind import Correction
from reporting.paper.marks import vocabulary
from reporting.paper.tables import TablePaper
from reporting.paper.template import fill
from reporting.personal_information.kind import KIND, PERSONAL_INFORMATION
from tests.compliance.erasure.stage import Stage
from tests.support.inquiry_commands import say, stage
from tests.support.month_office import Office, contract, office
from tests.support.monthly_papers import issue
from tests.support.sheet_forms import HELD, PAPER, form, packed

__all__ = ["contract", "office", "stage"]
BORDER = Border(*(Side("thin"),) * 4)


def dress(cell: Any) -> str:
    return repr((cell.font, cell.border, cell.fill, cell.alignment, cell.number_format))


def filled(book: Workbook, paper: TablePaper = PAPER) -> Any:
    return load_workbook(io.BytesIO(fill(packed(book), paper)), rich_text=True)["様式"]


def test_marks_are_filled_and_everything_else_stays() -> None:
    book = form(
        A3="宛先：{{ head.recipient }}　{{fact.対象月}}", A4="{{head.title}}", A5="{{paper.due_date}}",
        B5="{{paper.edition}}", A6="{{head.contractor_name}}", A10="{{table.保有状況}}",
    )  # fmt: skip
    for column, letter in enumerate("ABCD"):
        book["様式"][f"{letter}10"].border = BORDER
        book["様式"][f"{letter}10"].fill = PatternFill("solid", fgColor=f"FFEE0{column}")
    before = load_workbook(io.BytesIO(packed(book)), rich_text=True)["様式"]
    sheet = filled(book)
    assert sheet["A3"].value == "宛先：札幌市長　令和5年12月分"
    assert sheet["A4"].value == "個人情報取扱状況報告書"
    assert (sheet["A5"].value, sheet["B5"].value) == ("令和6年1月4日（木）", "第1版")
    assert sheet["A6"].value == "未記入"
    assert [[sheet.cell(r, c).value for c in range(1, 5)] for r in (10, 11, 12)] == [
        ["通話録音", 1204, 3, "一致"],
        ['=HYPERLINK("http://x")', 0, "007", "+1"],
        ["@SUM(1)", "-5", None, "一致"],
    ]
    for row in (11, 12):
        assert sheet.row_dimensions[row].height == 21
        for column in range(1, 5):
            model, own = sheet.cell(10, column), sheet.cell(row, column)
            assert dress(own) == dress(model)
    touched = {"A3", "A4", "A5", "B5", "A6"} | {f"{c}{r}" for c in "ABCD" for r in (10, 11, 12)}
    for line in before.iter_rows():
        for cell in line:
            if cell.coordinate not in touched:
                same = sheet[cell.coordinate]
                assert (same.value, same.data_type) == (cell.value, cell.data_type)
                assert dress(same) == dress(cell)
    assert sheet["H1"].data_type == "f" and isinstance(sheet["H2"].value, CellRichText)
    assert [str(one) for one in sheet.merged_cells.ranges] == ["A2:D2"]
    assert sheet.column_dimensions["A"].width == 33
    assert len(sheet.data_validations.dataValidation) == 1


@pytest.mark.parametrize("has_properties", [True, False])
def test_the_same_form_and_paper_give_the_same_bytes(has_properties: bool) -> None:
    content = packed(form(A4="{{head.title}}"))
    if not has_properties:
        buffer = io.BytesIO()
        with ZipFile(io.BytesIO(content)) as read, ZipFile(buffer, "w") as written:
            for name in read.namelist():
                if name != "docProps/core.xml":
                    written.writestr(name, read.read(name))
        content = buffer.getvalue()
    first = fill(content, PAPER)
    time.sleep(2.1)  # a ZIP's clock goes by two seconds
    assert fill(content, PAPER) == first
    made = load_workbook(io.BytesIO(content)).properties.created
    assert not has_properties or load_workbook(io.BytesIO(first)).properties.created == made


def test_no_text_becomes_a_formula() -> None:
    sheet = filled(form(A4="{{fact.種別}}", A10="{{table.2　保有状況}}"))
    for where in ("A4", "A11", "D11", "A12", "B12"):
        cell = sheet[where]
        assert (cell.data_type, cell.quotePrefix) == ("s", True), where
    assert sheet["A10"].quotePrefix is False


def test_a_mark_in_a_value_is_not_filled_again() -> None:
    from dataclasses import replace

    paper = replace(PAPER, facts=(("対象月", "{{head.title}}"),))
    assert filled(form(A4="{{fact.対象月}}"), paper)["A4"].value == "{{head.title}}"


def test_defined_names_are_marks_too() -> None:
    book = form(B3="（ここに対象月）")
    book.defined_names["fact.対象月"] = DefinedName("fact.対象月", attr_text="様式!$B$3")
    book.defined_names["市の範囲"] = DefinedName("市の範囲", attr_text="様式!$A$1:$D$9")
    assert filled(book)["B3"].value == "令和5年12月分"
    book.defined_names["head.nothing"] = DefinedName("head.nothing", attr_text="様式!$B$4")
    with pytest.raises(TemplateRefused, match=r"様式!B4.*head\.nothing"):
        filled(book)
    book.defined_names["head.nothing"] = DefinedName("head.nothing", attr_text="様式!$B$4:$B$9")
    with pytest.raises(TemplateRefused, match="1つのセルを指して"):
        filled(book)


def test_a_table_goes_into_cells_that_are_merged_across() -> None:
    book = form(A10="{{table.保有状況}}")
    for across in ("A10:C10", "D10:E10"):
        book["様式"].merge_cells(across)
    sheet = filled(book)
    assert [sheet.cell(10, column).value for column in (1, 4, 6, 7)] == [
        "通話録音",
        1204,
        3,
        "一致",
    ]
    assert [sheet.cell(12, column).value for column in (1, 4, 6, 7)] == ["@SUM(1)", "-5", None, "一致"]  # fmt: skip
    ranges = {str(one) for one in sheet.merged_cells.ranges}
    assert {f"{a}{r}:{b}{r}" for a, b in ("AC", "DE") for r in (10, 11, 12)} < ranges


def test_an_empty_table_and_the_corrections_of_a_first_edition() -> None:
    sheet = filled(form(A10="{{table.総括}}", A20="{{table.訂正箇所}}"))
    assert (sheet["A10"].value, sheet["A20"].value) == ("該当なし", "該当なし")
    second = PAPER.as_edition(2, [Correction("保有", "3", "4", "訂正")])
    assert filled(form(A20="{{table.訂正箇所}}"), second)["C20"].value == 4


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"B7": "{{fact.対象年}}"}, "様式!B7：{{fact.対象年}} はこの書類にありません"),
        ({"B7": "{{}}"}, "様式!B7：{{}} は"),
        ({"B7": "{{head.title}"}, "様式!B7：.*対になって"),
        ({"B7": "head.title}} {{fact.対象月}}"}, "様式!B7：.*対になって"),
        ({"B7": "表 {{table.保有状況}}"}, "様式!B7：表の印は"),
        ({"B7": "{{table.保有状況}}{{fact.対象月}}"}, "様式!B7：表の印は"),
        ({"B7": "{{table.保有状況}}", "D9": "合計"}, "様式!D9：様式!B7 の表（3行4列）が入りません"),
        ({"B7": "{{table.保有状況}}", "B9": "{{table.訂正箇所}}"}, "様式!B9：様式!B7 の表"),
        ({"A7": "{{table.保有状況}}", "B5": "{{table.訂正箇所}}", "C4": "{{table.保有状況}}"}, "が入りません"),
        ({}, "印（.*）がありません"),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_is_refused_with_its_cell(cells: dict[str, str], told: str) -> None:
    with pytest.raises(TemplateRefused, match=told):
        filled(form(**cells))


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(TemplateRefused) as refused:
        filled(form(B7="{{x}}", B8="{{head.y}}", C9="{{"))
    assert all(where in str(refused.value) for where in ("様式!B7", "様式!B8", "様式!C9"))


def test_a_table_below_a_tall_merged_cell_is_refused() -> None:
    book = form(A10="{{table.保有状況}}")
    book["様式"].merge_cells("A11:A12")
    with pytest.raises(TemplateRefused, match="様式!A11"):
        filled(book)


@pytest.mark.parametrize("part", ["xl/media/image1.png", "xl/drawings/drawing1.xml", "xl/vbaProject.bin", "xl/comments1.xml"])  # fmt: skip
def test_what_would_be_lost_is_a_reason_to_refuse(part: str) -> None:
    buffer = io.BytesIO(packed(form(A4="{{head.title}}")))
    with ZipFile(buffer, "a") as book:
        book.writestr(part, b"x")
    with pytest.raises(TemplateRefused, match="失われます"):
        fill(buffer.getvalue(), PAPER)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", packed(form())[:900]])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(TemplateRefused, match="開けません"):
        fill(content, PAPER)


def test_a_vocabulary_knows_tables_with_and_without_their_number() -> None:
    known = vocabulary(PAPER)
    assert known.tables["table.2　保有状況"] is known.tables["table.保有状況"] is HELD
    assert not known.knows("head.") and not known.knows("table.照合")


def test_the_command_fills_a_paper_and_refuses_the_rest(stage: Stage, tmp_path: Path) -> None:
    issue(stage, KIND, is_confirmed=False)
    path, out = tmp_path / "form.xlsx", tmp_path / "out"
    path.write_bytes(packed(form(A4="{{head.title}}", A10="{{table.総括}}")))
    words = ("papers", "fill", KIND, "2023-12", "--template", str(path), "--to", str(out))
    with pytest.raises(NotAllowed):
        say(stage, *words, by="ad1")
    said = say(stage, *words, by="sv1")
    (made,) = out.iterdir()
    assert made.name == "個人情報取扱状況報告書_様式_2023-12.xlsx" and str(made) in said
    assert load_workbook(made)["様式"]["B10"].value == "無"
    with pytest.raises(EntryRefused, match="completion, personal_information"):
        say(stage, "papers", "fill", "weekly", *words[3:])
    path.write_bytes(packed(form(A4="{{head.tilte}}")))
    with pytest.raises(TemplateRefused, match="様式!A4"):
        say(stage, *words)


@pytest.mark.parametrize("kind", [COMPLETION, PERSONAL_INFORMATION])
def test_every_part_of_the_monthly_papers_can_be_asked_for(office: Office, kind: Any) -> None:
    """By the marks that a person would write: each line and each table by its own words."""
    paper = office.read(kind)
    marks = [f"{{{{fact.{title}}}}}" for title, _ in paper.facts]
    names = [table.title.split("　")[-1] for table in paper.tables]
    book = form(**{f"A{row}": mark for row, mark in enumerate(marks, start=20)})
    for number, name in enumerate(names):
        sheet = book.create_sheet(f"表{number}")
        sheet["A1"] = f"{{{{table.{name}}}}}"
    made = load_workbook(io.BytesIO(fill(packed(book), paper)))
    assert [made["様式"][f"A{row}"].value for row, _ in enumerate(marks, start=20)] == [
        text for _, text in paper.facts
    ]
    for number, table in enumerate(paper.tables):
        assert made[f"表{number}"].max_row == max(1, len(table.rows))
