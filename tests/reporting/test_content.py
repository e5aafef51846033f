"""Sections 3 to 6 of the weekly report: counts of what callers asked, never a zero where nobody wrote it down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from compliance.inquiries.form import load_form
from reporting.weekly.content import CodeCount, InquiryContent, read_content
from reporting.weekly.corrections import corrections_between
from reporting.weekly.kind import WEEKLY
from reporting.weekly.pdf import paper
from tests.reporting.reports import report

MONDAY = date(2023, 11, 27)
DAYS = [MONDAY + timedelta(n) for n in range(5)]
FIRST = date(2023, 11, 20)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("create schema reports")
    made.execute(
        "create table reports.rpt_inquiry_daily (call_date date, dimension varchar, code varchar, "
        "inquiry_count integer, complaint_count integer)"
    )
    made.execute("create schema marts")
    made.execute("create table marts.fct_calls (call_id varchar, outcome varchar, call_date date)")
    made.execute("create table marts.fct_inquiries (call_id varchar)")
    return made


def put(connection: duckdb.DuckDBPyConnection, *rows: tuple[object, ...]) -> None:
    connection.executemany("insert into reports.rpt_inquiry_daily values (?, ?, ?, ?, ?)", rows)


def test_without_a_record_there_is_no_content(connection: duckdb.DuckDBPyConnection) -> None:
    assert read_content(connection, DAYS, FIRST, DAYS[-1], load_form()) is None
    put(connection, (MONDAY + timedelta(9), "item", "policy/limit", 3, 0))
    assert read_content(connection, DAYS, FIRST, DAYS[-1], load_form()) is None
    put(connection, (FIRST, "item", "policy/limit", 3, 0))
    assert read_content(connection, DAYS, FIRST, DAYS[-1], load_form()) is None, (
        "of earlier weeks is not of this"
    )


def test_answered_calls_are_told_beside_those_with_a_record(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    put(connection, (MONDAY, "item", "policy/limit", 3, 0))
    calls = [("a", "answered", MONDAY), ("b", "answered", DAYS[4]), ("c", "overflow", MONDAY), ("d", "answered", FIRST)]  # fmt: skip
    connection.executemany("insert into marts.fct_calls values (?, ?, ?)", calls)
    connection.execute("insert into marts.fct_inquiries values ('a'), ('a'), ('d'), (null)")
    found = read_content(connection, DAYS, FIRST, DAYS[-1], load_form())
    assert found is not None
    assert (found.answered, found.recorded) == (2, 1)


def test_days_weeks_and_the_running_total_are_counted_apart(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    put(
        connection,
        (FIRST, "item", "policy/limit", 4, 1),
        (MONDAY, "item", "policy/limit", 2, 0),
        (DAYS[2], "item", "policy/limit", 3, 1),
        (MONDAY, "item", "survey/how", 7, 0),
        (FIRST, "item", "survey/other", 1, 0),
        (MONDAY, "voice", "question", 9, 0),
        (DAYS[2], "voice", "complaint", 3, 1),
        (FIRST, "voice", "complaint", 1, 1),
        (DAYS[2], "stance", "against", 3, 0),
        (DAYS[4], "handling", "callback", 2, 0),
    )
    found = read_content(connection, DAYS, FIRST, DAYS[-1], load_form())
    assert found is not None
    assert (found.total, found.complaints) == (12, 1)
    rows = {(row.category, row.item): row for row in found.items}
    limit = rows["新たな施策", "上限額"]
    assert (limit.by_day, limit.total, limit.cumulative) == ((2, 0, 3, 0, 0), 5, 9)
    other = rows["アンケート調査", "その他"]
    assert (other.total, other.cumulative) == (0, 1)
    assert [row.item for row in found.leading] == ["記入方法", "上限額"]
    assert CodeCount("苦情", 3) in found.voices and CodeCount("反対", 3) in found.stances
    assert found.of_handling("折返し") == 2


def content(**given: object) -> InquiryContent:
    base = InquiryContent(
        total=12, complaints=1, items=(), voices=(CodeCount("質問", 9),), stances=(), handlings=(),
        form_version=1,
    )  # fmt: skip
    return replace(base, **given)  # type: ignore[arg-type]


def test_a_later_edition_says_which_counts_moved() -> None:
    before = replace(report(), content=content())
    after = replace(report(), content=content(total=13, voices=(CodeCount("質問", 10),)))
    moved = {(c.item, c.before, c.after) for c in corrections_between(before, after)}
    assert moved == {("問い合わせ件数（週計）", "12", "13"), ("性質別　質問", "9", "10")}
    assert WEEKLY.digest(before) != WEEKLY.digest(after)


def test_an_edition_from_before_there_were_records_reads_back() -> None:
    assert WEEKLY.from_json(WEEKLY.to_json(report())).content is None


def test_the_paper_prints_what_was_told_and_else_not_a_zero() -> None:
    from datetime import UTC, datetime

    printed = datetime(2023, 12, 4, tzinfo=UTC)
    assert paper(report(), printed)["content"] is None
    told = paper(replace(report(), content=content()), printed)["content"]
    assert told["total"] == "問い合わせ　12件"
    assert told["voices"] == ["質問　9件"]
