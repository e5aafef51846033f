"""Numbers beside the menu: those of the pages, for whoever may see them; an urgent complaint reaches whoever tells the city."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.inquiries.record import Flag
from compliance.people.rights import Role
from compliance.registers.known import ESCALATIONS
from desk import counts
from tests.desk.conftest import AT, MORNING, PASSWORD, Desk
from tests.desk.in_browser import Page, one_browser, page, until
from tests.support.desk_records import keeps, record
from tests.support.desk_sounds import FakeVault

__all__ = ["one_browser", "page"]


def counted(desk: Desk, staff_id: str) -> dict[str, object]:
    return dict(desk.entered(staff_id).get("/counts", accept="application/json").json)


@pytest.fixture
def floor(desk: Desk) -> str:
    """One urgent complaint, one report to the city, return calls of op1 and of op2, two messages, one call without record."""
    desk.add("mg1", Role.MANAGER)
    desk.add("ci1", Role.CITY_VIEWER)
    desk.add("pm1", Role.OFFICER)
    desk.sounds = FakeVault().as_sounds(desk)
    desk.unrecorded = 1
    record(desk)
    record(desk, operator="op2")
    record(desk, handling="city", contact="")
    return record(desk, flags=frozenset({Flag.URGENT, Flag.COMPLAINT}), handling="city", contact="")


def test_everybody_counts_what_their_own_pages_list(desk: Desk, floor: str) -> None:
    both = {"/callbacks": 2, "/escalations": 2, "/messages": 2, "/calls": 1}
    assert counted(desk, "op1") == {"counts": {"/callbacks": 1}, "urgent": 0}
    assert counted(desk, "op2") == {"counts": {"/callbacks": 1}, "urgent": 0}
    assert counted(desk, "sv1") == {"counts": both, "urgent": 1}
    assert counted(desk, "mg1") == {"counts": {**both, "/papers": 0}, "urgent": 1}
    assert counted(desk, "pm1") == {"counts": {"/messages": 2}, "urgent": 0}
    assert counted(desk, "ci1") == {"counts": {}, "urgent": 0}
    assert desk.browser().get("/counts", accept="application/json").status == 401


def test_what_is_not_known_has_no_number(desk: Desk, floor: str) -> None:
    vault = FakeVault(busy=True)
    desk.sounds = vault.as_sounds(desk)
    found = counted(desk, "sv1")["counts"]
    assert isinstance(found, dict) and "/messages" not in found
    assert found["/callbacks"] == 2


def test_asking_for_them_keeps_nobody_logged_in(desk: Desk) -> None:
    browser = desk.entered("sv1")
    for minutes in (10, 20, 29):
        desk.now = AT + timedelta(minutes=minutes)
        assert browser.get("/counts", accept="application/json").status == 200
    desk.now = AT + timedelta(minutes=30)
    assert browser.get("/counts", accept="application/json").status == 401


def test_the_menu_stands_on_every_page_and_says_where_one_is(desk: Desk) -> None:
    browser = desk.entered("op1")
    for path in ("/", "/inquiries", "/callbacks"):
        text = browser.get(path).text
        found = re.findall(
            r'<a href="([^"]+)"( aria-current="page")?>([^<]+)<strong></strong></a>', text
        )
        assert [one[0] for one in found] == [
            "/inquiry",
            "/inquiries",
            "/callbacks",
            "/calls",
            "/board",
            "/registers",
        ]
        assert [one[0] for one in found if one[1]] == ([path] if path != "/" else [])
    first = desk.add("op9", Role.OPERATOR)
    fresh = desk.browser()
    fresh.log_in("op9", first)
    assert 'id="menu"' not in fresh.get("/password").text


def test_an_urgent_complaint_is_seen_on_whatever_page_is_open(
    desk: Desk, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "FRESH_SECONDS", 0.2)
    desk.morning = replace(MORNING)
    desk.entered("sv1")
    page.call("Network.clearBrowserCookies")
    page.go("/login")
    page.submit("/", staff_id="sv1", password=PASSWORD)
    page.go("/inquiries")
    shown = (
        "!document.getElementById('urgent').hidden && document.getElementById('urgent').textContent"
    )
    assert not page.js(shown)
    about = record(
        desk, flags=frozenset({Flag.URGENT, Flag.COMPLAINT}), handling="city", contact=""
    )
    assert "1件" in until(lambda: page.js(shown), 5)
    count = "document.querySelector('#menu a[href=\"/escalations\"] strong').textContent"
    assert page.js(count) == " 1"
    keeps(desk, ESCALATIONS, about, told_at="2023-11-20T09:20:00+09:00", manner="urgent_call", told_by="sv1",
          reached="係の方")  # fmt: skip
    until(lambda: not page.js(shown), 5)
