"""A paper of figures: every figure is one of the calls' own, targets are judged exactly, and a contract may owe several."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest
from pypdf import PdfReader

from application.home.settings import load_settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import PaperPeriod, periods
from compliance.contract.due_terms import DueTerms, Unit
from compliance.contract.targets import Target, targets_in_force
from compliance.contract.terms import Contract
from compliance.errors import ContractInvalid
from reporting.kinds import KINDS
from reporting.paper.kind import Reading
from reporting.paper.tables import TablePaper
from tests.homes import ROOT, HomeOnTrial

PRINTED = datetime(2023, 12, 25, 9, tzinfo=UTC)
SHIPPED = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
OWED = [
    {"kind": f"figures_{unit}", "title": f"業務実績報告書（{unit}）", "recipient": "架空市長", "made_at": "06:00:00",
     "due": {"after": unit, "working_day": 1}, "formats": ["pdf", "xlsx", "csv"]}
    for unit in ("day", "week", "month", "quarter", "year")
]  # fmt: skip
OF_ONE = {**OWED[2], "kind": "figures_month.opinion", "service": "opinion"}


def of(**said: Any) -> Contract:
    terms = tomllib.loads(SHIPPED)
    del terms["pbx"]
    return Contract.model_validate({**terms, "deliverables": [*OWED, OF_ONE], **said})


@pytest.fixture(scope="module")
def warehouse(finished_home: HomeOnTrial) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(finished_home.path / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def read(
    warehouse: duckdb.DuckDBPyConnection, contract: Contract, kind: str, on: date
) -> tuple[TablePaper, PaperPeriod]:
    due = contract.due_of(kind, Unit.MONTH)
    period = next(
        one
        for one in periods(BusinessCalendar(contract), due)
        if one.first_day <= on <= one.last_day
    )
    reading = cast(Reading, Asked(warehouse, contract, period))
    return KINDS[kind].read(reading), period


class Asked:
    """What a paper of figures is read from."""

    counted_until = date(2023, 12, 24)

    def __init__(self, connection: object, contract: Contract, period: PaperPeriod) -> None:
        self.connection, self.contract, self.period = connection, contract, period


def counted(warehouse: duckdb.DuckDBPyConnection, period: PaperPeriod, where: str) -> int:
    found = warehouse.execute(
        f"select count(*) from marts.fct_calls where direction = 'inbound' and call_date between ? and ? and ({where})",
        [period.first_day, min(period.last_day, Asked.counted_until)],
    ).fetchone()
    assert found
    return int(found[0])


def number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "year"])
def test_the_figures_of_any_unit_are_the_calls_own(
    warehouse: duckdb.DuckDBPyConnection, unit: str
) -> None:
    paper, period = read(warehouse, of(), f"figures_{unit}", date(2023, 11, 20))
    totals = dict(paper.table(next(t.title for t in paper.tables if "期間の計" in t.title)).rows)
    for label, where in (
        ("入電件数（業務時間内）", "outcome <> 'after_hours'"),
        ("応答", "outcome = 'answered'"),
        ("あふれ", "outcome = 'overflow'"),
        ("放棄（案内中を含む）", "outcome in ('abandoned', 'abandoned_in_menu')"),
        ("預かりメッセージ", "outcome = 'message'"),
        ("時間外の着信（入電に含まない）", "outcome = 'after_hours'"),
    ):
        assert number(totals[label]) == counted(warehouse, period, where), label
    services = next(table for table in paper.tables if "業務別" in table.title)
    for label, code in (("調査の問い合わせ", "survey"), ("施策への意見等", "opinion")):
        row = next(row for row in services.rows if row[0] == label)
        assert number(row[1]) == counted(warehouse, period, f"menu_choice = '{code}' and outcome <> 'after_hours'")  # fmt: skip
        assert number(row[2]) == counted(warehouse, period, f"menu_choice = '{code}' and outcome = 'answered'")  # fmt: skip
    for table in paper.tables:
        if table.rows and table.rows[-1][0] == "計" and "内容" not in table.title:
            for column in range(1, 8):
                parts = [r[column] for r in table.rows[:-1] if r[column] != "―"]
                assert sum(map(number, parts)) == number(table.rows[-1][column]), table.title


def test_a_paper_of_one_service_says_nothing_of_another(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    paper, period = read(warehouse, of(), "figures_month.opinion", date(2023, 11, 20))
    assert ("対象業務", "施策への意見等") in paper.facts
    assert [table.title for table in paper.tables] == ["1　期間の計", "2　内訳"]
    totals = dict(paper.tables[0].rows)
    assert number(totals["応答"]) == counted(warehouse, period, "menu_choice = 'opinion' and outcome = 'answered'")  # fmt: skip
    assert "調査の問い合わせ" not in KINDS["figures_month.opinion"].to_json(
        replace(paper, head=replace(paper.head, clauses=()))
    )


def test_targets_are_judged_by_counts_and_leave_room_where_they_were_missed(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    exact = of(
        targets=[
            {"definition": "answer_rate", "at_least": 0.0},
            {"definition": "answer_rate", "at_least": 100, "service": "survey"},
            {"definition": "abandon_rate", "at_most": 0, "valid_from": date(2024, 2, 1)},
        ]
    )
    paper, period = read(warehouse, exact, "figures_month", date(2023, 11, 20))
    rows = paper.tables[0].rows
    assert paper.tables[0].title == "1　目標と結果"
    assert [(row[1], row[2], row[4]) for row in rows] == [
        ("全業務", "0%以上", "達成"),
        ("調査の問い合わせ", "100%以上", "未達成"),
    ]
    asked = counted(warehouse, period, "menu_choice = 'survey' and outcome <> 'after_hours'")
    answered = counted(warehouse, period, "menu_choice = 'survey' and outcome = 'answered'")
    assert rows[1][3] == f"{answered / asked * 100:.1f}%"
    assert rows[1][5] == ""


@pytest.mark.parametrize(
    ("bound", "counts", "is_met"),
    [
        ({"at_least": 90}, (9, 10), True),
        ({"at_least": 90}, (8999, 10000), False),  # 90.0 % as printed
        ({"at_most": 5}, (5, 100), True),
        ({"at_most": 5}, (501, 10000), False),
        ({"at_least": 90}, (0, 0), None),
        ({"at_least": 16.1}, (161, 1000), True),  # 16.1 is no binary fraction
        ({"at_most": 0.07}, (7, 10000), True),
    ],
)
def test_a_share_is_judged_before_it_is_rounded(
    bound: dict[str, Any], counts: tuple[int, int], is_met: bool | None
) -> None:
    assert Target(definition="answer_rate", **bound).is_met(*counts) is is_met


def test_a_later_target_takes_the_place_of_an_earlier_one_from_its_day_on() -> None:
    first = Target(definition="answer_rate", at_least=80)
    second = Target(definition="answer_rate", at_least=90, valid_from=date(2024, 1, 1))
    other = Target(definition="answer_rate", at_least=70, service="survey")
    both = (first, second, other)
    assert targets_in_force(both, date(2023, 12, 31)) == (first, other)
    assert targets_in_force(both, date(2024, 1, 1)) == (second, other)


def test_each_form_says_the_same(warehouse: duckdb.DuckDBPyConnection) -> None:
    kind = KINDS["figures_month"]
    paper, _ = read(warehouse, of(), "figures_month", date(2023, 11, 20))
    lines = list(csv.reader(io.StringIO(kind.render("csv", paper, PRINTED).decode("utf-8-sig"))))
    totals = dict(paper.tables[0].rows)
    told = {(table, row, column): value for table, row, column, value in lines[1:]}
    assert told["1　期間の計", "応答", "値"] == totals["応答"].replace(",", "")
    text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(kind.render("pdf", paper, PRINTED))).pages)  # fmt: skip
    assert "業務実績報告書（month）" in text
    assert kind.from_json(kind.to_json(paper)) == paper
    assert kind.render("xlsx", paper, PRINTED)[:2] == b"PK"


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"kind": "figures_decade"}, "no such paper is known"),
        ({"kind": "figures_month.Own"}, "no such paper is known"),
        ({"kind": "weekly.own"}, "no such paper is known"),
        ({"kind": "figures_week"}, "goes by the month"),
        ({"service": "waste"}, "no [[services]] has that code"),
        ({"sections": ["everything"]}, "write one of targets, totals"),
        ({"sections": ["totals", "totals"]}, "names a section twice"),
        ({"sections": ["items"], "service": "survey"}, "which is of all services"),
    ],
)
def test_a_mistake_names_its_remedy(tmp_path: Path, changes: dict[str, Any], remedy: str) -> None:
    said: dict[str, Any] = {
        "kind": "figures_month", "title": "業務実績報告書", "recipient": "架空市長",
        "formats": ["pdf"], **changes,
    }  # fmt: skip
    lines = "\n".join(f"{k} = {_toml(v)}" for k, v in said.items())
    owed = (
        f'\n[[deliverables]]\n{lines}\ndue = {{ after = "month", day = 10 }}\nmade_at = 06:00:00\n'
    )
    path = tmp_path / "contract.toml"
    path.write_text(SHIPPED + owed, "utf-8")
    with pytest.raises(ContractInvalid, match=re.escape(remedy)):
        load_settings(path, {})


def test_csv_is_only_of_figures(tmp_path: Path) -> None:
    path = tmp_path / "contract.toml"
    path.write_text(SHIPPED.replace('formats = ["pdf", "xlsx"]', 'formats = ["csv"]', 1), "utf-8")
    with pytest.raises(ContractInvalid, match="has 'csv'"):
        load_settings(path, {})


def test_a_quarter_and_a_year_are_those_from_april() -> None:
    found = periods(BusinessCalendar(of()), DueTerms(after=Unit.QUARTER, working_day=1))
    assert [one.key for one in found] == ["2023-Q3", "2023-Q4"]


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(f'"{one}"' for one in value) + "]"
    return f'"{value}"'


def test_a_correction_says_whether_the_calls_moved_or_the_target(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    papers = [
        read(warehouse, of(targets=[{"definition": "answer_rate", "at_least": bound}]), "figures_month", date(2023, 11, 20))[0]
        for bound in (90, 10)
    ]  # fmt: skip
    moved = KINDS["figures_month"].corrections(*papers)
    assert {one.reason for one in moved} == {"契約の設定（contract.toml）の変更による"}
    (judged, *others) = papers[0].tables
    row = (*judged.rows[0][:3], "99.9%", *judged.rows[0][4:])
    late = replace(papers[0], tables=(replace(judged, rows=(row,)), *others))
    assert [one.reason for one in KINDS["figures_month"].corrections(papers[0], late)] == ["提出後の記入・訂正による"]  # fmt: skip
