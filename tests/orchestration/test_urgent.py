"""An urgent complaint is red at once and stays red until the telephone call to the city is noted; what else waits is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from sqlalchemy import Engine

from application.home.session import read_settings
from application.home.settings import Settings
from application.open_matters import open_matters_of, unwritten_messages, urgent_complaints
from compliance.ground.acts import Actor
from compliance.ground.clock import ClockKind, claim_clock
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.kept import inquiry_id
from compliance.inquiries.record import Flag, Inquiry
from compliance.keys.keyring import Keyring
from compliance.registers.description import Register
from compliance.registers.entries import Draft, save
from compliance.registers.known import CALLBACKS, ESCALATIONS, FAQ
from orchestration.assets.urgent import urgent_sensor

NOW = datetime(2023, 11, 21, 3, tzinfo=UTC)
ACTOR = Actor("sv1", NOW)
CASE = Inquiry(
    call_id="1700528400.7", number=1, at=NOW - timedelta(hours=1), operator="op1", category="policy", item="limit",
    voice="complaint", handling="city", flags=frozenset({Flag.COMPLAINT, Flag.URGENT}), summary="至急との申出。",
)  # fmt: skip
CALL = {
    "told_at": "2023-11-21T11:30:00+09:00",
    "manner": "urgent_call",
    "told_by": "mg1",
    "reached": "架空係長",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = read_settings(None, tmp_path / "home", environment={})
    Home.at(settings.home_root, settings.keys_root).create()
    return settings


@pytest.fixture
def home(settings: Settings) -> Home:
    return Home.at(settings.home_root, settings.keys_root)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_operations(settings.operations_url)
    claim_clock(engine, ClockKind.SIMULATED, NOW)
    yield engine
    engine.dispose()


def put(engine: Engine, home: Home, *records: Inquiry) -> None:
    enter(engine, Keyring.open(home), load_form(), ACTOR, records, oversees=True)


def note(
    engine: Engine, home: Home, register: Register, case: Inquiry | None, **values: str
) -> None:
    about = inquiry_id(case) if case else ""
    save(engine, Keyring.open(home), register, ACTOR, [Draft(about, values)])


def test_it_is_red_from_its_entry_until_the_call_is_noted(
    settings: Settings, home: Home, engine: Engine
) -> None:
    sensor = urgent_sensor(settings, is_running=False)
    cursor = None

    def look() -> dg.AssetCheckEvaluation | None:
        nonlocal cursor
        context = dg.build_sensor_context(cursor=cursor)
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        assert not result.run_requests, "it is said at once, without a run"
        if result.skip_reason is not None:
            return None
        cursor = result.cursor
        (check,) = [e for e in result.asset_events if isinstance(e, dg.AssetCheckEvaluation)]
        return check

    assert look() is None
    put(engine, home, CASE)
    red = look()
    assert red is not None and not red.passed and red.severity is dg.AssetCheckSeverity.ERROR
    assert "電話" in (red.description or "") and "1件" in (red.description or "")
    assert look() is None, "said once"
    note(engine, home, ESCALATIONS, CASE, **{**CALL, "manner": "report"})
    assert look() is None, "another report is no telephone call"
    note(engine, home, ESCALATIONS, CASE, **{**CALL, "told_at": "2023-11-21T13:00:00+09:00"})
    assert look() is None, "a call that is yet to come closes nothing"
    note(engine, home, ESCALATIONS, CASE, **{**CALL, "told_at": "2023-11-21T11:31:00+09:00"})
    green = look()
    assert green is not None and green.passed
    (told,) = urgent_complaints(engine, NOW)
    assert told.told_at == datetime(2023, 11, 21, 2, 31, tzinfo=UTC)


def test_what_waits_on_the_floor_is_told_by_its_ids(
    settings: Settings, home: Home, engine: Engine
) -> None:
    asked = [
        replace(CASE, call_id=f"1700528400.{n}", handling="callback", flags=frozenset(), faq="F-1" if n == 1 else "")
        for n in (1, 2, 3)
    ]  # fmt: skip
    message = replace(CASE, call_id="1700528400.9", handling="listened", flags=frozenset({Flag.MESSAGE}))  # fmt: skip
    put(engine, home, *asked, message)
    note(engine, home, CALLBACKS, asked[0], due_on="2023-11-20")
    note(engine, home, CALLBACKS, asked[1], due_on="2023-11-20", done_by="op1", closed_at="2023-11-20T15:00:00+09:00")  # fmt: skip
    note(engine, home, ESCALATIONS, asked[1], **CALL)
    for number in ("F-1", "F-2"):
        note(engine, home, FAQ, None, number=number, version="1", title="題", change="new", asked_by="city", made_on="2023-11-13")  # fmt: skip
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_calls as select * from (values "
            "('1700528400.9', 'message', date '2023-11-21', timestamptz '2023-11-21 01:00:00+00'), "
            "('1700528400.10', 'message', date '2023-11-21', timestamptz '2023-11-21 01:05:00+00')) "
            "t(call_id, outcome, call_date, started_at)"
        )
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(
            "create table marts.fct_message_recordings as select '1700528400.10' as call_id, 'r10' as recording_id"
        )
    floor = open_matters_of(home, engine, settings.contract, NOW)
    assert [(one.inquiry_id, str(one.due_on)) for one in floor.overdue] == [(inquiry_id(asked[0]), "2023-11-20")]  # fmt: skip
    assert floor.unexplained == (inquiry_id(asked[1]),)
    assert floor.unwritten == (("2023-11-21", "1700528400.10", "r10"),)
    (message_,) = unwritten_messages(home, engine)
    assert message_.at == datetime(2023, 11, 21, 1, 5, tzinfo=UTC)
    assert (floor.unused_faq, floor.urgent) == (1, ())
    later = open_matters_of(home, engine, settings.contract, NOW + timedelta(days=1))
    assert len(later.overdue) == 1 and later.overdue[0].inquiry_id == inquiry_id(asked[0])
    week_later = open_matters_of(home, engine, settings.contract, NOW + timedelta(days=7))
    assert {one.inquiry_id for one in week_later.overdue} == {inquiry_id(asked[n]) for n in (0, 2)}
    note(engine, home, CALLBACKS, asked[1], due_on="2023-11-20", done_by="op1", closed_at="2023-11-20T15:00:00+09:00", reason="市の依頼による")  # fmt: skip
    assert open_matters_of(home, engine, settings.contract, NOW).unexplained == ()
