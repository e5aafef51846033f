"""Months, and operators by week: sums of their days, and each moment of an operator counted once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.homes import ROOT, HomeOnTrial

MODELS = ROOT / "dbt_project/models"


@pytest.fixture(scope="module")
def warehouse(finished_home: HomeOnTrial) -> Iterator[duckdb.DuckDBPyConnection]:
    path = finished_home.path / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_a_month_is_the_sum_of_its_days(warehouse: duckdb.DuckDBPyConnection) -> None:
    months = rows(warehouse, "select * from reports.rpt_monthly_kpi order by month_start_date")
    assert [(m["month_start_date"], m["first_day"], m["last_day"], m["open_days_count"]) for m in months] == [
        (date(2023, 11, 1), date(2023, 11, 20), date(2023, 11, 30), 8),
        (date(2023, 12, 1), date(2023, 12, 1), date(2023, 12, 25), 17),
    ]  # fmt: skip
    days = rows(warehouse, "select * from reports.rpt_daily_kpi where is_in_period")
    for month in months:
        own = [d for d in days if d["call_date"].replace(day=1) == month["month_start_date"]]
        for name in [n for n in month if n.endswith("_count") and n != "open_days_count"]:
            assert month[name] == sum(d[name] for d in own), name
        assert month["max_concurrent_lines"] == max(d["max_concurrent_lines"] for d in own)
        assert month["answer_rate"] == pytest.approx(
            month["answered_count"] / month["incoming_in_hours_count"]
        )


def test_a_week_in_two_months_is_whole_as_a_week_and_parted_by_month(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """2023-11-27 to 12-03: weeks do not add up to months."""
    query = "select sum({0}) as n from reports.{1} where {2}"
    column = "incoming_in_hours_count"
    days = "call_date between '2023-11-27' and '2023-12-03'"
    (week,) = rows(
        warehouse, query.format(column, "rpt_weekly_kpi", "week_start_date = '2023-11-27'")
    )
    (held,) = rows(warehouse, query.format(column, "rpt_daily_kpi", days))
    (later,) = rows(
        warehouse, query.format(column, "rpt_daily_kpi", f"{days} and call_date >= '2023-12-01'")
    )
    (month,) = rows(
        warehouse, query.format(column, "rpt_monthly_kpi", "month_start_date = '2023-11-01'")
    )
    (weeks,) = rows(
        warehouse, query.format(column, "rpt_weekly_kpi", "week_start_date < '2023-12-01'")
    )
    assert week["n"] == held["n"]
    assert weeks["n"] - later["n"] == month["n"]


def test_a_month_knows_how_long_its_calls_took(warehouse: duckdb.DuckDBPyConnection) -> None:
    for month in rows(warehouse, "select * from reports.rpt_monthly_kpi"):
        calls = rows(
            warehouse,
            "select wait_seconds, talk_seconds from marts.fct_calls where outcome = 'answered' "
            f"and call_date between '{month['first_day']}' and '{month['last_day']}'",
        )
        for measure in ("wait", "talk"):
            found = sorted(
                c[f"{measure}_seconds"] for c in calls if c[f"{measure}_seconds"] is not None
            )
            assert month[f"median_{measure}_seconds"] == found[-(-len(found) // 2) - 1]
            assert month[f"ninth_decile_{measure}_seconds"] == found[-(-len(found) * 9 // 10) - 1]


def test_an_operator_s_week_is_recomputed_from_legs(warehouse: duckdb.DuckDBPyConnection) -> None:
    legs = rows(warehouse, "select * from marts.fct_operator_legs where direction = 'inbound'")
    weeks = rows(warehouse, "select * from reports.rpt_operator_weekly")
    assert sum(w["answered_leg_count"] for w in weeks) == len(legs) > 0
    for week in weeks:
        monday = week["week_start_date"]
        own = [
            leg for leg in legs
            if leg["operator"] == week["operator"] and monday <= leg["call_date"] < monday + timedelta(days=7)
        ]  # fmt: skip
        talks = [leg["talk_seconds"] for leg in own if leg["talk_seconds"] is not None]
        assert week["answered_leg_count"] == len(own)
        assert week["talk_seconds_total"] == pytest.approx(sum(talks))
        assert week["longest_talk_seconds"] == (max(talks) if talks else None)
        if not talks:
            assert week["average_talk_seconds"] is None
        if week["staffed_seconds"]:
            talked = week["talk_seconds_total"] + week["outbound_talk_seconds_total"]
            assert week["occupancy"] == pytest.approx(talked / week["staffed_seconds"])


def test_transfers_and_vain_rings_are_those_of_the_calls_and_the_log(
    warehouse: duckdb.DuckDBPyConnection, finished_home: HomeOnTrial
) -> None:
    (calls,) = rows(warehouse, "select sum(transfer_count) as n from marts.fct_calls where outcome = 'answered'")  # fmt: skip
    weeks = rows(warehouse, "select * from reports.rpt_operator_weekly")
    assert sum(w["transfer_given_count"] for w in weeks) == calls["n"] > 0
    landed = finished_home.path / "landing/queue_log/*.parquet"
    (rung,) = rows(
        warehouse,
        "select count(distinct row_key) as n from "
        f"read_parquet('{landed}') where verb = 'RINGNOANSWER' and agent is not null",
    )
    assert sum(w["ring_unanswered_count"] for w in weeks) == rung["n"] > 0


# ---- each moment of an operator counts once

AT = "2023-12-04 0{}:00:00+00"


def days_of(*intervals: tuple[str, str, str]) -> dict[str, Any]:
    """The model over hand-written intervals of one operator: state, first and last hour (UTC)."""
    text = (MODELS / "intermediate/int_operators__days.sql").read_text("utf-8")
    text = re.sub(r"\{\{ config\(.*?\) \}\}", "", text)
    text = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", text)
    text = re.sub(r"\{\{ total_seconds\((['\"])(.*?)\1\) \}\}", r"sum(\2)", text)
    text = re.sub(
        r"\{\{ seconds_between\('(.*?)', '(.*?)'\) \}\}", r"(epoch(\2) - epoch(\1))", text
    )
    with duckdb.connect() as made:
        made.execute("create table fct_calls (call_id varchar, transfer_count int)")
        made.execute(
            "create table fct_operator_legs (call_id varchar, call_date date, direction varchar, "
            "operator varchar, leg_number int, talk_seconds double)"
        )
        made.execute(
            "create table fct_operator_intervals (operator varchar, call_date date, state varchar, "
            "began_at timestamptz, ended_at timestamptz)"
        )
        for state, began, ended in intervals:
            made.execute(
                "insert into fct_operator_intervals values ('op1', '2023-12-04', ?, ?, ?)",
                [state, AT.format(began), AT.format(ended) if ended else None],
            )
        (found,) = rows(made, text)
    return found


def test_pauses_that_overlap_count_once_and_only_while_logged_on() -> None:
    found = days_of(("logged_on", "0", "6"), ("paused", "1", "3"), ("paused", "2", "4"), ("paused", "5", "8"))  # fmt: skip
    hours = [found[n] / 3600 for n in ("logged_on_seconds", "paused_seconds", "staffed_seconds")]
    assert hours == [6, 4, 2]


def test_whoever_was_never_logged_on_has_no_staffed_time_and_no_zero() -> None:
    assert days_of(("ringing", "0", "0"))["staffed_seconds"] is None
    assert days_of(("logged_on", "0", ""))["staffed_seconds"] is None, "the day is not over"
