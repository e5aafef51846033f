"""When a simulated centre's home has its work to do, and the demo that lives it."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pypdf
import pytest

from application.home.environment import environment
from application.home.session import open_workplace, parse_as_of, read_settings
from compliance.contract.due import NO_DAY
from compliance.ground.japan import TOKYO
from compliance.people.rights import Role
from orchestration.assets.today import BRIEF, CONFIRMED, MADE
from reporting.kinds import KINDS
from simulation.demo import AS_OF, contract_of, demo_contract
from simulation.exchange.centre import Centre, days_between
from simulation.exchange.files import SimulatedPbx
from simulation.moments import moments, staffed
from simulation.people import PEOPLE, people_of
from tests.homes import ROOT, HomeOnTrial
from tests.support.simulated_truth import joined


def at(moment: datetime) -> str:
    return moment.astimezone(TOKYO).strftime("%m-%d %H:%M")


def test_each_morning_after_an_open_day_and_each_due_one(tmp_path: Path) -> None:
    settings = read_settings(None, tmp_path / "home", environment={})
    given = [at(m) for m in moments(settings, parse_as_of("2023-11-28T12:00"))]
    assert given == [
        "11-21 06:00",
        "11-22 06:00",
        "11-23 06:00",
        "11-25 06:00",
        "11-27 06:00",
        "11-28 06:00",
        "11-28 12:00",
    ], "not after the holiday, not after Saturday; on Monday a paper is due"


def test_the_simulated_centre_has_the_contracts_lines_and_staff(tmp_path: Path) -> None:
    contract = read_settings(None, tmp_path / "home", environment={}).contract
    assert staffed(Centre(), contract) == replace(Centre(), queues=("survey", "opinion"))
    someone = contract.staff[0]
    other = contract.model_copy(
        update={
            "capacity": contract.capacity.model_copy(update={"lines": 9, "operators": 4}),
            "staff": tuple(
                someone.model_copy(update={"operator": f"w{n}", "extension": f"4{n}", "role": role})
                for n, role in enumerate(("manager", *["operator"] * 5))
            ),
        }
    )
    centre = staffed(Centre(), other)
    assert (centre.lines, centre.operators, centre.supervisor) == (
        9,
        ("w1", "w2", "w3", "w4"),
        "w0",
    )
    pbx = SimulatedPbx(tmp_path / "pbx", centre=replace(centre, calls_per_day=300.0))
    for day in days_between(date(2023, 11, 20), date(2023, 11, 23)):
        pbx.live(day, is_open=True)
    with (tmp_path / "pbx" / "truth.csv").open() as rows:
        told = {row["operator"] for row in csv.DictReader(rows)} - {""}
    assert told == {"w1", "w2", "w3", "w4"}
    cdr = b"".join(path.read_bytes() for path in (tmp_path / "pbx").glob("cdr-*/*"))
    assert b"PJSIP/w0-" in cdr and b"PJSIP/op1-" not in cdr and b"PJSIP/sv1-" not in cdr
    assert people_of(contract) == PEOPLE
    assert people_of(other)["w0"] == ("見本 1号", (Role.MANAGER,))


def test_a_morning_in_which_the_home_was_killed_is_lived_again(tmp_path: Path) -> None:
    settings = read_settings(None, tmp_path / "home", environment={})
    with open_workplace(settings, as_of=parse_as_of("2023-11-27T06:00")):
        pass  # the clock moved, and then the power went
    given = [at(m) for m in moments(settings, parse_as_of("2023-11-27T12:00"), is_daily=False)]
    assert given == ["11-27 06:00", "11-27 12:00"], "the paper of that Monday is made on Monday"


def test_papers_after_the_last_day_have_their_mornings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simulation.exchange.files import SimulatedPbx

    lived = []
    monkeypatch.setattr(SimulatedPbx, "live", lambda self, day, is_open: lived.append(day))
    settings = read_settings(None, tmp_path / "home", environment={})
    given = [at(m) for m in moments(settings, parse_as_of(AS_OF), is_daily=False)]
    assert len(given) == 19
    assert given[-2:] == ["03-04 06:00", "03-05 09:00"]
    assert max(lived).isoformat() == "2024-02-29"


def test_the_demo_s_contract_is_the_one_at_hand_with_an_invented_contractor(tmp_path: Path) -> None:
    path = demo_contract(ROOT / "contracts/sapporo-2023/contract.toml", tmp_path / "home")
    ours = read_settings(
        ROOT / "contracts/sapporo-2023/contract.toml", tmp_path / "home", environment={}
    ).contract
    theirs = read_settings(path, tmp_path / "home", environment={}).contract
    assert "架空" in theirs.parties.contractor_name
    assert theirs.model_copy(update={"parties": ours.parties, "form_file": ours.form_file}) == ours
    filled = tmp_path / "filled.toml"
    filled.write_text(
        (ROOT / "contracts/sapporo-2023/contract.toml")
        .read_text()
        .replace('manager_name = ""', 'manager_name = "某"')
    )
    kept = read_settings(
        demo_contract(filled, tmp_path / "home"), tmp_path / "home", environment={}
    )
    assert kept.contract.parties.manager_name == "某", "what somebody wrote stays"


def test_the_demo_s_contract_takes_no_other_s_place(tmp_path: Path) -> None:
    """Whoever names a home beside the own contract keeps that as it is."""
    from orchestration.cli import DEMO_CONTRACT, DEMO_HOME

    own = tmp_path / "contract.toml"
    own.write_bytes((ROOT / "contracts/sapporo-2023/contract.toml").read_bytes())
    written = demo_contract(own, tmp_path / "home")
    assert written == tmp_path / "home-contract"
    assert own.read_bytes() == (ROOT / "contracts/sapporo-2023/contract.toml").read_bytes()
    assert contract_of(DEMO_HOME) == DEMO_CONTRACT


@pytest.mark.slow
def test_the_demo_makes_every_paper_of_the_contract_on_its_day(tmp_path: Path) -> None:
    home = HomeOnTrial(tmp_path, tmp_path / "none")
    command = [sys.executable, "-m", "orchestration.cli", "demo", "--home", str(home.path)]
    done = subprocess.run(
        [*command, "--json"],
        cwd=ROOT,
        env=home.environment(),
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert all(paper["is_written"] or paper["edition"] == 1 for paper in facts["papers"])
    assert not [finding for finding in facts["findings"] if not finding["is_notice"]]
    with sqlite3.connect(home.path / "operations.db") as connection:
        rows = connection.execute(
            "select kind, due_date, made_at, edition from deliverables"
        ).fetchall()
    assert {edition for *_, edition in rows} == {1}, "each once, and nothing to correct"
    on_request = [row for row in rows if not KINDS[row[0]].is_by_period]
    assert Counter(kind for kind, *_ in on_request) == {
        "cover": 4, "erasure_application": 1, "erasure_certificate": 1,
    }  # fmt: skip
    assert {due for _, due, *_ in on_request} == {NO_DAY.isoformat()}, (
        "nobody is owed them by a day"
    )
    rows = [row for row in rows if KINDS[row[0]].is_by_period]
    counted = Counter(kind for kind, *_ in rows)
    assert {k: n for k, n in counted.items() if k != "complaints"} == {
        "weekly": 15, "voices": 15, "completion": 4, "personal_information": 4,
    }  # fmt: skip
    complained = {due for kind, due, *_ in rows if kind == "complaints"}
    assert complained >= {
        "2023-11-24",
        "2024-01-04",
        "2024-01-09",
        "2024-02-13",
        "2024-02-26",
        "2024-03-01",
    }
    assert len(complained) == counted["complaints"]
    for _, due, made_at, _ in rows:
        made = datetime.fromisoformat(f"{made_at}+00:00").astimezone(TOKYO)
        assert (made.date().isoformat(), made.hour) == (due, 6)
    both = joined(home.path, home.root / "home-pbx" / "truth.csv")
    wrong = both.execute(
        "select count(*), count(*) filter (where true_id is null or call_id is null "
        "or outcome is distinct from found_outcome "
        "or nullif(outcome_reason, '') is distinct from found_reason "
        "or abs(wait_seconds - found_wait) > 1 or abs(talk_seconds - found_talk) > 1) "
        "from both_sides"
    ).fetchone()
    assert wrong is not None and wrong[0] > 7000 and wrong[1] == 0, wrong
    _inquiries_are_on_the_papers(home.path)
    _holdings_follow_each_other(home.path)
    _open_matters_stay_until_they_are_closed(home.path)
    _papers_are_confirmed_and_say_nothing_in_two_ways(home.path)
    _the_morning_is_told_as_it_is(home)


def _the_morning_is_told_as_it_is(home: HomeOnTrial) -> None:
    """What the UI shows of the morning is what the command says of it, people's last acts in it."""
    folder = str(home.path / "dagster")
    with environment(DAGSTER_HOME=folder), dg.DagsterInstance.from_config(folder) as instance:
        event = instance.get_latest_materialization_event(BRIEF)
        checks = instance.event_log_storage.get_asset_check_summary_records(
            [dg.AssetCheckKey(BRIEF, name) for name in (MADE, CONFIRMED)]
        )
    assert event is not None and event.asset_materialization is not None
    assert event.asset_materialization.metadata["責任者確認待ち"].value == 0
    told = [summary.last_check_execution_record for summary in checks.values()]
    assert [one is not None and one.evaluation and one.evaluation.passed for one in told] == [
        True,
        True,
    ]


def _values(home: Path, kind: str) -> list[Any]:
    """The data of each paper of a kind, by period."""
    with sqlite3.connect(home / "operations.db") as connection:
        rows = connection.execute(
            "select data_json from deliverables where kind = ? order by period", [kind]
        ).fetchall()
    return [json.loads(text) for (text,) in rows]


def _holdings_follow_each_other(home: Path) -> None:
    """Opening and added less erased is the closing, which is the next month's opening, and what the catalogue held then."""
    closing: dict[str, int] = {}
    months = _values(home, "personal_information")
    for paper in months:
        (held,) = (table for table in paper["tables"] if table["title"] == "2　保有状況")
        for row in held["rows"]:
            of = {
                heading: int(cell.replace(",", ""))
                for heading, cell in zip(held["headings"][1:-1], row[1:-1], strict=True)
            }
            kind = row[0]
            assert of["月初"] + of.get("前月分の追加", 0) + of["増"] - of["消去"] == of["月末"], row
            assert closing.get(kind, 0) == of["月初"], row
            assert row[-1] == "一致"
            closing[kind] = of["月末"]
    with sqlite3.connect(home / "operations.db") as connection:
        kept = dict(
            connection.execute(
                "select kind, count(*) from recordings where recorded_at < '2024-02-29 15:00:00' and state <> 'erased' "
                "group by kind"
            ).fetchall()
        )
    assert (closing["通話録音"], closing["預かりメッセージ（録音）"]) == (
        kept["call"],
        kept["message"],
    )
    assert len(months) == 4 and closing["通話録音"] > 4_000


def _open_matters_stay_until_they_are_closed(home: Path) -> None:
    """What waits for the city at the end of one week is in the next week's paper, as waiting or as answered."""
    before: set[str] = set()
    most = 0
    for paper in _values(home, "weekly"):
        told = {one["entry_id"]: one for one in paper["follow_ups"]["reports"]}
        assert before <= told.keys()
        before = {entry for entry, one in told.items() if not one["is_answered"]}
        most = max(most, len(before))
    assert most > 10


def _papers_are_confirmed_and_say_nothing_in_two_ways(home: Path) -> None:
    with sqlite3.connect(home / "operations.db") as connection:
        rows = connection.execute(
            "select kind, period, confirmed_by, data_json from deliverables"
        ).fetchall()
    assert {by for _, _, by, _ in rows} == {"mg1"}
    for kind, period, _, text in rows:
        assert not KINDS[kind].contradictions(KINDS[kind].from_json(text)), (kind, period)
    for path in (home / "outbox" / "weekly").glob("*/*.pdf"):
        front = "".join(pypdf.PdfReader(path).pages[0].extract_text().split())
        assert "（mg1）" in front and "未確認" not in front


def _inquiries_are_on_the_papers(home: Path) -> None:
    """What was entered is in the table, day by day, and on the paper of its week."""
    weeks: dict[str, int] = {}
    entered: dict[tuple[str, str], int] = {}
    with sqlite3.connect(home / "operations.db") as connection:
        for at, category, item in connection.execute(
            "select at, category, item from inquiries as one where category <> 'none' and revision = "
            "(select max(revision) from inquiries where inquiry_id = one.inquiry_id)"
        ):
            day = datetime.fromisoformat(f"{at}+00:00").astimezone(TOKYO).date()
            code = f"{category}/{item}"
            entered[day.isoformat(), code] = entered.get((day.isoformat(), code), 0) + 1
            monday = (day - timedelta(days=day.weekday())).isoformat()
            weeks[monday] = weeks.get(monday, 0) + 1
        papers = connection.execute(
            "select period, data_json from deliverables where kind = 'weekly'"
        ).fetchall()
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        counted = warehouse.execute(
            "select call_date, code, inquiry_count from reports.rpt_inquiry_daily where dimension = 'item'"
        ).fetchall()
        lost = warehouse.execute(
            "select count(*) from marts.fct_inquiries where call_id is null or outcome not in ('answered', 'message')"
        ).fetchone()
    assert {(day.isoformat(), code): count for day, code, count in counted} == entered
    assert lost == (0,), "every record belongs to an answered call or to a message"
    assert sum(weeks.values()) > 4000
    told = {str(start): json.loads(value)["content"]["total"] for start, value in papers}
    assert told == weeks
