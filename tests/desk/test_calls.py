"""Calls at the desk: a day's, one with all that is known of it, the way into the form, an operator's own ones only."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from urllib.parse import quote
from uuid import uuid4

import pytest

from application.call_log import CallLog, LoggedCall
from application.today import Yesterday
from compliance.inquiries.register import latest
from compliance.people.rights import Role
from desk.services import RecentCall, value_of
from tests.desk.conftest import MORNING, Answer, Browser, Desk
from tests.support.desk_calls import MINE, THEIRS, FakeLog, call
from tests.support.desk_records import record


@pytest.fixture
def log(desk: Desk) -> FakeLog:
    made = FakeLog()
    desk.call_log = CallLog(made.days, made.of_day, made.one)
    for staff_id, role in (("mg1", Role.MANAGER), ("pm1", Role.OFFICER), ("ci1", Role.CITY_VIEWER)):
        desk.add(staff_id, role)
    return made


def listed(answer: Answer) -> list[str]:
    return re.findall(r'<a href="/calls/([0-9.]+)">', answer.text)


def test_a_day_s_calls_are_chosen_by_what_is_wanted_of_them(desk: Desk, log: FakeLog) -> None:
    browser = desk.entered("mg1")
    assert listed(browser.get("/calls")) == [MINE.call_id, THEIRS.call_id]
    record(desk, call_id=MINE.call_id)
    assert listed(browser.get("/calls")) == [THEIRS.call_id], (
        "what has its record is not without one"
    )
    assert listed(browser.get("/calls?which=answered")) == [MINE.call_id, THEIRS.call_id]
    assert listed(browser.get("/calls?which=all")) == [c.call_id for c in log.calls]
    assert listed(browser.get("/calls?which=%3Cscript%3E")) == [THEIRS.call_id]
    log.asked.clear()
    for on in ("2023-10-05", "1999-01-01", "2099-01-01", "<b>", ""):
        assert browser.get(f"/calls?on={quote(on)}").status == 200
    first, last = log.days()
    assert log.asked == [date(2023, 10, 5), first, last, last, last]


def clicked(browser: Browser, page: str) -> dict[str, tuple[int, int]]:
    """By kind: the figure that a page shows, and how many calls are listed where it leads."""
    links = re.findall(
        r'<a href="(/calls\?on=\S+&amp;which=(\w+))">[^<0-9]*(\d+)', browser.get(page).text
    )
    found = {}
    for path, kind, figure in links:
        answer = browser.get(path.replace("&amp;", "&"))
        assert int(re.findall(r"<h1>.* (\d+)件</h1>", answer.text)[0]) == len(listed(answer))
        found[kind] = (int(figure), len(listed(answer)))
    return found


def test_a_figure_of_the_morning_leads_to_the_calls_that_it_counts(
    desk: Desk, log: FakeLog
) -> None:
    outcomes = ["answered"] * 9 + ["abandoned"] * 3 + ["abandoned_in_menu"] * 2 + ["overflow"] * 4
    outcomes += ["message"] * 2 + ["interrupted", "undetermined", "after_hours"]
    made = [
        call(n, *(["op1"] if one == "answered" else []), outcome=one, ago=n)
        for n, one in enumerate(outcomes)
    ]
    made.append(replace(call(90, "op1"), direction="outbound", outcome="reached"))
    log.calls = made
    record(desk, call_id=made[0].call_id)
    day = log.days()[1]
    desk.morning = replace(MORNING, yesterday=Yesterday(day, 22, 9, 4, 5, 2, 8))
    figures = {"answered": (9, 9), "overflow": (4, 4), "abandoned": (5, 5), "message": (2, 2), "unrecorded": (8, 8)}  # fmt: skip
    log.asked.clear()
    for page in ("/", "/today"):
        assert clicked(desk.entered("mg1"), page) == figures, page
    assert set(log.asked) == {day}


def test_an_operator_sees_the_own_calls_and_others_none(desk: Desk, log: FakeLog) -> None:
    browser = desk.entered("op1")
    assert listed(browser.get("/calls?which=all")) == [MINE.call_id]
    assert browser.get(f"/calls/{MINE.call_id}").status == 200
    assert browser.get(f"/calls/{THEIRS.call_id}").status == 404
    assert browser.get("/calls/1.1").status == 404
    for staff_id in ("pm1", "ci1", "ad1"):
        assert desk.entered(staff_id).get("/calls").status == 403, staff_id


def test_a_call_s_page_has_its_records_recordings_and_who_called_before(
    desk: Desk, log: FakeLog
) -> None:
    about = record(desk, call_id=MINE.call_id)
    text = desk.entered("mg1").get(f"/calls/{MINE.call_id}").text
    for told in (f'href="/inquiries/{about}"', "a" * 64, "暗号化して保管中", "目録にまだありません", "1:01", "R1; answer: bridge",
                 f'href="/calls/{THEIRS.call_id}"'):  # fmt: skip
        assert told in text, told
    assert text.count('href="/holds?recording=') == 1 and f'/holds?recording={"a" * 64}"' in text
    own = desk.entered("op1").get(f"/calls/{MINE.call_id}").text
    assert "/holds" not in own, "who may not hold is not led there"
    assert f'href="/calls/{THEIRS.call_id}"' not in own and THEIRS.call_id in own


def write(desk: Desk, browser: Browser, one: LoggedCall) -> Answer:
    fields = {"key": str(uuid4()), "call": value_of(RecentCall(one.call_id, one.at, "")), "subject": "survey/how",
              "handling": "guided", "voice": "question"}  # fmt: skip
    return browser.send(fields, browser.csrf("/inquiry"))


def test_the_form_takes_a_call_of_any_age_that_is_theirs(desk: Desk, log: FakeLog) -> None:
    browser = desk.entered("op1")
    assert f'value="{value_of(RecentCall(MINE.call_id, MINE.at, ""))}" selected' in browser.get(
        f"/inquiry?call={quote(value_of(RecentCall(MINE.call_id, MINE.at, '')))}"
    ).text.replace("&#43;", "+")
    refused = write(desk, browser, THEIRS)
    assert refused.status == 422 and "7日以内" in refused.text
    done = write(desk, browser, MINE)
    assert done.status == 200, done.text
    (kept,) = latest(desk.engine)
    assert (kept.inquiry.call_id, kept.inquiry.at) == (MINE.call_id, MINE.at)
    log.is_busy = True
    assert browser.get("/calls").status == 503


def test_a_long_day_goes_page_by_page(desk: Desk, log: FakeLog) -> None:
    log.calls = [call(n % 90, "op1", ago=n) for n in range(230)]
    browser = desk.entered("op1")
    pages = [len(listed(browser.get(f"/calls?which=all&page={n}"))) for n in (1, 2, 3, 4)]
    assert pages == [100, 100, 30, 0]
    assert "230件" in browser.get("/calls?which=all").text
