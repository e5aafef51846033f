"""Contracts that are data alone live a month with the simulated exchange: every figure of their papers is the true one, each paper is
there, and none holds a word of another contract."""

from __future__ import annotations

import csv
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from pypdf import PdfReader

from application.home.settings import Settings, load_settings
from compliance.contract.business_calendar import BusinessCalendar
from simulation.exchange.centre import days_between
from simulation.exchange.files import SimulatedPbx
from simulation.moments import centre_on
from tests.homes import ROOT, HomeOnTrial
from tests.support.simulated_truth import differing, joined

pytestmark = pytest.mark.slow  # two homes of a month are made
OTHERS = re.compile(r"札幌|敬老|高齢者施策|保健福祉|仕様書")
MONTH = date(2024, 4, 1), date(2024, 4, 30)
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lived:
    """A contract's home after its first month, and what truly happened there."""

    settings: Settings
    home: HomeOnTrial
    truth: list[Row]

    def papers(self, ending: str) -> list[Path]:
        return sorted((self.home.path / "outbox").rglob(f"*.{ending}"))

    def csv(self, kind: str, period: str) -> dict[tuple[str, str, str], str]:
        (path,) = (self.home.path / "outbox" / kind / period).glob("*.csv")
        lines = csv.reader(path.read_text("utf-8-sig").splitlines())
        return {(table, row, column): value for table, row, column, value in lines}

    def count(self, classes: set[str]) -> int:
        return sum(row["kind"] == "inbound" and row["outcome"] in classes for row in self.truth)


@pytest.fixture(scope="module", params=["card-centre", "general-centre"])
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:  # fmt: skip
    folder = tmp_path_factory.mktemp(request.param)
    contract = ROOT / "contracts" / request.param
    settings = load_settings(contract, {})
    calendar = BusinessCalendar(settings.contract)
    pbx = SimulatedPbx(folder / "pbx")
    names = tuple(one.name for one in settings.contract.queues)
    pbx.centre = replace(pbx.centre, queues=names)
    for day in days_between(*MONTH):
        pbx.centre = centre_on(pbx.centre, calendar, day)
        pbx.live(day, is_open=calendar.is_business_day(day))
    home = HomeOnTrial(folder, pbx.folder)
    done: subprocess.CompletedProcess[str] = home.run(
        "2024-05-11T07:00+09:00", "--config", str(contract)
    )
    assert done.returncode == 0, done.stderr[-2000:]
    truth = list(csv.DictReader((pbx.folder / "truth.csv").open(encoding="utf-8")))
    yield Lived(settings, home, truth)


def test_every_call_has_its_true_class(lived: Lived) -> None:
    both = joined(lived.home.path, lived.home.pbx / "truth.csv")
    assert not differing(both, "true_id is null or call_id is null")
    assert not differing(
        both, "(outcome, outcome_reason) is distinct from (found_outcome, found_reason)"
    )
    assert not differing(both, "queue is distinct from found_queue and direction = 'inbound'")


def test_each_service_has_the_calls_of_its_queues(lived: Lived) -> None:
    services = {q: one.code for one in lived.settings.contract.services for q in one.queues}
    true = Counter(
        services.get(row["queue"], "") for row in lived.truth if row["kind"] == "inbound"
    )
    with duckdb.connect(str(lived.home.path / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select service, sum(incoming_count) from reports.rpt_service_daily group by service"
        ).fetchall()
    assert {code: int(n) for code, n in found} == true


def test_every_paper_that_is_due_is_there(lived: Lived) -> None:
    folders = {path.parent.parent.name for path in lived.papers("pdf")}
    owed = {one.kind for one in lived.settings.contract.deliverables} - {"figures_year"}
    assert folders == owed
    if "figures_day" in owed:
        assert len(list((lived.home.path / "outbox/figures_day").iterdir())) == len(
            days_between(MONTH[0], date(2024, 5, 9))
        )


def test_no_paper_holds_a_word_of_another_contract(lived: Lived) -> None:
    for path in lived.papers("pdf"):
        text = "".join(page.extract_text() for page in PdfReader(path).pages)
        assert not OTHERS.findall(text), path.name


def test_the_month_s_figures_are_the_truth(lived: Lived) -> None:
    told = lived.csv("figures_month", "2024-04")
    totals = next(table for table, *_ in told if "期間の計" in table)
    for label, classes in (
        ("応答", {"answered"}),
        ("あふれ", {"overflow"}),
        ("放棄（案内中を含む）", {"abandoned", "abandoned_in_menu"}),
        ("預かりメッセージ", {"message"}),
        ("時間外の着信（入電に含まない）", {"after_hours"}),
    ):
        assert int(told[totals, label, "値"]) == lived.count(classes)
    services = next(table for table, *_ in told if "業務別" in table)
    for one in lived.settings.contract.services:
        asked = [row for row in lived.truth if row["queue"] in one.queues and row["kind"] == "inbound"]  # fmt: skip
        answered = sum(row["outcome"] == "answered" for row in asked)
        counted = sum(row["outcome"] != "after_hours" for row in asked)
        assert int(told[services, one.label, "応答"]) == answered
        assert told[services, one.label, "応答率"] == f"{answered / counted * 100:.1f}%"


def test_targets_are_judged_by_the_truth(lived: Lived) -> None:
    told = lived.csv("figures_month", "2024-04")
    (title,) = {table for table, *_ in told if "目標" in table}
    answers = [one for one in lived.settings.contract.targets if one.definition == "answer_rate"]
    labels = {"": "全業務"} | {one.code: one.label for one in lived.settings.contract.services}
    for target in answers:
        queues = {q for one in lived.settings.contract.services for q in one.queues if one.code == target.service}  # fmt: skip
        queues |= set() if target.service else {row["queue"] for row in lived.truth}
        asked = [row for row in lived.truth if row["queue"] in queues and row["outcome"] != "after_hours" and row["kind"] == "inbound"]  # fmt: skip
        answered = sum(row["outcome"] == "answered" for row in asked)
        is_met = answered * 100 >= target.bound * len(asked)
        label = f"応答率・{labels[target.service]}"
        assert told[title, label, "達成"] == ("達成" if is_met else "未達成")
