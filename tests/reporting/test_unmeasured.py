"""Unmeasured is not zero: a week of which little or nothing was recorded says so, alike in both papers."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pypdf
import pytest

from reporting.paper.checks import CheckResult, SourceVerdict
from reporting.paper.rounding import points, rounded
from reporting.weekly import wording
from reporting.weekly.pdf import paper, render_pdf
from reporting.weekly.statements import change, judgement, notes_on_counting, summary, verdict_of
from reporting.weekly.value import Coverage, PrintedDefinition, Reconciliation, WeeklyReport
from reporting.weekly.workbook import render_xlsx
from tests.reporting.reports import MONDAY, counts, report

PRINTED = datetime(2023, 11, 26, 21, 0, tzinfo=UTC)
BEFORE = counts(incoming=72, answered=50, answer_rate=50 / 72)


def pdf_text(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


def sheets(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def row_of(content: bytes, label: str) -> list[Any]:
    for row in sheets(content)["概況"].iter_rows(values_only=True):
        if row[0] == label:
            return [cell for cell in row if cell is not None]
    raise AssertionError(label)


def half_measured() -> WeeklyReport:
    """Monday measured, Tuesday without a record; the week before was whole."""
    base = report()
    silent = replace(base.days[1], counts=None, breakdown=None, has_records=False)
    return replace(
        base,
        days=(base.days[0], silent, base.days[2]),
        half_hours=tuple(row for row in base.half_hours if row.day == MONDAY),
        previous=BEFORE,
        coverage=Coverage(2, 1),
        previous_coverage=Coverage(2, 2),
        cumulative_coverage=Coverage(4, 3),
    )


def unmeasured() -> WeeklyReport:
    base = half_measured()
    silent = replace(base.days[0], counts=None, breakdown=None, has_records=False)
    return replace(
        base,
        days=(silent, replace(silent, day=MONDAY + timedelta(days=1))),
        total=counts(
            incoming=0, answered=0, not_answered=0, overflow=0, abandoned=0, message=0,
            interrupted_undetermined=0, after_hours=0, answer_rate=None,
        ),
        half_hours=(),
        calls=(),
        coverage=Coverage(2, 0),
        reconciliation=Reconciliation(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        verdicts=(SourceVerdict("cdr", 0, (CheckResult("通話番号の形が正しい", True, 0),)),),
    )  # fmt: skip


def test_a_part_of_a_week_is_named_as_a_part() -> None:
    part = half_measured()
    printed = paper(part, PRINTED)
    assert printed["status"]["headings"][-4:] == [
        "週計\n（1/2日）",
        "前週",
        "増減",
        "累計\n（3/4日）",
    ]
    assert "週計は開設2日のうち計測1日の計" in printed["status"]["covered"]
    assert printed["summary"][0].startswith(
        "開設2日のうち計測できた1日について、業務時間内の入電9件"
    )
    assert "増減は示しません" in printed["summary"][1]
    head = row_of(render_xlsx(part, PRINTED), "区分")
    assert "週計（開設2日のうち計測1日）" in head
    assert "累計（開設4日のうち計測3日）" in head


def test_weeks_measured_unlike_are_not_compared() -> None:
    part = half_measured()
    for name in wording.COUNTS:
        assert change(part, name) is None
    whole = replace(part, coverage=Coverage(2, 2))
    assert change(whole, "incoming") == 9 - 72
    assert change(replace(whole, previous_coverage=Coverage(2, 1)), "incoming") is None
    changes = [row[-2] for row in paper(part, PRINTED)["status"]["rows"]]
    assert set(changes) == {"―"}


def test_a_week_without_a_record_prints_no_zero() -> None:
    nothing = unmeasured()
    printed = paper(nothing, PRINTED)
    for label, *cells in printed["status"]["rows"]:
        assert cells[:3] == ["計測不能"] * 3, label
    assert all(value == "計測不能" for _, value in printed["breakdown"])
    (said,) = printed["summary"]
    assert "計測不能" in said and "入電はありませんでした" not in "".join(summary(nothing))
    assert printed["no_half_hours"] and "計測不能" in printed["no_messages"]
    text = pdf_text(render_pdf(nothing, PRINTED))
    assert "0件" not in text.split("13データ")[0]
    book = sheets(render_xlsx(nothing, PRINTED))
    assert row_of(render_xlsx(nothing, PRINTED), "応答件数")[1:4] == ["計測不能"] * 3
    half_hours = list(book["時間帯別"].iter_rows(min_row=2, values_only=True))
    assert len(half_hours) == 2, "one row a day that was not measured"
    assert all(cell == "計測不能" for row in half_hours for cell in row[1:10])


def test_the_workbook_s_half_hours_hold_no_zero_of_an_unmeasured_day() -> None:
    book = sheets(render_xlsx(half_measured(), PRINTED))
    rows = [row[:10] for row in book["時間帯別"].iter_rows(min_row=2, values_only=True)]
    tuesday = [row for row in rows if str(row[0]).startswith("2023-11-21")]
    assert [row[1:] for row in tuesday] == [("計測不能",) * 9]


def test_a_check_without_a_row_to_judge_is_no_success() -> None:
    nothing = unmeasured()
    assert verdict_of(nothing.verdicts[0]) == "対象なし"
    assert judgement("rejected_lines", nothing) == "対象なし"
    assert judgement("rejected_lines", report()) == "適合"
    assert "対象なし" in pdf_text(render_pdf(nothing, PRINTED))
    cells = [
        c for row in sheets(render_xlsx(nothing, PRINTED))["データの確認結果"].values for c in row
    ]
    assert "対象なし" in cells and "適合" not in cells[:8]


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.8125, "81.3％"), (0.8135, "81.4％"), (2 / 3, "66.7％"), (0.0005, "0.1％")],
)
def test_a_share_is_rounded_half_up_as_on_paper(share: float, shown: str) -> None:
    assert wording.percent(share) == shown


def test_everything_is_rounded_once_in_decimal() -> None:
    assert rounded(61.45, 0) == 61 and rounded(61.5) == 62 and rounded(-0.25, 1) == -0.3
    assert rounded(2.675, 2) == 2.68, "as the decimal number that it is written as"
    assert wording.duration(61.45) == "1分01秒"
    assert points(0.8125, 0.78125) == 3.1


def test_a_rate_moves_by_points() -> None:
    whole = replace(
        report(), previous=BEFORE, coverage=Coverage(2, 2), previous_coverage=Coverage(2, 2)
    )
    rate = next(row for row in paper(whole, PRINTED)["status"]["rows"] if row[0] == "応答率")
    assert rate[-2] == "−36.1ポイント"
    content = render_xlsx(whole, PRINTED)
    cell = next(
        cell
        for row in sheets(content)["概況"].iter_rows()
        if row[0].value == "応答率"
        for cell in row
        if "ポイント" in cell.number_format
    )
    assert cell.value == -36.1
    assert "四捨五入" in pdf_text(render_pdf(whole, PRINTED))


def test_the_workbook_s_own_check_takes_the_classes_from_the_definition_in_force() -> None:
    narrow = PrintedDefinition(
        "not_answered", "2", "応答できなかった件数", "あふれのみ", numerator=("overflow",)
    )
    content = render_xlsx(replace(report(), definitions=(narrow,)), PRINTED)
    formula = row_of(content, "応答できなかった件数")[-1]
    assert "あふれ" in formula and "放棄" not in formula
    assert "放棄" in row_of(render_xlsx(report(), PRINTED), "応答できなかった件数")[-1]


def test_a_weekend_is_named_as_a_rest_and_a_holiday_by_its_name() -> None:
    saturday = replace(report().days[2], day=MONDAY + timedelta(days=5), closed_reason="土日")
    printed = paper(replace(report(), days=(*report().days, saturday)), PRINTED)
    assert "11月25日（土）は休業日（土日）" in printed["status"]["closed"]
    assert "11月23日（木）は勤労感謝の日" in printed["status"]["closed"]


def test_the_two_forms_of_one_record_are_explained() -> None:
    both = replace(report(), verdicts=(SourceVerdict("cdr", 40, ()),))
    assert any("40行を20件" in note for note in notes_on_counting(both))
    assert "40行を20件" in pdf_text(render_pdf(both, PRINTED))
    assert not notes_on_counting(replace(both, verdicts=(SourceVerdict("cdr", 20, ()),)))


def test_headings_repeat_on_every_printed_page_and_dates_are_japanese_anywhere() -> None:
    book = sheets(render_xlsx(report(), PRINTED))
    for sheet in book.worksheets:
        is_a_chart = not any(cell.value for row in sheet.iter_rows() for cell in row)
        assert sheet.print_title_rows or is_a_chart, sheet.title
    days = [c for row in book["日別"].iter_rows(min_row=2, max_col=1) for c in row if c.value]
    assert days and all(cell.number_format.startswith("[$-411]") for cell in days)
