"""Half hours of any opening: from 8:45, and over midnight; each call of the opening in the half hour of its arrival."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from application.home.settings import load_settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.japan import TOKYO
from tests.homes import ROOT, HomeOnTrial

FIRST = date(2023, 11, 20)
RULES = """
[[opening]]
days = "mon"
from = "08:45"
to = "17:15"

[[opening]]
days = "tue-fri"
from = "13:00"
to = "10:10"
"""


def opening_of_its_own(folder: Path) -> Path:
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    begin, end = text.index("[hours]"), text.index("[holidays]")
    path = folder / "contract.toml"
    path.write_text(text[:begin] + text[end:] + RULES, "utf-8")
    return path


@pytest.mark.slow  # a home of its own is made
def test_half_hours_hold_every_call_of_the_opening(tmp_path: Path, pbx_dir: Path) -> None:
    config = opening_of_its_own(tmp_path)
    calendar = BusinessCalendar(load_settings(config, {}).contract)
    home = HomeOnTrial.in_folder(tmp_path, pbx_dir)
    done = home.run("2023-11-25T06:00+09:00", "--config", str(config))
    assert done.returncode in (0, 3), done.stderr[-2000:]
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        calls = connection.execute(
            "select started_at_local, outcome from marts.fct_calls where direction = 'inbound'"
        ).fetchall()
        rows = connection.execute(
            "select half_hour_start_local, incoming_count, call_date from reports.rpt_half_hour_kpi"
        ).fetchall()
    slots = [
        datetime.fromisoformat("2023-11-20T00:00") + timedelta(minutes=30 * n) for n in range(288)
    ]
    is_open = {
        slot
        for slot in slots
        if any(
            calendar.is_open_at((slot + timedelta(minutes=n)).replace(tzinfo=TOKYO))
            for n in range(30)
        )
    }
    assert {row[0] for row in rows} == is_open
    assert datetime.fromisoformat("2023-11-20T08:30") in is_open
    assert datetime.fromisoformat("2023-11-22T10:00") in is_open
    assert all(row[0].date() == row[2] for row in rows)
    arrived = Counter(
        at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)
        for at, outcome in calls
        if outcome != "after_hours"
    )
    assert {row[0]: row[1] for row in rows if row[1]} == {
        slot: n for slot, n in arrived.items() if slot in is_open
    }
    assert sum(row[1] for row in rows if row[0] < datetime.fromisoformat("2023-11-20T12:00")) > 0
    assert sum(row[1] for row in rows if row[0].hour < 11 and row[2] > FIRST) > 0
