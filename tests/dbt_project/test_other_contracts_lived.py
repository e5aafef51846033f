"""Contracts that are data alone live a month with the simulated exchange: every figure of their papers is the true one, each paper is
there, and none holds a word of another contract."""

from __future__ import annotations

import csv
import random
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb
import pytest
from pypdf import PdfReader

from application.home.settings import Settings, load_settings
from application.today import brief_of_home
from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.ground.operations import open_operations
from compliance.inquiries.entering import enter
from compliance.inquiries.form import OTHER, load_form
from compliance.inquiries.record import Inquiry
from compliance.keys.keyring import Keyring
from compliance.registers.entries import Draft, save
from compliance.registers.known import OUTBOUND
from simulation.exchange.centre import days_between
from simulation.exchange.files import SimulatedPbx
from simulation.moments import centre_on
from simulation.other_channels import by_other_channels
from tests.homes import ROOT, HomeOnTrial
from tests.support.simulated_truth import differing, joined

pytestmark = pytest.mark.slow  # homes of a month are made
OTHERS = re.compile(r"札幌|敬老|高齢者施策|保健福祉|仕様書")
MONTH = date(2024, 4, 1), date(2024, 4, 30)
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lived:
    """A contract's home after its first month, and what truly happened there."""

    settings: Settings
    home: HomeOnTrial
    truth: list[Row]
    attempts: list[Row]
    inquiries: list[Inquiry]

    def papers(self, ending: str) -> list[Path]:
        return sorted((self.home.path / "outbox").rglob(f"*.{ending}"))

    def csv(self, kind: str, period: str) -> dict[tuple[str, str, str], str]:
        (path,) = (self.home.path / "outbox" / kind / period).glob("*.csv")
        lines = csv.reader(path.read_text("utf-8-sig").splitlines())
        return {(table, row, column): value for table, row, column, value in lines}

    def count(self, classes: set[str]) -> int:
        return sum(row["kind"] == "inbound" and row["outcome"] in classes for row in self.truth)


def attempts_made(settings: Settings, home: HomeOnTrial, days: Sequence[date]) -> list[Row]:
    """Six attempts an hour on each open day, entered for whoever made them."""
    rng, calendar = random.Random(7), BusinessCalendar(settings.contract)
    made: list[dict[str, str]] = []
    for day in days:
        opens, closes = calendar.opens_at(day), calendar.closes_at(day)
        for minute in range(0, int((closes - opens).total_seconds()) // 60 if opens and closes else 0, 10):  # fmt: skip
            campaign = rng.choice(settings.contract.campaigns)
            assert opens is not None
            made.append(
                {
                    "campaign": campaign.code, "case_id": f"R6-{rng.randrange(200):04d}",
                    "at": (opens + timedelta(minutes=minute)).astimezone(TOKYO).isoformat(), "by": "op1",
                    "result": rng.choice(campaign.results).code,
                }
            )  # fmt: skip
    place = Home.at(home.path, home.path.with_name("home-keys"))
    engine = open_operations(place.operations_url)
    actor, drafts = Actor("sv1", datetime(2024, 4, 30, 23, tzinfo=TOKYO)), [Draft("", one) for one in made]  # fmt: skip
    save(engine, Keyring.open(place), OUTBOUND, actor, drafts, oversees=True)
    engine.dispose()
    return made


def inquiries_written(settings: Settings, home: HomeOnTrial, truth: list[Row]) -> list[Inquiry]:
    """What came by no call on each open day, and a record of each answered call, handed on to one department or another."""
    form, rng = load_form(settings.contract.form_file), random.Random(11)
    calendar = BusinessCalendar(settings.contract)
    first, after = (datetime.combine(day, time(), TOKYO) for day in (MONTH[0], date(2024, 5, 1)))
    items = [code for code in form.categories["transfer"].items if code != OTHER]
    made = list(by_other_channels(form, calendar, first, after))
    made += [
        Inquiry(
            row["call_id"], 1, datetime.fromtimestamp(float(row["call_id"]), TOKYO), "op1", "transfer", rng.choice(items),
            handling="faq", channel=form.channel_of(row["call_id"], ""),
        )
        for row in truth
        if row["outcome"] == "answered" and row["kind"] == "inbound"
    ]  # fmt: skip
    place = Home.at(home.path, home.path.with_name("home-keys"))
    engine = open_operations(place.operations_url)
    actor = Actor("sv1", datetime(2024, 4, 30, 18, tzinfo=TOKYO))
    enter(engine, Keyring.open(place), form, actor, made, oversees=True)
    engine.dispose()
    return made


@pytest.fixture(scope="module", params=["card-centre", "general-centre", "payment-reminder"])
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
    attempts: list[Row] = []
    inquiries: list[Inquiry] = []
    has_channels = bool(load_form(settings.contract.form_file).channels)
    if settings.contract.campaigns or has_channels:
        begun = home.run("2024-04-02T07:00+09:00", "--config", str(contract))
        assert begun.returncode == 0, begun.stderr[-2000:]
    truth = list(csv.DictReader((pbx.folder / "truth.csv").open(encoding="utf-8")))
    if settings.contract.campaigns:
        attempts = attempts_made(settings, home, days_between(*MONTH))
    if has_channels:
        inquiries = inquiries_written(settings, home, truth)
    done: subprocess.CompletedProcess[str] = home.run(
        "2024-05-11T07:00+09:00", "--config", str(contract)
    )
    assert done.returncode == 0, done.stderr[-2000:]
    yield Lived(settings, home, truth, attempts, inquiries)


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
        calendar = BusinessCalendar(lived.settings.contract)
        days = calendar.business_days(MONTH[0], date(2024, 5, 9))
        made = sorted(one.name for one in (lived.home.path / "outbox/figures_day").iterdir())
        assert made == [day.isoformat() for day in days]


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
    if len(lived.settings.contract.services) == 1:
        return
    services = next(table for table, *_ in told if "業務別" in table)
    for one in lived.settings.contract.services:
        asked = [row for row in lived.truth if row["queue"] in one.queues and row["kind"] == "inbound"]  # fmt: skip
        answered = sum(row["outcome"] == "answered" for row in asked)
        counted = sum(row["outcome"] != "after_hours" for row in asked)
        assert int(told[services, one.label, "応答"]) == answered
        assert told[services, one.label, "応答率"] == f"{answered / counted * 100:.1f}%"


def test_targets_are_judged_by_the_truth(lived: Lived) -> None:
    told = lived.csv("figures_month", "2024-04")
    titles = {table for table, *_ in told if "目標" in table}
    assert len(titles) == bool(lived.settings.contract.targets)
    title = next(iter(titles), "")
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


def test_the_morning_after_the_month_judges_as_its_paper_does(lived: Lived) -> None:
    told = lived.csv("figures_month", "2024-04")
    settings = load_settings(
        ROOT / "contracts" / lived.home.path.parent.name.rstrip("0123456789"),
        {"MADOGUCHI_HOME": str(lived.home.path)},
    )
    brief = brief_of_home(settings, datetime(2024, 5, 1, 8, 30, tzinfo=TOKYO))
    open_days = BusinessCalendar(settings.contract).business_days(
        date(2024, 4, 1), date(2024, 4, 30)
    )
    assert brief.yesterday and brief.yesterday.day == open_days[-1]
    assert len(brief.targets) == len(settings.contract.targets)
    title = next((table for table, *_ in told if "目標" in table), "")
    for one in brief.targets:
        row = f"{one.title}・{one.service or '全業務'}"
        share, judged = told[title, row, "結果"], told[title, row, "達成"]
        assert one.of_month.text_ja == f"{share} {judged}"


def test_inquiries_are_counted_by_channel_and_by_department(lived: Lived) -> None:
    told = lived.csv("figures_month", "2024-04")
    form = load_form(lived.settings.contract.form_file)
    titles = {table for table, *_ in told if "受付方法別" in table}
    assert len(titles) == bool(form.channels)
    for title in titles:
        counted = Counter(one.channel for one in lived.inquiries)
        assert counted.keys() == form.channels.keys()
        found = {code: int(told[title, label, "件数"]) for code, label in form.channels.items()}
        assert found == counted
        assert told[title, "計", "件数"] == str(len(lived.inquiries))
        asked = next(table for table, *_ in told if "問い合わせ内容" in table)
        for item in {one.item for one in lived.inquiries if one.category == "transfer"}:
            n = sum(one.item == item for one in lived.inquiries)
            assert told[asked, form.title_of("transfer", item), "件数"] == str(n)


def test_campaigns_come_to_what_was_entered(lived: Lived) -> None:
    told = lived.csv("figures_month", "2024-04")
    assert any("発信業務" in table for table, *_ in told) == bool(lived.attempts)
    for campaign in lived.settings.contract.campaigns:
        theirs = [one for one in lived.attempts if one["campaign"] == campaign.code]
        reached = {one.code for one in campaign.results if one.reached}
        promised = {one.code for one in campaign.results if one.promised}
        cases = {one["case_id"] for one in theirs}
        talked = {one["case_id"] for one in theirs if one["result"] in reached}
        agreed = {one["case_id"] for one in theirs if one["result"] in promised}
        title = next(table for table, row, _ in told if row == campaign.label)
        row = {column: told[title, campaign.label, column] for column in ("対象の件", "架電", "到達した件", "約束した件", "到達率")}  # fmt: skip
        assert row == {
            "対象の件": str(len(cases)), "架電": str(len(theirs)), "到達した件": str(len(talked)),
            "約束した件": str(len(agreed)), "到達率": f"{len(talked) / len(cases) * 100:.1f}%",
        }  # fmt: skip
        for result in campaign.results:
            counted = sum(one["result"] == result.code for one in theirs)
            assert told[f"{title}（{campaign.label}・結果）", result.label, "架電"] == str(counted)
