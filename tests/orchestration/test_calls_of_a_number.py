"""Who may ask by a telephone number, in any spelling: the calls and records of exactly that one; the number is kept nowhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Engine

from application.call_log import MOST_EARLIER, CallLog, call_log_of
from application.home.session import read_settings
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring, settle
from compliance.keys.pseudonym_key import KEY_ID, load_or_create_pseudonym_key
from compliance.people.rights import Role
from telephony_ingest.landing.pseudonyms import Pseudonyms
from tests.compliance.conftest import engine, home, migrated
from tests.desk.conftest import AT, Answer, Browser, Desk, desk, url
from tests.support.desk_records import record

__all__ = ["desk", "engine", "home", "migrated", "url"]
NUMBER, OTHER = "09000001234", "0110000000"
PAGE = "/calls/by-number"
MANY = 8


@pytest.fixture
def asked(desk: Desk) -> Iterator[Desk]:
    """A centre whose warehouse holds eight calls from one number, one from another and one without, landed as the landing does."""
    connection = duckdb.connect(str(desk.home.warehouse))
    Pseudonyms.from_key(load_or_create_pseudonym_key(desk.home)).install(connection)
    connection.execute("create schema marts; create schema reports")
    connection.execute(
        "create table reports.rpt_daily_kpi as select date '2023-11-20' as call_date, true as is_business_day"
    )
    calls = [(f"17004384{n:02}.0", AT - timedelta(minutes=9 - n), NUMBER, "inbound") for n in range(MANY)]  # fmt: skip
    calls += [("1700438490.0", AT, OTHER, "inbound"), ("1700438491.0", AT, None, "inbound")]
    connection.execute("create table given (call_id text, started_at timestamptz, number text, direction text)")  # fmt: skip
    connection.executemany("insert into given values (?, ?, ?, ?)", calls)
    connection.execute(
        "create table marts.fct_calls as select call_id, started_at, date '2023-11-20' as call_date, 'survey' as queue, direction, "
        "'answered' as outcome, 4.0 as wait_seconds, 61.0 as talk_seconds, number_pseudonym(number) as caller_pseudonym, "
        "'R1' as outcome_evidence from given"
    )
    connection.execute("drop table given")
    connection.execute(
        "create table marts.fct_operator_legs as select call_id, 'op1' as operator, 1 as leg_number, started_at as joined_at, "
        "started_at as left_at from marts.fct_calls"
    )
    connection.execute(
        "create table marts.fct_recordings (recording_id text, call_id text, duration_seconds double, recorded_at timestamptz)"
    )
    connection.close()
    desk.call_log = log_of(desk)
    for staff_id, role in (("mg1", Role.MANAGER), ("pm1", Role.OFFICER), ("ci1", Role.CITY_VIEWER)):
        desk.add(staff_id, role)
    yield desk


def log_of(desk: Desk) -> CallLog:
    contract = read_settings(None, desk.home.root, environment={}).contract
    return call_log_of(desk.home, desk.engine, contract)


def asks(browser: Browser, number: str, page: str = "/calls") -> Answer:
    return browser.post(PAGE, {"csrf": browser.csrf(page), "number": number})


@pytest.mark.parametrize("spelling", [NUMBER, "090-0000-1234", "+819000001234", "+81 (0)90 0000 1234", "０９０００００１２３４"])  # fmt: skip
def test_the_calls_and_records_of_that_number_are_found_however_it_is_written(
    asked: Desk, spelling: str
) -> None:
    theirs, others = record(asked, call_id="1700438401.0"), record(asked, call_id="1700438490.0")
    answer = asks(asked.entered("sv1"), spelling)
    assert answer.status == 200 and f"同じ番号の通話　{MANY}件" in answer.text
    assert all(f'href="/calls/17004384{n:02}.0"' in answer.text for n in range(MANY))
    assert theirs in answer.text and others not in answer.text and "1700438490.0" not in answer.text


def test_a_search_is_noted_and_the_number_and_its_pseudonym_stand_nowhere(
    asked: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = asked.entered("mg1")
    found, none = asks(browser, NUMBER), asks(browser, "0111111111")
    assert (found.status, none.status) == (200, 200) and "この番号の通話はありません" in none.text
    searches = [one for one in asked.noted() if one[1] == "number_searched"]
    assert searches == [("mg1", "number_searched", PAGE, "done")] * 2, "found or not"
    pseudonym = Pseudonyms.from_key(Keyring.open(asked.home).key(KEY_ID)).number(NUMBER)
    assert pseudonym
    for told in (found.text, none.text, caplog.text, repr(asked.noted())):
        assert NUMBER not in told and pseudonym not in told
    for path in (one for one in asked.home.root.rglob("*") if one.is_file()):
        assert NUMBER.encode() not in path.read_bytes(), path.name


@pytest.mark.parametrize("staff_id", ["op1", "pm1", "ad1", "ci1"])
def test_whoever_does_not_tell_the_city_asks_for_no_number(asked: Desk, staff_id: str) -> None:
    browser = asked.entered(staff_id)
    assert asks(browser, NUMBER, "/").status == 403
    assert [one[3] for one in asked.noted() if one[0] == staff_id and one[1] != "logged_in"][-1] == "refused"  # fmt: skip
    assert not [one for one in asked.noted() if one[1] == "number_searched"]
    if staff_id == "op1":
        assert PAGE not in browser.get("/calls").text + browser.get("/inquiries").text


def test_a_number_never_comes_in_an_address_and_what_is_none_is_refused(asked: Desk) -> None:
    browser = asked.entered("sv1")
    assert browser.get(f"{PAGE}?number={NUMBER}").status == 404, "it is no call's id"
    assert 'name="number"' in browser.get("/inquiries").text
    for odd in ("", "110", "none", "1" * 33, "' or 1=1 --"):
        assert asks(browser, odd).status == 422, odd
    assert browser.post(PAGE, {"number": NUMBER}).status == 403, "without the page's token"


def test_once_the_key_of_pseudonyms_is_erased_no_number_finds_anything(asked: Desk) -> None:
    Keyring.open(asked.home).next_epoch(asked.home, [KEY_ID])
    settle(asked.home)
    answer = asks(asked.entered("sv1"), NUMBER)
    assert answer.status == 410 and "消去" in answer.text and "17004384" not in answer.text


def test_a_call_s_page_counts_the_earlier_ones_and_links_the_last(asked: Desk) -> None:
    text = asked.entered("mg1").get(f"/calls/17004384{MANY - 1:02}.0").text
    assert f"同じ番号の前の通話　{MANY - 1}件" in text
    assert text.count('<a href="/calls/17004384') == MOST_EARLIER == 5
    assert "同じ番号の前の通話　0件" in asked.entered("sv1").get("/calls/1700438491.0").text


def test_a_home_without_a_warehouse_finds_nothing(desk: Desk, engine: Engine, home: Home) -> None:
    load_or_create_pseudonym_key(home)
    found = log_of(desk).of_number(NUMBER)
    assert found is not None and (found.calls, found.count) == ((), 0)
    assert Path(home.warehouse).exists() is False
