"""運営状況報告（管理者用）: its counts are those of the day's report, its measures can be recomputed, nobody is named in it."""

from __future__ import annotations

import io
import math
import re
import shutil
import statistics
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from application.figures import month_of
from compliance.contract.terms import Contract
from reporting.errors import FiguresNotBuilt, PeriodRefused
from reporting.management import erlang, reader
from reporting.management.load import HALF_HOUR, LOAD, STAFFING, TARGET, calls_carried
from reporting.management.reader import read_management
from reporting.management.rendering import as_value, render_pdf, render_xlsx, told
from reporting.management.words import minutes, percent
from reporting.paper.tables import TablePaper
from tests.homes import HomeOnTrial

PRINTED = datetime(2023, 12, 25, 9, tzinfo=UTC)
COUNTED_UNTIL = date(2023, 12, 24)
NOVEMBER = date(2023, 11, 1), date(2023, 11, 30)
WHOLE = date(2023, 11, 20), date(2023, 12, 31)


@pytest.fixture(scope="module")
def warehouse(finished_home: HomeOnTrial) -> Iterator[duckdb.DuckDBPyConnection]:
    path = finished_home.path / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def read(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract, first: date, last: date
) -> TablePaper:
    return read_management(warehouse, contract, first, last, COUNTED_UNTIL)


# ---- Erlang


def erlang_c_by_definition(operators: int, load: float) -> float:
    """The textbook's sum, as told in no recursion."""
    last = load**operators / math.factorial(operators) * operators / (operators - load)
    return last / (sum(load**k / math.factorial(k) for k in range(operators)) + last)


@pytest.mark.parametrize(
    ("operators", "load"), [(1, 0.5), (2, 1.0), (8, 5.0), (5, 4.9), (30, 25.0)]
)
def test_erlang_c_is_the_sum_of_the_textbook(operators: int, load: float) -> None:
    assert erlang.waiting(operators, load) == pytest.approx(erlang_c_by_definition(operators, load))


def test_known_answers_of_erlang() -> None:
    load = erlang.offered_load(calls=100, seconds=3600, talk_seconds=180)
    assert load == pytest.approx(5.0)
    assert erlang.waiting(1, 0.5) == pytest.approx(0.5), (
        "M/M/1: as many wait as the operator is busy"
    )
    assert erlang.waiting(2, 1.0) == pytest.approx(1 / 3), "M/M/2 at one Erlang"
    assert erlang.blocking(5, 3.0) == pytest.approx(0.1101, abs=5e-5), "Erlang B's printed table"
    assert erlang.waiting(8, load) == pytest.approx(0.1673, abs=5e-5)
    by_hand = 1 - erlang_c_by_definition(8, 5.0) * math.exp(-3 * 20 / 180)
    assert (
        erlang.service_level(8, load, 180, 20)
        == pytest.approx(by_hand)
        == pytest.approx(0.880, abs=5e-4)
    )
    assert erlang.operators_needed(load, 180, 0.8, 20) == 8
    assert erlang.service_level(7, load, 180, 20) < 0.8


def test_a_queue_without_end_and_a_day_without_calls() -> None:
    assert erlang.service_level(3, 3.0, 180, 20) == 0.0 and erlang.waiting(3, 3.0) == 1.0
    assert erlang.service_level(0, 0.0, 180, 20) == 1.0 and erlang.waiting(3, 0.0) == 0.0
    assert erlang.operators_needed(0.0, 180, 0.8, 20) == 0
    assert erlang.operators_needed(1e6, 180, 0.8, 20) is None


@pytest.mark.parametrize("operators", [1, 3, 5])
def test_one_call_more_than_carried_is_too_many(operators: int) -> None:
    most = calls_carried(operators, 180.0, 20.0)
    levels = [
        erlang.service_level(operators, erlang.offered_load(n, HALF_HOUR, 180.0), 180.0, 20.0)
        for n in (most, most + 1)
    ]
    assert levels[0] >= TARGET > levels[1]


# ---- the figures


@pytest.mark.parametrize("period", [NOVEMBER, WHOLE, (date(2023, 11, 27), date(2023, 12, 3))])
def test_its_counts_are_the_sums_of_the_days(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract, period: tuple[date, date]
) -> None:
    row = warehouse.execute(
        "select sum(incoming_in_hours_count), sum(answered_count), sum(overflow_count), "
        "sum(abandoned_total_count), sum(message_count), sum(after_hours_count), "
        "sum(answered_within_threshold_count) from reports.rpt_daily_kpi where call_date between ? and ?",
        [period[0], min(period[1], COUNTED_UNTIL)],
    ).fetchone()
    assert row and row[0] > 0
    paper = read(warehouse, contract, *period)
    (total,) = [r for r in paper.table(reader.OVERVIEW).rows if r[0] == "計"]
    assert (*total[1:6], total[8]) == tuple(map(str, row[:6]))
    lines = [r for r in paper.table(reader.OVERVIEW).rows if r[0] != "計" and r[1] != "―"]
    for column in range(1, 6):
        assert sum(int(r[column]) for r in lines) == row[column - 1]
    slots = paper.table(reader.HALF_HOURS).rows
    assert sum(int(r[1]) for r in slots) == row[0] and sum(int(r[2]) for r in slots) == row[1]


@pytest.mark.parametrize("month", [date(2023, 11, 1), date(2023, 12, 1)])
def test_a_month_s_report_says_what_the_month_s_row_says(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract, month: date
) -> None:
    row = warehouse.execute(
        "select incoming_in_hours_count, answered_count, overflow_count, abandoned_total_count, "
        "message_count, answer_rate, service_level, after_hours_count, median_talk_seconds, "
        "ninth_decile_talk_seconds from reports.rpt_monthly_kpi where month_start_date = ?",
        [month],
    ).fetchone()
    assert row
    paper = read_management(warehouse, contract, *month_of(month), date(2023, 12, 31))
    total = paper.table(reader.OVERVIEW).rows[-1]
    assert total[1:9] == (*map(str, row[:5]), percent(row[5]), percent(row[6]), str(row[7]))
    assert paper.table(reader.HANDLING).rows[0][3:5] == (minutes(row[8]), minutes(row[9]))


def test_service_level_and_talk_are_recomputed_from_the_calls(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract
) -> None:
    calls = warehouse.execute(
        "select outcome, wait_seconds, talk_seconds from marts.fct_calls "
        "where call_date between ? and ? and direction = 'inbound'",
        [WHOLE[0], COUNTED_UNTIL],
    ).fetchall()
    paper = read(warehouse, contract, *WHOLE)
    in_time = sum(o == "answered" and w is not None and w <= 20 for o, w, _ in calls)
    offered = sum(o in ("answered", "abandoned") for o, _, _ in calls)
    total = paper.table(reader.OVERVIEW).rows[-1]
    assert total[7] == percent(in_time / offered)
    talks = sorted(t for o, _, t in calls if o == "answered" and t is not None)
    told_talk = paper.table(reader.HANDLING).rows[0]
    ninth = talks[math.ceil(len(talks) * 0.9) - 1]
    assert told_talk == ("通話時間", str(len(talks)), minutes(statistics.fmean(talks)),
        minutes(talks[math.ceil(len(talks) / 2) - 1]), minutes(ninth), minutes(talks[-1]))  # fmt: skip


def test_legs_by_operator_are_those_of_the_warehouse(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract
) -> None:
    legs = dict(
        warehouse.execute(
            "select operator, count(*) from marts.fct_operator_legs where direction = 'inbound' "
            "and call_date between ? and ? group by operator",
            [WHOLE[0], COUNTED_UNTIL],
        ).fetchall()
    )
    shown = {one.operator: one.display_number for one in contract.staff}
    rows = read(warehouse, contract, *WHOLE).table(reader.OPERATORS).rows
    assert {row[0]: int(row[1]) for row in rows if int(row[1])} == {
        shown[name]: count for name, count in legs.items()
    }


def test_who_called_again_is_recomputed_from_the_calls(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract
) -> None:
    calls = warehouse.execute(
        "select caller_pseudonym, started_at, outcome, call_date from marts.fct_calls "
        "where direction = 'inbound' and caller_pseudonym is not null"
    ).fetchall()
    judged = [c for c in calls if c[2] == "answered" and c[3] <= date(2023, 12, 17)]
    again = {
        c[0]
        for c in judged
        if any(o[0] == c[0] and 0 < (o[1] - c[1]).total_seconds() <= 7 * 86400 for o in calls)
    }
    rows = [row[1] for row in read(warehouse, contract, *WHOLE).table(reader.AGAIN).rows]
    callers = {c[0] for c in judged}
    assert rows[:3] == [str(len(callers)), str(len(again)), percent(len(again) / len(callers))]


# ---- days that say nothing


def test_days_to_come_are_marked_and_left_out(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract
) -> None:
    paper = read(warehouse, contract, date(2023, 12, 22), date(2023, 12, 28))
    rows = {row[0]: row for row in paper.table(reader.OVERVIEW).rows}
    assert rows["12/25（月）"][1:] == ("―",) * 8 + ("未了",)
    assert rows["12/23（土）"][-1].startswith("休")
    assert "12/25（月）以後" in dict(paper.facts)["未了の日"]


def test_a_week_over_new_year_counts_nothing_and_divides_by_nothing(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract
) -> None:
    closed = date(2023, 12, 29), date(2024, 1, 3)
    paper = read_management(warehouse, contract, *closed, date(2024, 1, 10))
    rows = paper.table(reader.OVERVIEW).rows
    assert [row[-1] for row in rows[:-1]] and all(row[-1].startswith("休") for row in rows[:-1])
    assert rows[-1] == ("計", *("―",) * 8, "")
    assert dict(paper.facts)["数えた日"] == "開設0日のうち0日"
    assert paper.table(reader.HALF_HOURS).rows == paper.table(LOAD).rows == ()
    assert paper.table(reader.AGAIN).rows[2][1] == "―"
    assert render_pdf(paper, PRINTED).startswith(b"%PDF") and render_xlsx(paper, PRINTED)


def test_an_open_day_without_records_is_unmeasured_and_no_zero(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract
) -> None:
    silent = [
        row[0]
        for row in warehouse.execute(
            "select call_date from reports.rpt_daily_kpi join reports.rpt_reconciliation_daily "
            "using (call_date) where is_business_day and queue_log_lines + cdr_rows + cel_rows = 0 "
            "and call_date <= ? order by 1",
            [COUNTED_UNTIL],
        ).fetchall()
    ]
    assert silent, "the sample has open days that the exchange slept through"
    paper = read(warehouse, contract, silent[0], silent[0])
    assert paper.table(reader.OVERVIEW).rows[0][1:] == ("―",) * 8 + ("計測不能",)
    assert "1日" in dict(paper.facts)["計測不能の日"]


def test_a_period_turned_round_and_a_warehouse_without_tables(contract: Contract) -> None:
    with duckdb.connect() as empty:
        with pytest.raises(PeriodRefused, match="より前です"):
            read_management(empty, contract, date(2023, 12, 2), date(2023, 12, 1), COUNTED_UNTIL)
        with pytest.raises(FiguresNotBuilt, match="`madoguchi run` を実行"):
            read_management(empty, contract, *NOVEMBER, COUNTED_UNTIL)


def test_a_warehouse_of_an_older_version_is_refused_in_words(
    contract: Contract, finished_home: HomeOnTrial, tmp_path: Path
) -> None:
    copy = tmp_path / "warehouse.duckdb"  # views name their database
    shutil.copy(finished_home.path / copy.name, copy)
    with duckdb.connect(str(copy)) as older:
        older.execute("drop view intermediate.int_operators__days")
        with pytest.raises(FiguresNotBuilt, match="`madoguchi run` を実行"):
            read_management(older, contract, *NOVEMBER, COUNTED_UNTIL)


def test_a_longer_period_is_told_by_weeks_cut_at_its_ends(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract
) -> None:
    rows = read(warehouse, contract, date(2023, 11, 22), date(2023, 12, 31)).table(reader.OVERVIEW)
    labels = [row[0] for row in rows.rows]
    assert (rows.headings[0], labels[0], labels[1], labels[-2]) == (
        "週", "11/22〜11/26", "11/27〜12/3", "12/25〜12/31",
    )  # fmt: skip
    assert rows.rows[-2][-1] == "未了"


# ---- the files


def test_it_renders_whole_and_names_nobody(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract
) -> None:
    paper = read(warehouse, contract, *WHOLE)
    assert {cell for table in paper.tables for row in table.rows for cell in row} & {
        one.operator for one in contract.staff
    } == set()
    pdf = PdfReader(io.BytesIO(render_pdf(paper, PRINTED)))
    text = "".join(page.extract_text() for page in pdf.pages)
    bare = re.sub(r"\s", "", text)
    for table in paper.tables:
        assert re.sub(r"\s", "", table.title) in bare
    pseudonyms = {
        row[0]
        for row in warehouse.execute(
            "select distinct caller_pseudonym from marts.fct_calls where caller_pseudonym is not null"
        ).fetchall()
    }
    shown = repr(told(paper, PRINTED))
    assert not [one for one in pseudonyms if one in shown or one in text]
    assert not re.search(r"0\d{9,10}", shown)
    book = load_workbook(io.BytesIO(render_xlsx(paper, PRINTED)))
    assert book.sheetnames == ["表紙", *(table.title for table in paper.tables)]
    total = next(r for r in book[reader.OVERVIEW].iter_rows(values_only=True) if r[0] == "計")
    assert isinstance(total[1], int) and isinstance(total[6], float) and 0 < total[6] <= 1
    assert render_xlsx(paper, PRINTED) == render_xlsx(paper, PRINTED)
    assert render_pdf(paper, PRINTED) == render_pdf(paper, PRINTED)


def test_staffing_stands_beside_what_the_contract_has(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract
) -> None:
    paper = read(warehouse, contract, *WHOLE)
    rows = dict(paper.table(LOAD).rows)
    assert rows["契約の従事者"] == "3"
    most = warehouse.execute(
        "select max(incoming_count) from reports.rpt_half_hour_kpi where call_date <= ?",
        [COUNTED_UNTIL],
    ).fetchone()
    assert most and rows["その入電"] == str(most[0])
    assert all(row[0].isdigit() for row in paper.table(STAFFING).rows)


def test_a_printed_cell_is_its_value() -> None:
    assert as_value("12", 1) == (12, "")
    assert as_value("81.3%", 1) == (0.813, "percent")
    assert as_value("4.8", 1) == (4.8, "seconds")
    assert as_value("01", 0) == ("01", "")
    assert as_value("3:05", 1) == (185 / 86_400, "length")
    assert as_value("1,547", 1) == (1547, "")
    assert as_value("09:30", 0) == (time(9, 30), "")
    december = date(2023, 12, 4)
    assert as_value("12/4（月）", 0, december) == (december, "")
    assert as_value("1/9（火）", 0, december) == (date(2024, 1, 9), ""), "over the turn of a year"
    assert as_value("12/4〜12/10", 0, december) == ("12/4〜12/10", "")
