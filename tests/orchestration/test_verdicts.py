"""What is strange in the data is said; it stops nothing, and no paper waits for it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.command.exit_codes import is_beyond_us
from tests.homes import ROOT, HomeOnTrial

WEEK = "2023-11-27T07:00+09:00"


def without_operator(folder: Path, operator: str) -> Path:
    """The contract, with one operator forgotten."""
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    kept = re.sub(rf'\[\[staff\]\][^\[]*operator = "{operator}".*?(?=\n\[)', "", text, flags=re.S)
    assert kept != text
    path = folder / "contract.toml"
    path.write_text(kept, "utf-8")
    return path


ENDS_BEFORE_IT_STARTS = (
    '"2023-11-20 10:00:00.000000","2023-11-20 10:00:00.000000","2023-11-20 09:58:00.000000","",'
    '"0110000077","s","ivr","PJSIP/trunk-00000001","","BackGround","menu","0.1","0.1","ANSWERED","","",'
    '"1700442000.1","1700442000.1","1","",""\n'
)


@pytest.mark.slow
@pytest.mark.parametrize("strange", ["operator", "time"])
def test_strange_data_is_said_and_the_paper_is_made(new_home: HomeOnTrial, strange: str) -> None:
    words: tuple[str, ...] = ()
    if strange == "operator":
        words = ("--config", str(without_operator(new_home.root, "op1")))
    else:
        shutil.rmtree(new_home.pbx)
        (new_home.pbx / "cdr-custom").mkdir(parents=True)
        (new_home.pbx / "cdr-custom" / "Master.csv").write_text(ENDS_BEFORE_IT_STARTS)
    done = new_home.run(WEEK, "--json", *words)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    facts = json.loads(done.stdout)
    assert [paper["is_written"] for paper in facts["papers"]] == [True]
    found = {finding["test"] for finding in facts["findings"]}
    expected = {
        "operator": "answered_calls_name_an_operator",
        "time": "times_of_a_call_are_in_order",
    }[strange]
    assert expected in found
    again = new_home.run(WEEK, "--json", *words)
    assert again.returncode == 3, "the condition still stands"
    assert {f["test"] for f in json.loads(again.stdout)["findings"]} == found


@pytest.mark.slow
def test_gaps_in_the_records_are_said_and_the_run_counts_as_done(new_home: HomeOnTrial) -> None:
    """The shipped weeks hold the sound of few calls, and days on which the exchange was not used."""
    done = new_home.run(WEEK, "--json")
    assert done.returncode == 0, done.stderr
    found = {f["test"]: f for f in json.loads(done.stdout)["findings"]}
    assert all(finding["is_notice"] for finding in found.values())
    with duckdb.connect(str(new_home.path / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select finding, call_date, subject from marts.fct_findings order by all"
        ).fetchall()
        (silent,) = connection.execute(
            "select count(*) from marts.fct_calls "
            "where outcome in ('answered', 'reached') and not has_audible_recording"
        ).fetchone() or (0,)
    unheard = [row for row in rows if row[0] == "answered_without_recording"]
    assert found["answered_calls_are_recorded"]["rows"] == len(unheard) == silent > 0
    quiet = [row[2] for row in rows if row[0] == "day_without_records"]
    assert quiet == ["2023-11-21", "2023-11-24"], "open days; 11-23 is a holiday"
    assert found["business_days_have_records"]["rows"] == 2


@pytest.mark.slow
def test_a_delivered_paper_that_was_touched_is_noticed_and_made_again(
    new_home: HomeOnTrial,
) -> None:
    assert new_home.run(WEEK).returncode == 0
    folder = new_home.path / "outbox" / "weekly" / "2023-11-20"
    pdf, xlsx = next(folder.glob("*.pdf")), next(folder.glob("*.xlsx"))
    before = pdf.read_bytes(), xlsx.read_bytes()
    pdf.unlink()
    xlsx.write_bytes(before[1] + b"x")
    done = new_home.run(WEEK)
    assert done.returncode == 3
    assert done.stdout.count("was gone or altered, and was made again as registered") == 2
    assert (pdf.read_bytes(), xlsx.read_bytes()) == before
    assert new_home.run(WEEK).returncode == 0


@pytest.mark.slow
def test_a_home_of_an_earlier_version_goes_on(new_home: HomeOnTrial) -> None:
    """Its landing lacks a column that came later, and other models made its warehouse."""
    assert new_home.run(WEEK).returncode == 0
    before = new_home.tables()
    for path in (new_home.path / "landing" / "queue_log").glob("*-*.parquet"):
        kept = pq.read_table(path).drop_columns(["starts_paused"])
        pq.write_table(kept.replace_schema_metadata(pq.read_metadata(path).metadata), path)
    with duckdb.connect(str(new_home.path / "warehouse.duckdb")) as connection:
        connection.execute(
            "alter table intermediate.int_operators__intervals drop column is_end_assumed"
        )
        connection.execute("alter table marts.fct_calls add column outlived varchar")
    state = new_home.path / "warehouse.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "project": "an earlier one"}))
    done = new_home.run(WEEK)
    assert done.returncode == 0, done.stderr
    assert new_home.tables() == before


@pytest.mark.slow
def test_a_step_that_fails_is_one_message_of_ours(new_home: HomeOnTrial) -> None:
    """What Dagster says of a failing step stands in its event log; the terminal shows one message."""
    assert new_home.run("2023-11-20T12:00+09:00").returncode == 0
    warehouse = new_home.path / "warehouse.duckdb"
    warehouse.write_bytes(b"no database" * 1000)
    done = new_home.run(WEEK)
    assert done.returncode == 1
    assert "STEP_FAILURE" not in done.stderr and "Traceback" not in done.stderr
    (told,) = [line for line in done.stderr.splitlines() if line.startswith("madoguchi:")]
    assert "warehouse could not be built" in told
    warehouse.unlink()
    assert new_home.run(WEEK).returncode == 0, "the remedy that it names"


def test_an_error_that_is_its_own_cause_in_the_end_is_still_told() -> None:
    """Dagster's errors can form a ring; looking for the reason must come to an end."""
    first, second = RuntimeError("a"), RuntimeError("b")
    first.__cause__, second.__cause__ = second, first
    assert not is_beyond_us(first)
    full = sqlite3.OperationalError("database or disk is full")
    second.__cause__, full.__cause__ = full, first
    assert is_beyond_us(first)
