"""Messages at the desk: who hears them, that the log says so first, parts for a player, refusals, and the way to the record."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from application.message_sounds import WaitingMessage
from compliance.ground.home import Home
from compliance.inquiries.record import Flag
from compliance.inquiries.register import latest
from compliance.people.rights import Role
from desk.messages import SAME_HEARING
from desk.middleware import STRICT, WITH_SOUND
from tests.compliance.conftest import address
from tests.desk.conftest import AT, Answer, Browser, Desk
from tests.support.desk_records import STAFF
from tests.support.desk_sounds import GONE, HEARD, OLD, RAW, WAV, FakeVault

SOUND = f"/messages/{HEARD}/sound?for=message"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, home: Home) -> Iterator[str]:
    """Address of an empty store, on each engine."""
    yield from address(request.param, home)


@pytest.fixture
def vault(desk: Desk) -> FakeVault:
    made = FakeVault()
    desk.sounds = made.as_sounds(desk)
    for staff_id in STAFF.keys() - {"op1", "sv1", "ad1"}:
        desk.add(staff_id, STAFF[staff_id])
    return made


def heard(desk: Desk) -> list[tuple[str, str, str, str]]:
    return [one for one in desk.noted() if one[1] == "recording_heard"]


def plays(browser: Browser, path: str = SOUND, **headers: str) -> Answer:
    return browser.get(path, accept="*/*", **headers)


def test_who_may_listen_hears_and_nobody_else(desk: Desk, vault: FakeVault) -> None:
    may = {"sv1", "mg1", "pm1"}
    for staff_id in STAFF:
        browser = desk.entered(staff_id)
        for path in ("/messages", SOUND):
            assert browser.get(path).status == (200 if staff_id in may else 403), (staff_id, path)
            if staff_id not in may:
                assert desk.noted()[-1] == (staff_id, "right_used", "listen", "refused")
        assert ('href="/messages"' in browser.get("/").text) is (staff_id in may)
    assert {one[0] for one in heard(desk)} == may
    stranger = desk.browser()
    assert stranger.get("/messages").header("location") == "/login"
    assert plays(stranger).status == 401


def test_each_playback_is_in_the_log_before_its_first_byte(desk: Desk, vault: FakeVault) -> None:
    browser = desk.entered("sv1")
    before = len(heard(desk))
    answer = plays(browser)
    assert (answer.status, answer.body) == (200, WAV)
    assert answer.header("content-type") == "audio/wav"
    assert answer.header("content-length") == str(len(WAV))
    assert (
        answer.header("cache-control") == "no-store" and answer.header("accept-ranges") == "bytes"
    )
    assert all(answer.header(name) == value for name, value in STRICT.items())
    assert heard(desk)[before:] == [("sv1", "recording_heard", HEARD, "done")]
    assert vault.asked.index("noted") < len(vault.asked) - 3, (
        "what follows the first piece is read after the entry"
    )
    with desk.engine.connect() as connection:
        row = connection.exec_driver_sql(
            "select purpose, via, proof from audit_outbox where action = 'recording_heard'"
        ).one()
    assert row[:2] == ("message", "desk") and re.fullmatch("[0-9a-f]{64}", row[2])


def test_seeking_is_the_same_hearing_and_a_new_beginning_is_another(
    desk: Desk, vault: FakeVault
) -> None:
    browser, other = desk.entered("sv1"), desk.entered("mg1")
    part = plays(browser, range="bytes=100-")
    assert (part.status, part.body) == (206, WAV[100:]) and len(heard(desk)) == 1, "nothing unnoted"
    for told in ("bytes=50-60", "bytes=-5", "bytes=1-"):
        assert plays(browser, range=told).status == 206
    assert len(heard(desk)) == 1
    assert plays(browser, range="bytes=0-").status == 206 and len(heard(desk)) == 2
    assert plays(browser, SOUND.replace("=message", "=quality"), range="bytes=50-").status == 206
    assert plays(other, range="bytes=50-").status == 206 and len(heard(desk)) == 4
    assert plays(browser, SOUND.replace(HEARD, RAW), range="bytes=1-").status == 206
    assert len(heard(desk)) == 5
    for _ in range(3):
        desk.now += SAME_HEARING / 3
        plays(browser, "/messages")
    assert plays(browser, range="bytes=50-").status == 206 and len(heard(desk)) == 6


def test_parts_are_answered_as_a_player_expects(desk: Desk, vault: FakeVault) -> None:
    browser, size = desk.entered("sv1"), len(WAV)
    for told, status, start, end in (
        ("bytes=0-", 206, 0, size), ("bytes=0-0", 206, 0, 1), (f"bytes={size - 1}-", 206, size - 1, size),
        ("bytes=-10", 206, size - 10, size), ("bytes=49-51", 206, 49, 52), ("bytes=0-1,5-6", 200, 0, size),
        ("bytes=x", 200, 0, size), ("bytes=5-3", 200, 0, size),
    ):  # fmt: skip
        answer = plays(browser, range=told)
        assert (answer.status, answer.body) == (status, WAV[start:end]), told
        said = f"bytes {start}-{end - 1}/{size}" if status == 206 else ""
        assert answer.header("content-range") == said and answer.header("content-length") == str(end - start)  # fmt: skip
    count = len(heard(desk))
    beyond = plays(browser, range=f"bytes={size}-")
    assert beyond.status == 416 and beyond.header("content-range") == f"bytes */{size}"
    assert beyond.json["error"] == "録音の終わりを過ぎています。"
    assert len(heard(desk)) == count
    assert plays(browser, range="bytes=5-", if_range='"x"').status == 200


def test_what_cannot_be_heard_says_why_and_gives_and_notes_nothing(
    desk: Desk, vault: FakeVault
) -> None:
    browser = desk.entered("mg1")
    erased = plays(browser, SOUND.replace(HEARD, GONE))
    assert erased.status == 410 and "消去済み" in erased.json["error"]
    assert "消去済み" in browser.get(SOUND.replace(HEARD, GONE)).text
    for odd in ("d" * 64, "..", "%2e%2e", "x" * 4000, "<b>", f"{HEARD}%00"):
        answer = browser.get(f"/messages/{odd}/sound?for=message")
        assert answer.status == 404 and "<b>" not in answer.text, odd
    for purpose in ("", "?for=", "?for=operation", "?for=erasure", "?for=<b>"):
        answer = browser.get(f"/messages/{HEARD}/sound{purpose}")
        assert answer.status == 400 and "目的" in answer.text and "<b>" not in answer.text
    assert browser.ask("HEAD", SOUND, accept="*/*").status == 405
    assert browser.post(SOUND.partition("?")[0], {"csrf": browser.csrf("/password")}).status == 405
    vault.broken = True
    damaged = browser.get(SOUND)
    assert damaged.status == 409 and "secret" not in damaged.text and "管理者" in damaged.text
    assert heard(desk) == []


def test_what_is_no_wav_is_not_said_to_be(desk: Desk, vault: FakeVault) -> None:
    answer = plays(desk.entered("sv1"), SOUND.replace(HEARD, RAW))
    assert answer.header("content-type") == "application/octet-stream" and answer.body == b"gsm"


def test_a_session_that_ended_plays_nothing(desk: Desk, vault: FakeVault) -> None:
    browser = desk.entered("sv1")
    desk.now += timedelta(minutes=31)
    assert plays(browser).status == 401 and plays(browser, range="bytes=5-").status == 401
    assert heard(desk) == []


def test_the_page_plays_from_this_place_only(desk: Desk, vault: FakeVault) -> None:
    browser = desk.entered("sv1")
    answer = browser.get("/messages?for=complaint")
    assert all(answer.header(name) == value for name, value in WITH_SOUND.items())
    policy = answer.header("content-security-policy")
    assert policy.endswith("; media-src 'self'") and "unsafe" not in policy and "default-src 'none'" in policy  # fmt: skip
    assert "media-src" not in browser.get("/inquiry").header("content-security-policy")
    (player,) = re.findall(r"<audio[^>]*>", answer.text)
    assert 'preload="none"' in player and f'src="/messages/{HEARD}/sound?for=complaint"' in player
    assert "消去済み" in answer.text and "保全中" in answer.text and "12秒" in answer.text
    assert 'sound?for=message"' in browser.get("/messages?for=<b>").text
    assert heard(desk) == [], "a page that is looked at plays nothing"
    vault.waiting = [WaitingMessage(f"{n}.0", AT, f"{n:064x}", None, "", False) for n in range(53)]
    assert "ほか 3 件" in browser.get("/messages").text
    vault.busy = True
    assert browser.get("/messages").status == 503


def test_a_message_is_written_down_whatever_its_age(desk: Desk, vault: FakeVault) -> None:
    browser = desk.entered("sv1")
    links = [html.unescape(one) for one in re.findall(r'href="(/inquiry\?[^"]*)"', browser.get("/messages").text)]  # fmt: skip
    assert len(links) == 2 and quote("1700438300.9|") in links[1]
    form = browser.get(links[1]).text
    value = f"1700438300.9|{OLD.isoformat()}"
    assert f'value="{html.escape(value)}" selected' in form.replace("&#43;", "+")
    assert re.search(r'name="flags" value="message" checked', form)
    key = re.search(r'name="key" value="([^"]+)"', form)
    assert key
    fields = {"key": key.group(1), "call": value, "subject": "policy/other", "voice": "opinion", "stance": "unknown",
              "handling": "listened", "flags": ["message"], "summary": "伝言の内容。"}  # fmt: skip
    csrf = browser.csrf("/inquiry")
    told = browser.send({**fields, "call": "1700438300.9|9999-12-31T00:00:00+00:00"}, csrf)
    assert told.json.get("entered") == "new", told.text
    (kept,) = latest(desk.engine)
    assert (kept.inquiry.call_id, kept.inquiry.at, kept.inquiry.flags) == ("1700438300.9", OLD, frozenset({Flag.MESSAGE}))  # fmt: skip
    vault.waiting, vault.busy = [], True
    assert browser.send(fields, csrf).json["entered"] == "known"


def test_an_operator_gives_no_time_to_a_call_by_its_message(desk: Desk, vault: FakeVault) -> None:
    browser = desk.entered("op1")
    fields = {"key": "00000000-0000-4000-8000-000000000000", "call": f"1700438300.9|{OLD.isoformat()}",
              "subject": "policy/other", "voice": "opinion", "handling": "listened", "flags": ["message"],
              "summary": "伝言の内容。"}  # fmt: skip
    answer = browser.send(fields, browser.csrf("/inquiry"))
    assert answer.status == 422 and "call" in answer.json["problems"]


def test_roles_are_those_of_the_one_table() -> None:
    assert set(STAFF.values()) == set(Role)
