"""The columns shown add up to the total shown, in every table of every paper, whatever day and hour a call chose.

The recorded weeks under other terms: one of their days is closed, the hours are shorter, and the contract ends before the
last of them, so that calls were let in on a closed day, answered outside the hours, and made when the contract was over.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from application.home.session import read_settings
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.ground.operations import open_operations
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.record import Inquiry
from compliance.keys.keyring import Keyring
from reporting.kinds import KINDS
from reporting.management.reader import read_management
from reporting.paper.tables import TablePaper, texts
from reporting.weekly import off_hours, wording
from reporting.weekly.kind import WEEKLY
from reporting.weekly.pdf import paper, render_pdf
from reporting.weekly.statements import remarks
from reporting.weekly.value import WeeklyReport
from reporting.weekly.workbook import render_xlsx
from tests.homes import ROOT, HomeOnTrial
from tests.support.pdf_texts import pdf_text

PRINTED = datetime(2024, 1, 5, 7, tzinfo=TOKYO)
CLOSED, SHORTER, AFTER_THE_END = date(2023, 12, 14), date(2023, 12, 13), date(2023, 12, 19)
PERIODS = [f"2023-{day}" for day in ("11-20", "11-27", "12-04", "12-11", "12-18")]
pytestmark = pytest.mark.slow  # a home of its own is made


def other_terms(folder: Path) -> Path:
    """The contract with a closure on a day of calls, opening at ten, and over the day before the last calls."""
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    for was, becomes in (
        ("end_date = 2024-02-29", "end_date = 2023-12-18"),
        ("opens_at = 09:00:00", "opens_at = 10:00:00"),
        (
            "[capacity]",
            '[[holidays.closures]]\nname = "設備点検"\nfrom_month_day = "12-14"\nto_month_day = "12-14"\n\n[capacity]',
        ),
    ):
        assert text.count(was) == 1
        text = text.replace(was, becomes)
    path = folder / "contract.toml"
    path.write_text(text, "utf-8")
    return path


def asked(day: int, item: str, number: int) -> Inquiry:
    at = datetime(2023, 12, day, 11, number, tzinfo=TOKYO)
    return Inquiry(
        call_id=f"17024{day}000.{number}", number=1, at=at, operator="op1", category="policy", item=item,
        voice="question", handling="guided", summary="",
    )  # fmt: skip


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory, pbx_dir: Path) -> HomeOnTrial:
    home = HomeOnTrial.in_folder(tmp_path_factory.mktemp("other-terms"), pbx_dir)
    words = ("--config", str(other_terms(home.root)))
    assert home.run("2023-11-20T08:00+09:00", *words).returncode in {0, 3}
    opened = Home.at(home.path)
    records = [
        asked(11, "limit", 1), asked(11, "points", 2), asked(14, "limit", 1), asked(16, "limit", 1), asked(18, "limit", 1),
    ]  # fmt: skip
    actor = Actor("sv1", datetime(2023, 12, 20, tzinfo=UTC))
    enter(
        open_operations(opened.operations_url),
        Keyring.open(opened),
        load_form(),
        actor,
        records,
        oversees=True,
    )
    done = home.run("2024-01-05T07:00+09:00", *words)
    assert done.returncode in {0, 3}, done.stderr
    return home


def values(trial: HomeOnTrial) -> Iterator[tuple[str, str, Any]]:
    """Every paper of the home as its value."""
    with sqlite3.connect(trial.path / "operations.db") as connection:
        rows = connection.execute(
            "select kind, period, data_json from deliverables order by kind, period, edition"
        ).fetchall()
    for kind, period, data in rows:
        yield kind, period, KINDS[kind].from_json(data)


@pytest.fixture(scope="module")
def weeks(trial: HomeOnTrial) -> dict[str, WeeklyReport]:
    return {
        period: value for kind, period, value in values(trial) if isinstance(value, WeeklyReport)
    }


def number(cell: object) -> int | None:
    """A count as printed; null for a mark, a rate or a word."""
    if isinstance(cell, int):
        return cell
    text = str(cell).replace(",", "")
    return int(text) if re.fullmatch(r"\d+", text) else None


def total(cells: Sequence[object]) -> int:
    return sum(found for cell in cells if (found := number(cell)) is not None)


def of_a_sum(cell: object) -> int | None:
    """What a week's cell amounts to; of a week that nobody could measure no day has a figure."""
    return 0 if cell == wording.NOT_MEASURABLE else number(cell)


def sums(table: list[list[Any]], label: int = 0, first: int = 1) -> None:
    """Its last row is the sum of the others, column for column; a 小計 is none of them."""
    *rows, last = [row for row in table if "小計" not in row]
    assert str(last[label]) == "計"
    for column in range(first, len(last)):
        if number(last[column]) is not None:
            assert total([row[column] for row in rows]) == number(last[column]), column


def test_every_table_of_every_weekly_paper_adds_up(weeks: dict[str, WeeklyReport]) -> None:
    assert list(weeks) == PERIODS
    for period, report in weeks.items():
        printed = paper(report, PRINTED)
        days = len(report.days)
        page_1 = {row[0]: row[1:] for row in printed["status"]["rows"]}
        for label, cells in page_1.items():
            if label != "応答率":
                assert total(cells[:days]) == of_a_sum(cells[days]), (period, label)
        of_week = {label: of_a_sum(cells[days]) for label, cells in page_1.items()}
        found = dict(printed["breakdown"])
        for whole, part in (("うちあふれ呼数", "あふれ："), ("うち放棄呼数", "放棄：")):
            assert of_week[whole] == total([v for k, v in found.items() if k.startswith(part)])
        if printed["half_hours"]:
            sums(printed["half_hours"])
            last = [number(cell) for cell in printed["half_hours"][-1][1:7]]
            assert last == [
                of_week[label] for label in list(wording.COUNTS.values())[:2]
            ] + [
                of_week["うちあふれ呼数"], of_week["うち放棄呼数"], of_week["預かりメッセージ"], of_week["中断・判定不能"],
            ]  # fmt: skip
        if printed["content"]:
            sums(printed["content"]["items"], first=2)
            for row in printed["content"]["items"]:
                assert total(row[2 : 2 + days]) == number(row[2 + days]), (period, row)
        checks = report.reconciliation
        assert checks.talked == (
            checks.recorded + checks.unrecorded_without_file + checks.unrecorded_empty_file + checks.unrecorded_silent
        )  # fmt: skip
        assert len(report.calls) == report.total.incoming + report.total.after_hours


def test_every_sheet_of_every_weekly_workbook_adds_up(weeks: dict[str, WeeklyReport]) -> None:
    for period, report in weeks.items():
        book = openpyxl.load_workbook(io.BytesIO(render_xlsx(report, PRINTED)))
        page_1 = {str(row[0]): row[1:] for row in book["概況"].iter_rows(values_only=True)}
        days = len(report.days)
        by_day = list(book["日別"].iter_rows(values_only=True))
        for name, label in wording.COUNTS.items():
            if name != "answer_rate":
                week = of_a_sum(page_1[label][days])
                assert total(page_1[label][:days]) == week, (period, label)
                column = by_day[0].index(label)
                assert total([row[column] for row in by_day[1:]]) == week
        slots = list(book["時間帯別"].iter_rows(min_row=2, values_only=True))
        together = [row for row in slots if row[0] == "週計"]
        apart = [row for row in slots if row[0] != "週計"]
        for column in range(2, 8):
            assert total([r[column] for r in together]) == total([r[column] for r in apart])
        assert total([row[2] for row in together]) == report.total.incoming


def test_papers_of_tables_add_up(trial: HomeOnTrial) -> None:
    seen = set()
    for kind, _, value in values(trial):
        if not isinstance(value, TablePaper):
            continue
        seen.add(kind)
        for table in texts(value, PRINTED)["tables"]:
            headings = list(table["headings"])
            if "月末" in headings:
                for row in table["rows"]:
                    begun, *moved, ended = [
                        number(row[headings.index(h)]) or 0 for h in headings[1:-1]
                    ]
                    erased = moved.pop()
                    assert begun + sum(moved) - erased == ended, row
    assert seen == {"completion", "personal_information"}


def test_the_managers_paper_adds_up(trial: HomeOnTrial) -> None:
    contract = read_settings(trial.root / "contract.toml", environment={}).contract
    with duckdb.connect(str(trial.path / "warehouse.duckdb"), read_only=True) as connection:
        for first, last in ((date(2023, 11, 20), date(2023, 12, 18)), (date(2023, 12, 11), date(2023, 12, 15))):  # fmt: skip
            value = read_management(connection, contract, first, last, date(2023, 12, 25))
            overview, half_hours, *_ = value.tables
            sums([list(row) for row in overview.rows])
            for column in (1, 2):
                all_of_them = total([row[column] for row in half_hours.rows])
                assert all_of_them == number(overview.rows[-1][column]), column
            assert off_hours.SLOT in [row[0] for row in half_hours.rows]
            sums([list(row) for row in value.tables[4].rows])


def test_calls_let_in_on_a_closed_day_have_their_column_and_a_remark(
    weeks: dict[str, WeeklyReport],
) -> None:
    report = weeks["2023-12-11"]
    closed = next(day for day in report.days if day.day == CLOSED)
    assert closed.closed_reason == "設備点検" and closed.counts and closed.counts.answered > 0
    rows = {row[0]: row for row in paper(report, PRINTED)["status"]["rows"]}
    place = 1 + report.days.index(closed)
    assert rows["応答件数"][place] == str(closed.counts.answered)
    assert rows[off_hours.LET_IN][place] == str(closed.counts.incoming)
    early = sum(
        call.started_at.hour < 10 and call.outcome != "after_hours"
        for call in report.calls if call.day == SHORTER
    )  # fmt: skip
    assert rows[off_hours.LET_IN][place - 1] == str(early) != "0"
    told = "".join(remarks(report))
    assert f"12月14日（木）{closed.counts.incoming}件" in told and "休業日に着信し" in told
    assert "業務時間外に着信し" in told
    assert off_hours.LET_IN in pdf_text(render_pdf(report, PRINTED))


def test_calls_after_the_contracts_end_are_in_no_sum_and_are_told(
    weeks: dict[str, WeeklyReport], trial: HomeOnTrial
) -> None:
    report = weeks["2023-12-18"]
    with duckdb.connect(str(trial.path / "warehouse.duckdb"), read_only=True) as connection:
        (calls,) = connection.execute(
            "select count(*) from marts.fct_calls where direction = 'inbound' and call_date = ?",
            [AFTER_THE_END],
        ).fetchone() or (0,)
    assert calls > 0 and report.total.incoming + report.total.after_hours == 0
    rows = {row[0]: row for row in paper(report, PRINTED)["status"]["rows"]}
    place = 1 + [day.day for day in report.days].index(AFTER_THE_END)
    assert rows["入電件数（業務時間内）"][place] == wording.CLOSED
    assert rows[off_hours.OUTSIDE_PERIOD][place] == str(calls)
    assert rows[off_hours.OUTSIDE_PERIOD][1 + len(report.days)] == str(calls)
    assert any("契約期間外の着信" in note for note in remarks(report))


def test_a_closed_day_says_rest_in_every_section_and_what_was_written_down_on_it_is_counted(
    weeks: dict[str, WeeklyReport],
) -> None:
    content = paper(weeks["2023-12-11"], PRINTED)["content"]
    by_item = {(row[0], row[1]): row[2:] for row in content["items"]}
    days = [day.day.day for day in weeks["2023-12-11"].days]
    assert days == [11, 12, 13, 14, 15, 16], "a Saturday on which somebody wrote something down"
    limit, points = (next(v for k, v in by_item.items() if k[1] == name) for name in _titles())
    assert list(limit[:6]) == ["1", "0", "0", "1", "0", "1"]
    assert list(points[:6]) == ["1", "0", "0", "休", "0", "休"]


def _titles() -> tuple[str, str]:
    items = load_form().categories["policy"].items
    return items["limit"], items["points"]


def test_a_weekly_value_of_an_earlier_version_is_read_without_the_calls_beside(
    weeks: dict[str, WeeklyReport],
) -> None:
    kept = json.loads(WEEKLY.to_json(weeks["2023-11-20"]))
    del kept["off_hours"]
    assert WEEKLY.from_json(json.dumps(kept)).off_hours == ()
