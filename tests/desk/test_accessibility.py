"""Every page of the desk, as axe-core and a small or enlarged screen see it (WCAG 2.1 A and AA)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from application.erasure_cases import (
    Cases,
    ErasureCase,
    ErasureConsent,
    ErasureItems,
    ErasureSignature,
    ErasureView,
    KeyCopy,
    Owed,
)
from application.erasure_steps import ErasureFound, ErasureSteps
from compliance.erasure.states import CaseState
from compliance.ground.acts import Actor
from compliance.inquiries.record import Flag
from compliance.people.rights import Role
from compliance.registers.entries import entries
from compliance.registers.known import CALLBACKS, ESCALATIONS, FAQ
from compliance.vault.catalogue import SpooledRecording, register_recordings
from compliance.vault.preservation import HoldReason, set_hold
from tests.desk.conftest import AT, PASSWORD, Desk
from tests.desk.in_browser import Page, one_browser, page, until
from tests.support.axe import axe, violations
from tests.support.desk_custody import CUSTODY
from tests.support.desk_records import keeps, record
from tests.support.desk_shelf import FakeShelf
from tests.support.desk_sounds import FakeVault

__all__ = ["axe", "one_browser", "page"]
PAGES = (
    "/",
    "/inquiry",
    "/inquiries",
    "/password",
    "/second",
    "/today",
    "/papers",
    "/definitions",
    "/certificates",
)


@pytest.fixture
def url(home: Any) -> str:
    """SQLite alone: the browser is what is asked here."""
    return str(home.operations_url)


@pytest.fixture
def kept(desk: Desk) -> tuple[str, ...]:
    """sv1's worklists and registers with something in each; the pages on which they are."""
    vault = FakeVault()
    desk.sounds = vault.as_sounds(desk)
    about = record(desk)
    record(desk, flags=frozenset({Flag.URGENT, Flag.COMPLAINT}), handling="city", contact="")
    keeps(desk, CALLBACKS, about, due_on="2023-11-19")
    told = keeps(desk, ESCALATIONS, about, told_at="2023-11-20T09:20:00+09:00", manner="report", told_by="sv1",
                 reached="係の方", instruction="長い指示" * 60)  # fmt: skip
    faq = {
        "number": "F-1",
        "version": "1",
        "title": "長い件名" * 25,
        "change": "new",
        "asked_by": "city",
    }
    keeps(desk, FAQ, **faq, made_on="2023-11-20", reason="長い理由" * 25)
    return (
        "/callbacks", "/escalations", "/messages", "/registers", "/registers/callbacks", "/registers/faq",
        "/registers/faq/new", f"/registers/escalations/{told.entry_id}?end=1&back=/escalations",
        f"/registers/complaints/new?about={about}", f"/inquiries/{about}",
    )  # fmt: skip


@pytest.fixture
def an_erasure(desk: Desk) -> None:
    """A case that waits for sv1's colleagues, with everything that a page may say of one."""
    case = ErasureCase("E-0001", "承諾済み", 12345, date(2024, 1, 31), "もう1名（責任者又は保護管理者）の署名", True)  # fmt: skip
    items = ErasureItems("通話録音", "m-a、m-b", 12345, 9_876_543_210, date(2023, 11, 20), date(2023, 12, 1))  # fmt: skip
    consent = ErasureConsent(date(2024, 1, 25), "高齢福祉課長", "札高福第123号", 12345, "長い条件" * 40, True,
                             date(2024, 2, 29), "文書", "e" * 64)  # fmt: skip
    view = ErasureView(
        case, True, (items,), False, True, "方法" * 20, "a" * 64, consent, (KeyCopy("控え1（第1期）", False),),
        (ErasureSignature("mg1", desk.now),), "ad1", desk.now, ("妨げ" * 40,), ("ad1", "pm1"), True, "d" * 64,
        lambda staff_id, roles: True, lambda staff_id, roles: True, lambda staff_id, roles: True, lambda staff_id: None, False,
        CaseState.CONSENTED, True, "mg1",
    )  # fmt: skip
    owed = [
        Owed("E-0001", "媒体の写しの削除", "media-b"),
        Owed("E-0001", "電話交換機に残る音声", ""),
    ]
    desk.cases = Cases(
        lambda: [case], lambda case_id: view, lambda *given: None, lambda *given: None,
        lambda: owed, lambda *given: None,
    )  # fmt: skip
    found = ErasureFound((items,) * 3, 3, 10**9, 1, 2, 3, "e" * 64)
    desk.steps = ErasureSteps(lambda _: found, lambda: True, *[lambda *given: None] * 6)  # type: ignore[arg-type, list-item]


def sits_down(desk: Desk, page: Page, staff_id: str, role: Role, width: int) -> None:
    """Somebody of that role logs in where another was, before a screen of 1280 pixels that shows so many of ours across."""
    desk.add(staff_id, role)
    desk.entered(staff_id)
    page.call("Network.clearBrowserCookies")
    page.go("/login")
    page.submit("/", staff_id=staff_id, password=PASSWORD)
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=720 * width // 1280,
              deviceScaleFactor=1280 / width, mobile=False)  # fmt: skip


def test_no_page_breaks_a_rule(desk: Desk, page: Page, axe: str) -> None:
    broken = {}
    for path in PAGES:
        page.go(path)
        if found := violations(page, axe):
            broken[path] = found
    page.call("Network.clearBrowserCookies")
    page.go("/login")
    if found := violations(page, axe):
        broken["/login"] = found
    assert broken == {}


@pytest.mark.parametrize("width", [1280, 640], ids=["1280", "1280 at 200 %"])
def test_every_page_fits_the_screen(desk: Desk, page: Page, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=720 * width // 1280,
              deviceScaleFactor=1280 / width, mobile=False)  # fmt: skip
    for path in PAGES:
        page.go(path)
        wide = page.js(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, path
        assert page.js("document.activeElement !== null")


def enter_as_supervisor(desk: Desk, page: Page) -> None:
    desk.entered("sv1")
    page.call("Network.clearBrowserCookies")
    page.go("/login")
    page.submit("/", staff_id="sv1", password=PASSWORD)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 640], ids=["1280", "1280 at 200 %"])
def test_worklists_and_registers_break_no_rule_and_fit_the_screen(
    desk: Desk, kept: tuple[str, ...], page: Page, axe: str, width: int
) -> None:
    enter_as_supervisor(desk, page)
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=720 * width // 1280,
              deviceScaleFactor=1280 / width, mobile=False)  # fmt: skip
    broken = {}
    for path in kept:
        page.go(path)
        wide = page.js(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        found = violations(page, axe)
        if wide > 0 or found:
            broken[path] = [f"{wide} too wide", *found]
    page.go("/registers/faq/new")
    page.js("window.leaving = true; document.querySelector('form.entry').requestSubmit()")
    until(lambda: page.js("!window.leaving && document.querySelectorAll('[aria-invalid]').length"))
    if found := violations(page, axe):
        broken["refused"] = found
    assert page.js("document.activeElement.name") == "number", "the first that is wrong"
    assert broken == {}


@pytest.mark.parametrize("width", [1280, 640], ids=["1280", "1280 at 200 %"])
def test_an_erasure_that_waits_for_a_signature_breaks_no_rule_and_fits_the_screen(
    desk: Desk, an_erasure: None, page: Page, axe: str, width: int
) -> None:
    sits_down(desk, page, "pm1", Role.OFFICER, width)
    broken = {}
    for path in (
        "/erasures",
        "/erasures/E-0001",
        "/erasures/application?kind=call",
        "/erasures/E-0001/consent",
    ):
        page.go(path)
        wide = page.js(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if found := violations(page, axe):
            broken[path] = found
        assert wide <= 0, path
    assert broken == {}
    assert page.js("document.querySelector('form.narrow [name=passphrase]').type") == "password"


@pytest.fixture
def shelf(desk: Desk) -> None:
    """Papers, one of them handed over with a sealed file."""
    desk.shelf = FakeShelf().as_shelf()


@pytest.mark.parametrize("width", [1280, 640], ids=["1280", "1280 at 200 %"])
def test_what_is_held_and_what_the_city_opens_break_no_rule_and_fit_the_screen(
    desk: Desk, shelf: None, page: Page, axe: str, width: int
) -> None:
    seen = SpooledRecording("a" * 64, "1700438494.0", 44, 1.0, "ok", True, AT)
    register_recordings(desk.engine, [seen], AT)
    set_hold(desk.engine, Actor("pm1", AT), seen.recording_id, HoldReason.COMPLAINT)
    broken = {}
    for staff_id, role, path in (
        ("pm1", Role.OFFICER, "/holds"), ("ci1", Role.CITY_VIEWER, "/papers/weekly/2023-11-20"),
    ):  # fmt: skip
        sits_down(desk, page, staff_id, role, width)
        page.go(path)
        assert page.js("document.querySelectorAll('main td form').length") == 1, path
        wide = page.js(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        found = violations(page, axe)
        if wide > 0 or found:
            broken[path] = [f"{wide} too wide", *found]
    assert broken == {}


@pytest.fixture
def custody(desk: Desk) -> None:
    """Something of everything that is kept, and needs a hand."""
    desk.custody = CUSTODY


@pytest.mark.parametrize("width", [1280, 640], ids=["1280", "1280 at 200 %"])
def test_what_is_kept_breaks_no_rule_and_fits_the_screen(
    desk: Desk, custody: None, page: Page, axe: str, width: int
) -> None:
    sits_down(desk, page, "pm1", Role.OFFICER, width)
    page.go("/custody")
    assert page.js("document.querySelectorAll('main table').length") == 5
    wide = page.js("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (wide <= 0, violations(page, axe)) == (True, [])


def test_a_return_call_is_closed_by_three_keys(
    desk: Desk, kept: tuple[str, ...], page: Page
) -> None:
    enter_as_supervisor(desk, page)
    page.go("/callbacks")
    page.js("""document.querySelector('main a[href*="end=1"]').focus(); window.leaving = true""")
    page.press("Enter")
    until(
        lambda: (
            page.js(
                "!window.leaving && document.readyState === 'complete' && document.activeElement.name"
            )
            == "result"
        )
    )
    page.press("ArrowDown")
    assert page.js("document.activeElement.value") == "reached"
    page.js("window.leaving = true")
    for kind in ("rawKeyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, code="Enter", key="Enter", modifiers=2,
                  windowsVirtualKeyCode=13)  # fmt: skip
    until(lambda: page.js("!window.leaving && location.pathname") == "/callbacks")
    (entry,) = entries(desk.engine, CALLBACKS)
    assert (entry.get("result"), entry.get("done_by"), entry.revision) == ("reached", "sv1", 2)
    assert entry.moment("closed_at") == desk.now


def test_the_whole_form_is_on_one_screen_of_1280_by_720(desk: Desk, page: Page) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=1280, height=720, deviceScaleFactor=1, mobile=False)  # fmt: skip
    page.go("/inquiry")
    page.press("Digit1", "Digit3")
    assert (
        page.js(
            "[...document.querySelectorAll('[data-items]')].filter((one) => one.offsetParent).length"
        )
        == 1
    )
    bottom = page.js("document.querySelector('main form').getBoundingClientRect().bottom")
    assert bottom <= 720
