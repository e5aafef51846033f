"""What the models say of the 189 recorded calls, against what really happened in each.

The truth was written by the programme that played callers and operators; nothing in it comes from the
PBX's files but the ids by which the two are brought together.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import Engine

from application.call_log import call_log_of
from application.home.session import read_settings
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from tests.conftest import SAMPLES
from tests.homes import HomeOnTrial

with (SAMPLES / "truth.csv").open(encoding="utf-8") as _file:
    TRUTH = list(csv.DictReader(_file))
SCENARIOS = sorted({row["scenario"] for row in TRUTH})

EXPECTED = {
    "answered": ("answered", None),
    "transferred": ("answered", None),
    "voicemail": ("message", None),
    "abandoned_before_queue": ("abandoned_in_menu", None),
    "overflow_rejected": ("overflow", "lines_busy"),
    "timeout": ("overflow", "timeout"),
    "no_operators": ("overflow", "no_staff"),
    "out_of_hours": ("after_hours", None),
    "other": ("interrupted", "restart_in_menu"),
}
"""What each disposition of the truth is called here; queue abandons and callbacks need a look."""


def expected(row: Mapping[str, str]) -> tuple[str, str | None]:
    match row["disposition"]:
        case "abandoned_in_queue":
            is_ringing = row["scenario"] == "abandoned_while_ringing"
            return "abandoned", "ringing" if is_ringing else "waiting"
        case "outbound_callback":
            return ("reached" if float(row["talk_seconds"] or 0) > 0 else "not_reached"), None
        case disposition:
            return EXPECTED[disposition]


def of(scenario: str) -> list[dict[str, str]]:
    return [row for row in TRUTH if row["scenario"] == scenario]


@pytest.fixture
def engine_of_none(tmp_path: Path) -> Engine:
    """A store in which nothing was ever catalogued."""
    return open_operations(f"sqlite:///{tmp_path / 'operations.db'}")


@pytest.fixture(scope="module")
def calls(finished_home: HomeOnTrial) -> dict[str, dict[str, Any]]:
    """`marts.fct_calls` by call id."""
    with duckdb.connect(str(finished_home.path / "warehouse.duckdb"), read_only=True) as connection:
        cursor = connection.execute("select * from marts.fct_calls")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert len(rows) == len({row["call_id"] for row in rows})
    return {row["call_id"]: row for row in rows}


@pytest.fixture(scope="module")
def reports(finished_home: HomeOnTrial) -> dict[str, list[dict[str, Any]]]:
    """The daily and half-hourly report tables."""
    found = {}
    with duckdb.connect(str(finished_home.path / "warehouse.duckdb"), read_only=True) as connection:
        for table in (
            "rpt_daily_kpi",
            "rpt_half_hour_kpi",
            "rpt_weekly_kpi",
            "rpt_reconciliation_daily",
        ):
            cursor = connection.execute(f"select * from reports.{table} order by 1")
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def test_every_call_is_there_once_and_none_is_invented(calls: dict[str, dict[str, Any]]) -> None:
    assert len(TRUTH) == 189
    assert calls.keys() == {row["linkedid"] for row in TRUTH}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_call_has_its_outcome_and_reason(
    calls: dict[str, dict[str, Any]], scenario: str
) -> None:
    wrong = {
        row["call_no"]: (
            calls[row["linkedid"]]["outcome"],
            calls[row["linkedid"]]["outcome_reason"],
        )
        for row in of(scenario)
        if (calls[row["linkedid"]]["outcome"], calls[row["linkedid"]]["outcome_reason"])
        != expected(row)
    }
    assert wrong == {}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_call_has_its_direction_choice_operator_and_transfer(
    calls: dict[str, dict[str, Any]], scenario: str
) -> None:
    for row in of(scenario):
        call = calls[row["linkedid"]]
        assert call["direction"] == row["direction"], row["call_no"]
        assert call["first_operator"] == (row["operator"] or None), row["call_no"]
        assert call["transferred_to"] == (row["transferred_to"] or None), row["call_no"]
        assert (call["transfer_count"] > 0) is bool(row["transferred_to"]), row["call_no"]
        if row["queue"] and row["direction"] == "inbound":
            assert call["menu_choice"] == row["queue"], row["call_no"]


@pytest.mark.parametrize(
    "scenario",
    [s for s in SCENARIOS if any(r["disposition"] in ("answered", "transferred") for r in of(s))],
)
def test_wait_and_talk_of_answered_calls_are_right_within_a_second(
    calls: dict[str, dict[str, Any]], scenario: str
) -> None:
    for row in of(scenario):
        call = calls[row["linkedid"]]
        if call["outcome"] == "answered":
            assert abs(call["wait_seconds"] - float(row["wait_seconds"])) <= 1, row["call_no"]
            assert abs(call["talk_seconds"] - float(row["talk_seconds"])) <= 1, row["call_no"]


def test_a_reached_callback_rings_and_talks_and_has_no_wait(
    calls: dict[str, dict[str, Any]],
) -> None:
    reached = [row for row in TRUTH if expected(row)[0] == "reached"]
    assert len(reached) == 6
    for row in reached:
        call = calls[row["linkedid"]]
        assert call["wait_seconds"] is None
        assert abs(call["ring_seconds"] - float(row["wait_seconds"])) <= 1
        assert abs(call["talk_seconds"] - float(row["talk_seconds"])) <= 1


def test_nobody_talked_where_nobody_answered(calls: dict[str, dict[str, Any]]) -> None:
    for call in calls.values():
        if call["outcome"] not in ("answered", "reached"):
            assert call["talk_seconds"] is None
            assert call["first_operator"] is None or call["direction"] == "outbound"


def test_messages_are_those_that_were_left(calls: dict[str, dict[str, Any]]) -> None:
    left = {row["linkedid"] for row in TRUTH if row["voicemail_expected"] == "yes"}
    assert {call_id for call_id, call in calls.items() if call["has_message"]} == left


def test_the_shipped_recordings_belong_to_their_calls(
    calls: dict[str, dict[str, Any]], samples: Path
) -> None:
    shipped = {path.stem for path in (samples / "pbx" / "recordings").glob("*.wav")}
    held = {call_id for call_id, call in calls.items() if call["recording_count"]}
    by_truth = {
        row["linkedid"] for row in TRUTH if Path(row["recording_file"] or "-").stem in shipped
    }
    assert by_truth <= held
    audible = {call_id for call_id, call in calls.items() if call["has_audible_recording"]}
    silent = held - audible
    assert silent
    for row in TRUTH:
        if row["linkedid"] in silent:
            assert row["recording_expected"] == "no", row["call_no"]


def test_ring_attempts_are_those_that_operators_saw(calls: dict[str, dict[str, Any]]) -> None:
    for row in TRUTH:
        if row["direction"] == "inbound" and row["ring_attempts"]:
            attempts = row["ring_attempts"].split()
            assert calls[row["linkedid"]]["ring_attempt_count"] == len(attempts), row["call_no"]


def test_calls_outside_the_hours_stand_beside_the_count_and_not_in_it(
    reports: dict[str, list[dict[str, Any]]],
) -> None:
    daily = reports["rpt_daily_kpi"]
    inbound = [row for row in TRUTH if row["direction"] == "inbound"]
    outside = Counter(row["disposition"] for row in inbound)["out_of_hours"]
    assert sum(row["after_hours_count"] for row in daily) == outside
    assert sum(row["incoming_in_hours_count"] for row in daily) == len(inbound) - outside


def test_all_five_lines_were_in_use_where_a_sixth_call_was_refused(
    reports: dict[str, list[dict[str, Any]]],
) -> None:
    by_day = {str(row["call_date"]): row for row in reports["rpt_daily_kpi"]}
    refused = {
        row["start_local"][:10] for row in TRUTH if row["disposition"] == "overflow_rejected"
    }
    assert refused
    for day in refused:
        assert by_day[day]["max_concurrent_lines"] == 5
    assert all((row["max_concurrent_lines"] or 0) <= 5 for row in by_day.values())


def test_each_week_counts_what_the_truth_counts(
    reports: dict[str, list[dict[str, Any]]],
) -> None:
    for week in reports["rpt_weekly_kpi"]:
        monday = week["week_start_date"]
        outcomes = Counter(
            expected(row)[0]
            for row in TRUTH
            if row["direction"] == "inbound" and 0 <= (_day(row["start_local"]) - monday).days < 7
        )
        assert week["answered_count"] == outcomes["answered"], monday
        assert week["overflow_count"] == outcomes["overflow"], monday
        assert week["message_count"] == outcomes["message"], monday
        both = outcomes["abandoned"] + outcomes["abandoned_in_menu"]
        assert week["abandoned_total_count"] == both, monday
        assert week["after_hours_count"] == outcomes["after_hours"], monday


def test_every_outcome_names_the_rule_and_the_rows_that_decided_it(
    calls: dict[str, dict[str, Any]],
) -> None:
    for call in calls.values():
        assert call["outcome_evidence"].startswith(call["outcome_rule"] + "; ")
        assert "rows: " in call["outcome_evidence"]


def _day(text: str) -> Any:
    from datetime import date

    return date.fromisoformat(text[:10])


def test_talks_are_recorded_or_say_why_not(
    reports: dict[str, list[dict[str, Any]]], calls: dict[str, dict[str, Any]]
) -> None:
    """6(3)カ: the calls that ought to be recorded, those that are, and the reasons of the others add up, day by day."""
    rows = reports["rpt_reconciliation_daily"]
    for row in rows:
        missing = [
            row[f"unrecorded_{why}_count"] for why in ("without_file", "empty_file", "silent")
        ]
        assert row["talked_count"] == row["recorded_count"] + sum(missing)
        assert sum(missing) == row["answered_without_recording_count"]
    talked = sum(call["outcome"] in ("answered", "reached") for call in calls.values())
    assert sum(row["talked_count"] for row in rows) == talked
    assert sum(row["recorded_count"] for row in rows) == sum(
        call["has_audible_recording"] and call["outcome"] in ("answered", "reached")
        for call in calls.values()
    )


def test_calls_as_people_look_them_up_are_the_recorded_ones(
    finished_home: HomeOnTrial, calls: dict[str, dict[str, Any]], engine_of_none: Engine
) -> None:
    settings = read_settings(None, finished_home.path, environment={})
    log = call_log_of(Home.at(finished_home.path), engine_of_none, settings.contract)
    days = log.days()
    assert days is not None
    shown = {
        one.call_id: one
        for number in range((days[1] - days[0]).days + 1)
        for one in log.of_day(days[0] + timedelta(days=number))
    }
    assert shown.keys() == calls.keys()
    for call_id, one in shown.items():
        call = calls[call_id]
        assert (one.at, one.outcome, one.talk_seconds) == (
            call["started_at"], call["outcome"], call["talk_seconds"],
        )  # fmt: skip
    (busiest,) = Counter(
        call["caller_pseudonym"] for call in calls.values() if call["caller_pseudonym"]
    ).most_common(1)
    of_one = sorted(
        (c for c in calls.values() if c["caller_pseudonym"] == busiest[0]),
        key=lambda c: c["started_at"],
    )
    view = log.one(of_one[-1]["call_id"])
    assert view is not None
    assert [one.at for one in view.earlier] == [c["started_at"] for c in reversed(of_one[:-1])][:5]
    assert view.earlier_count == len(of_one) - 1
    assert busiest[0] not in repr(view), "the pseudonym itself is told to nobody"
    assert log.one("nobody") is None
