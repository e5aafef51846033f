"""The rules of the views over what callers said that could be disputed, asked of their own SQL."""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2
import pytest

from tests.dbt_project.linted import adapter
from tests.homes import ROOT

MODELS = ROOT / "dbt_project/models"
SMALLEST = 5


def sql_of(path: Path) -> str:
    """A model's SQL with its references as plain tables."""
    dialect = (ROOT / "dbt_project/macros/dialect.sql").read_text("utf-8")
    known = {
        "adapter": adapter,
        "config": lambda **_: "",
        "ref": lambda name: name,
        "source": lambda _, name: name,
        "var": {"smallest_cell": SMALLEST}.__getitem__,
    }
    return jinja2.Environment().from_string(dialect + path.read_text("utf-8")).render(known)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute(
        "create table fct_inquiries (inquiry_id varchar, revision int, call_id varchar, call_date date, "
        "inquired_at timestamptz, category varchar, item varchar, voice varchar, stance varchar, handling varchar, "
        "faq varchar, ward varchar, age_band varchar, channel varchar, is_counted boolean, is_complaint boolean, is_urgent boolean, "
        "is_message boolean)"
    )
    made.execute(
        "create table fct_calls (call_id varchar, call_date date, week_start_date date, started_at timestamptz, "
        "menu_choice varchar, outcome varchar, has_message boolean, direction varchar, caller_pseudonym varchar)"
    )
    made.execute("create table fct_message_recordings (call_id varchar, recording_id varchar)")
    made.execute(
        "create table entries (register varchar, entry_id varchar, revision int, about varchar, plain varchar)"
    )
    return made


def inquiry(connection: duckdb.DuckDBPyConnection, number: int, **facts: object) -> None:
    row = {
        "inquiry_id": f"Q-{number}", "revision": 1, "call_id": f"1.{number}", "call_date": "2023-11-20",
        "inquired_at": "2023-11-20 01:00:00+00", "category": "policy", "item": "limit", "voice": "", "stance": "",
        "handling": "faq", "faq": "", "ward": "", "age_band": "", "channel": "", "is_counted": True, "is_complaint": False,
        "is_urgent": False, "is_message": False, **facts,
    }  # fmt: skip
    marks = ", ".join("?" * len(row))
    connection.execute(f"insert into fct_inquiries values ({marks})", list(row.values()))


@pytest.mark.parametrize(("count", "told"), [(SMALLEST - 1, None), (SMALLEST, SMALLEST)])
def test_a_small_cell_of_ward_and_age_is_not_told(
    connection: duckdb.DuckDBPyConnection, count: int, told: int | None
) -> None:
    for number in range(count):
        inquiry(connection, number, ward="chuo", age_band="70s", is_complaint=True)
    rows = connection.execute(
        f"select inquiry_count, complaint_count, is_suppressed from ({sql_of(MODELS / 'reports/rpt_inquiry_weekly.sql')}) "
        "where dimension = 'ward_age'"
    ).fetchall()
    assert rows == [(told, None, told is None)]
    items = connection.execute(
        f"select inquiry_count from ({sql_of(MODELS / 'reports/rpt_inquiry_weekly.sql')}) where dimension = 'item'"
    ).fetchall()
    assert items == [(count,)], "other counts are told whole"


def test_a_message_has_one_row_whoever_wrote_it_down_how_often(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for call in ("1.1", "1.2"):
        connection.execute(
            "insert into fct_calls values (?, '2023-11-20', '2023-11-20', '2023-11-20 01:00:00+00', 'survey', 'message', true, 'inbound', 'p')",
            [call],
        )
    connection.execute("insert into fct_message_recordings values ('1.1', 'r1')")
    inquiry(connection, 1, is_message=True)
    inquiry(connection, 9, call_id="1.1", is_message=True, inquired_at="2023-11-20 02:00:00+00")
    inquiry(connection, 2)
    rows = connection.execute(
        f"select call_id, inquiry_id, is_written_down, recording_id from ({sql_of(MODELS / 'marts/fct_messages.sql')}) order by 1"
    ).fetchall()
    assert rows == [("1.1", "Q-1", True, "r1"), ("1.2", None, False, None)]


def test_an_urgent_complaint_is_told_by_a_telephone_call_alone_and_counted_once(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for number in (1, 2):
        inquiry(connection, number, is_complaint=True, is_urgent=True)
    for entry, number, manner in (("E-1", 1, "urgent_call"), ("E-2", 1, "urgent_call"), ("E-3", 2, "report")):  # fmt: skip
        plain = (
            f'{{"manner": "{manner}", "told_at": "2023-11-20T10:00:00+09:00", "told_by": "mg1"}}'
        )
        connection.execute(
            "insert into entries values ('escalations', ?, 1, ?, ?)", [entry, f"Q-{number}", plain]
        )
    escalations = sql_of(MODELS / "marts/fct_escalations.sql")
    connection.execute(f"create view fct_escalations as {escalations}")
    rows = connection.execute(
        f"select complaint_count, urgent_count, urgent_told_count from ({sql_of(MODELS / 'reports/rpt_complaint_daily.sql')})"
    ).fetchall()
    assert rows == [(2, 2, 1)]


def test_a_return_call_is_the_one_noted_else_the_next_to_the_same_caller(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for call, direction, at in (("1.1", "inbound", "01:00"), ("1.2", "inbound", "01:05"), ("2.1", "outbound", "00:30"), ("2.2", "outbound", "03:00"), ("2.3", "outbound", "04:00")):  # fmt: skip
        connection.execute(
            "insert into fct_calls values (?, '2023-11-20', '2023-11-20', ?, 'survey', 'answered', false, ?, 'p')",
            [call, f"2023-11-20 {at}:00+00", direction],
        )
    inquiry(connection, 1, handling="callback")
    inquiry(connection, 2, handling="callback")
    connection.execute("insert into entries values ('callbacks', 'C-1', 1, 'Q-2', '{\"call_id\": \"9.9\", \"closed_at\": \"2023-11-20T12:00:00+09:00\"}')")  # fmt: skip
    rows = connection.execute(
        f"select inquiry_id, outbound_call_id, is_closed from ({sql_of(MODELS / 'marts/fct_callbacks.sql')}) order by 1"
    ).fetchall()
    assert rows == [("Q-1", "2.2", False), ("Q-2", "9.9", True)]
