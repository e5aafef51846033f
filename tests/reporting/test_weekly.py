"""The two papers of one week: they say the same, add up, and invent nothing (6(3)エ, 9(1), 10)."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pypdf
import pytest
from openpyxl.utils import get_column_letter, range_boundaries

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.terms import Contract
from reporting.errors import WeekNotBuilt
from reporting.weekly import wording
from reporting.weekly.pdf import paper, render_pdf
from reporting.weekly.reader import read_weekly
from reporting.weekly.statements import remarks
from reporting.weekly.value import OUGHT_TO_BE_ZERO, Coverage, Reconciliation, WeeklyReport
from reporting.weekly.workbook import render_xlsx
from tests.conftest import IN_CI
from tests.homes import HomeOnTrial
from tests.reporting.reports import MONDAY, breakdown, call, counts, report
from tests.support.pdf_texts import pdf_text

PRINTED = datetime(2023, 11, 26, 21, 0, tzinfo=UTC)
SOUND = Reconciliation(30, 20, 90, 0, 0, 0, 0, 0, 0, 0, 0, non_calls=3)


def workbook(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def page_1(content: bytes) -> dict[str, list[Any]]:
    """Rows of the workbook's first sheet by their label; formulas as their text."""
    rows: dict[str, list[Any]] = {}
    for row in workbook(content)["概況"].iter_rows(values_only=True):
        if row[0] is not None and row[0] not in rows:
            rows[str(row[0])] = list(row[1:])
    return rows


def values_only(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=True)


@pytest.fixture(scope="module", params=range(5), ids=lambda n: f"week{n + 1}")
def recorded(
    request: pytest.FixtureRequest,
    finished_home: HomeOnTrial,
    contract: Contract,
    calendar: BusinessCalendar,
) -> WeeklyReport:
    """Each recorded week's report, read from the finished home's warehouse."""
    week = calendar.weeks()[request.param]
    with duckdb.connect(str(finished_home.path / "warehouse.duckdb"), read_only=True) as connection:
        return read_weekly(connection, contract, week, date(2023, 12, 25), [], [])


def test_the_classes_add_up_to_what_came_in(recorded: WeeklyReport) -> None:
    for part in (recorded.total, recorded.cumulative, *(d.counts for d in recorded.days)):
        if part is not None:
            assert part.difference == 0
            assert part.not_answered == part.overflow + part.abandoned


def test_the_columns_and_half_hours_add_up_to_the_week(recorded: WeeklyReport) -> None:
    sheet = page_1(render_xlsx(recorded, PRINTED))
    for name, label in wording.COUNTS.items():
        if name != "answer_rate":
            shown = [v for v in sheet[label][: len(recorded.days)] if isinstance(v, int)]
            assert sum(shown) == getattr(recorded.total, name), name
    assert sum(h.incoming for h in recorded.half_hours) == recorded.total.incoming


def test_the_list_holds_exactly_the_calls_behind_the_counts(recorded: WeeklyReport) -> None:
    listed = [c.outcome for c in recorded.calls]
    total = recorded.total
    assert listed.count("answered") == total.answered
    assert listed.count("message") == total.message
    assert listed.count("overflow") == total.overflow
    assert listed.count("abandoned") + listed.count("abandoned_in_menu") == total.abandoned
    assert listed.count("after_hours") == total.after_hours
    assert len(listed) == total.incoming + total.after_hours


def test_each_call_has_a_number_that_a_person_can_quote(recorded: WeeklyReport) -> None:
    numbers = [call.receipt_number for call in recorded.calls]
    assert len(set(numbers)) == len(numbers)
    for listed in recorded.calls:
        assert listed.receipt_number.startswith(f"{listed.started_at:%m%d-%H%M}")
    text = pdf_text(render_pdf(recorded, PRINTED))
    for listed in recorded.messages:
        assert listed.receipt_number in text


def test_the_running_total_is_the_sum_of_the_weeks_so_far(
    finished_home: HomeOnTrial, contract: Contract, calendar: BusinessCalendar
) -> None:
    so_far = 0
    with duckdb.connect(str(finished_home.path / "warehouse.duckdb"), read_only=True) as connection:
        for n, week in enumerate(calendar.weeks()[:5]):
            read = read_weekly(connection, contract, week, date(2023, 12, 25), [], [])
            so_far += read.total.incoming
            assert read.cumulative.incoming == so_far
            assert (read.previous is None) is (n == 0)


def test_both_papers_print_the_same_figures(recorded: WeeklyReport) -> None:
    sheet = page_1(render_xlsx(recorded, PRINTED))
    text = pdf_text(render_pdf(recorded, PRINTED))
    for name, label in wording.COUNTS.items():
        value = getattr(recorded.total, name)
        column = len(recorded.days)
        assert sheet[label][column] == value, label
        shown = wording.percent(value) if name == "answer_rate" else wording.number(value)
        assert shown in text


def test_the_workbook_counts_its_own_list_by_formula(recorded: WeeklyReport) -> None:
    content = render_xlsx(recorded, PRINTED)
    formulas = page_1(content)
    last = len(recorded.days) + 4
    computed = {
        str(row[0]): row[last + 1]
        for row in values_only(content)["概況"].iter_rows(values_only=True)
        if row[0] in wording.COUNTS.values()
    }
    for name, label in wording.COUNTS.items():
        assert str(formulas[label][last]).startswith("="), label
        assert computed[label] == getattr(recorded.total, name) or (
            name == "answer_rate" and getattr(recorded.total, name) is None
        )


def test_dates_times_and_numbers_are_real_cells() -> None:
    book = values_only(render_xlsx(report(), PRINTED))
    rows = list(book["区分別の通話一覧"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(report().calls)
    assert isinstance(rows[0][0], datetime)
    assert isinstance(rows[0][1], time)
    assert rows[0][5] == 4.25
    days = list(book["日別"].iter_rows(min_row=2, values_only=True))
    assert days[0][0] == datetime(2023, 11, 20)  # noqa: DTZ001
    assert days[0][3] == 9


@pytest.mark.parametrize("render", [render_pdf, render_xlsx])
def test_the_same_report_gives_the_same_bytes(render: Any) -> None:
    assert render(report(), PRINTED) == render(report(), PRINTED)


def test_a_closed_day_says_rest_and_why() -> None:
    text = pdf_text(render_pdf(report(), PRINTED))
    assert "休" in text
    assert "勤労感謝の日" in text
    assert page_1(render_xlsx(report(), PRINTED))["応答件数"][2] == "休"


def test_a_day_without_any_record_is_not_measurable_rather_than_zero() -> None:
    base = report()
    days = (base.days[0], replace(base.days[1], counts=None, breakdown=None, has_records=False))
    silent = replace(base, days=days)
    assert silent.unrecorded_days == (days[1],)
    assert page_1(render_xlsx(silent, PRINTED))["応答件数"][1] == "計測不能"
    assert "計測不能" in pdf_text(render_pdf(silent, PRINTED))
    assert silent.has_quality_findings


@pytest.mark.parametrize("name", OUGHT_TO_BE_ZERO)
def test_what_was_found_is_said_in_words_on_page_1(name: str) -> None:
    sound = replace(report(), problems=(), verdicts=(), reconciliation=SOUND)
    assert not sound.has_quality_findings
    assert not remarks(sound)
    found = replace(sound, reconciliation=replace(SOUND, **{name: 7}))
    said = remarks(found)
    assert len(said) == 2, "what, and where the details are"
    text = pdf_text(render_pdf(found, PRINTED))
    assert said[0] in text
    assert page_1(render_xlsx(found, PRINTED))["留意点"][0] == said[0]
    if name != "classes_difference":
        assert "7件" in said[0] or "7行" in said[0]


def test_what_nobody_wrote_is_printed_as_such() -> None:
    text = pdf_text(render_pdf(report(), PRINTED))
    for blank in ("所在地未記入", "代表者未記入", "電話未記入"):
        assert blank in text
    assert "計測不能" in text, "calls that the carrier turned away"
    assert page_1(render_xlsx(report(), PRINTED))["3 問い合わせ内容"][0] == "未記入"


def test_every_section_of_the_paper_is_there() -> None:
    text = pdf_text(render_pdf(report(), PRINTED))
    for n in range(1, 14):
        assert re.search(rf"(?<![0-9]){n}[^0-9、。]", text), n
    for words in ("概況", "時間帯別", "預かりメッセージ", "データの確認結果", "用語"):
        assert words in text


def test_a_second_edition_says_what_moved_and_the_first_says_nothing() -> None:
    from reporting.weekly.corrections import corrections_between

    after = replace(report(), total=counts(incoming=10, answered=4))
    second = after.as_edition(2, corrections_between(report(), after))
    text = pdf_text(render_pdf(second, PRINTED))
    assert "第2版" in text
    assert "訂正箇所" in text
    assert "応答件数（週計）" in text
    sheet = values_only(render_xlsx(second, PRINTED))["訂正箇所"]
    assert [c.value for c in sheet[2]][:3] == ["入電件数（業務時間内）（週計）", "9", "10"]
    assert "訂正はありません" in str(
        values_only(render_xlsx(report(), PRINTED))["訂正箇所"]["A2"].value
    )


HOSTILE = '=HYPERLINK("http://x","y") #set page(fill: red) $1/0$ \\"] @x <script>𠮷髙'


def test_hostile_text_is_printed_and_never_run() -> None:
    base = report()
    hostile = replace(
        base,
        head=replace(base.head, contractor_name=HOSTILE),
        calls=(*base.calls, call(50, "answered", reason=HOSTILE, call_id="=1+1")),
    )
    text = pdf_text(render_pdf(hostile, PRINTED))
    assert re.sub(r"\s+", "", HOSTILE) in text
    sheet = workbook(render_xlsx(hostile, PRINTED))["区分別の通話一覧"]
    last = list(sheet[len(hostile.calls) + 1])
    assert last[-1].value == "=1+1"
    assert last[-1].data_type == "s"


def test_a_week_without_a_call_is_a_paper_without_division_by_zero() -> None:
    nothing = counts(
        **dict.fromkeys([n for n in wording.COUNTS if n != "answer_rate"], 0), answer_rate=None
    )
    empty = replace(
        report(),
        total=nothing,
        cumulative=nothing,
        breakdown=breakdown(overflow_rate=None, abandon_rate=None, longest_wait_seconds=None),
        half_hours=(),
        calls=(),
        days=tuple(replace(d, counts=None, breakdown=None) for d in report().days),
    )
    assert "入電はありませんでした" in pdf_text(render_pdf(empty, PRINTED))
    assert page_1(render_xlsx(empty, PRINTED))["応答率"][3] == "―"


def test_a_week_that_was_never_built_is_refused_by_name(
    contract: Contract, calendar: BusinessCalendar, finished_home: HomeOnTrial
) -> None:
    with (
        duckdb.connect(str(finished_home.path / "warehouse.duckdb"), read_only=True) as connection,
        pytest.raises(WeekNotBuilt, match="build its days"),
    ):
        read_weekly(connection, contract, calendar.weeks()[12], date(2024, 2, 20), [], [])


def test_the_pdf_is_archivable_and_carries_its_own_fonts() -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(report(), PRINTED)))
    assert reader.xmp_metadata is not None
    xmp = reader.xmp_metadata.stream.get_data().decode()
    assert re.search(r"pdfaid:part>2<", xmp)
    assert re.search(r"pdfaid:conformance>A<", xmp)
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    assert all({"/FontFile2", "/FontFile3"} & font.keys() for font in fonts)
    assert all("NotoSansJP" in font["/FontName"] for font in fonts)


def test_no_page_is_blank_or_cut(tmp_path: Path) -> None:
    if shutil.which("pdftoppm") is None:
        if IN_CI:
            pytest.fail("pdftoppm is needed here: install poppler-utils")
        pytest.skip("pdftoppm is not on this machine")
    (tmp_path / "paper.pdf").write_bytes(render_pdf(report(), PRINTED))
    subprocess.run(["pdftoppm", "-r", "50", "-gray", "paper.pdf", "page"], cwd=tmp_path, check=True)
    pages = sorted(tmp_path.glob("page-*.pgm"))
    assert len(pages) >= 2
    for page in pages:
        header, pixels = page.read_bytes().split(b"\n255\n", 1)
        width = int(header.split()[1])
        rows = [pixels[n : n + width] for n in range(0, len(pixels), width)]
        inked = sum(any(p < 128 for p in row) for row in rows)
        assert inked > 20
        edge = max(1, width // 100)
        assert all(min(row[:edge]) > 200 and min(row[-edge:]) > 200 for row in rows)


def test_no_sheet_holds_a_pseudonym_or_a_long_number(recorded: WeeklyReport) -> None:
    with zipfile.ZipFile(io.BytesIO(render_xlsx(recorded, PRINTED))) as archive:
        texts = [archive.read(n).decode("utf-8", "ignore") for n in archive.namelist()]
    call_ids = {c.call_id for c in recorded.calls}
    for text in texts:
        assert not re.search(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", text)
        for number in re.findall(r"(?<![0-9.])0[0-9]{9,10}(?![0-9.])", text):
            pytest.fail("a number of ten digits stands in the workbook" if number else "")
    assert call_ids


def test_the_report_is_of_its_own_week(recorded: WeeklyReport) -> None:
    for c in recorded.calls:
        assert recorded.week.monday <= c.day < recorded.week.monday + timedelta(days=7)
    assert recorded.week.monday >= MONDAY


def test_the_week_before_is_compared_with_the_number_of_open_days_of_both() -> None:
    before = Coverage(open_days=5, measured_days=5)
    compared = replace(
        report(), previous=counts(incoming=12), previous_coverage=before, coverage=Coverage(4, 4)
    )
    printed = paper(compared, PRINTED)
    assert any("前週（開設5日、本週は4日）に比べ" in line for line in printed["summary"])
    assert "前週\n（開設5日）" in printed["status"]["headings"]
    alike = replace(compared, previous_coverage=Coverage(4, 4))
    assert "前週" in paper(alike, PRINTED)["status"]["headings"]


def test_papers_name_a_call_by_its_number_and_a_time_of_day_in_one_way() -> None:
    message = call(7, "message", receipt_number="1120-0907", call_id="1700438494.7")
    value = replace(report(), calls=(message,))
    assert "1700438494.7" not in pdf_text(render_pdf(value, PRINTED))
    (row,) = paper(value, PRINTED)["messages"]
    assert row[:2] == ["1120-0907", "11月20日（月）09:07"]


def test_every_sheet_prints_at_seventy_per_cent_or_more() -> None:
    """A4 landscape: no column, no running text and no chart lies beyond what is printed, and long lines are as high as they need."""
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(report(), PRINTED)))
    for sheet in book:
        columns = [
            sheet.column_dimensions[get_column_letter(n + 1)].width for n in range(sheet.max_column)
        ]
        assert sum(7 * width + 5 for width in columns) * 0.7 <= (297 - 2 * 10.16) / 25.4 * 96, (
            sheet.title
        )
        (area,) = (
            sheet.print_area.split(",") if isinstance(sheet.print_area, str) else sheet.print_area
        )
        last = range_boundaries(area.partition("!")[2].replace("$", ""))
        assert last[2] >= sheet.max_column and last[3] >= sheet.max_row, sheet.title
        for chart in sheet._charts:
            assert chart.anchor.to.col < last[2] and chart.anchor.to.row <= last[3], sheet.title
    front = book["概況"]
    merged = {str(one).partition(":")[0] for one in front.merged_cells.ranges}
    for row in front.iter_rows(min_row=2, max_row=20):
        if row[0].value in ("概況", "留意点"):
            assert row[1].coordinate in merged
            assert (front.row_dimensions[row[1].row].height or 15) >= 15 * (
                2 * len(str(row[1].value)) // 140
            )
