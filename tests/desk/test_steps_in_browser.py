"""The steps of an erasure, a paper's hand-over and a search by number in a real browser: nothing breaks, and evidence stays at the PC."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from application.call_log import CallLog, CallsOfNumber
from application.erasure_cases import ErasureItems
from application.erasure_steps import ErasureFound, ErasureSteps
from compliance.people.rights import Role
from tests.desk.conftest import PASSWORD, Desk
from tests.desk.in_browser import Page, one_browser, page, until
from tests.support.axe import axe, violations
from tests.support.desk_calls import MINE, THEIRS, FakeLog
from tests.support.desk_shelf import GONE, FakeShelf

__all__ = ["axe", "one_browser", "page"]
LETTER = b"the city's letter, on paper of its own" * 3000
PAPER = "/papers/weekly/2023-11-20"


@pytest.fixture
def url(home: Any) -> str:
    """SQLite alone: the browser is what is asked here."""
    return str(home.operations_url)


@pytest.fixture
def given(desk: Desk) -> list[Sequence[object]]:
    """mg1's desk; what the designation's form handed in."""
    desk.add("mg1", Role.MANAGER)
    handed: list[Sequence[object]] = []
    items = ErasureItems("通話録音", "m-a、m-b", 3, 10**6, date(2023, 9, 1), date(2023, 9, 30))
    found = ErasureFound((items,), 3, 10**6, 1, 2, 0, "e" * 64)
    desk.steps = ErasureSteps(
        lambda _: found, lambda: False, lambda *one: handed.append(one), *[lambda *_: None] * 5
    )  # type: ignore[arg-type, list-item]
    log, shelf = FakeLog(), FakeShelf()
    shelf.made = [
        replace(GONE, was_handed_over=False, awaits_receipt=False, state="確認済み（未提出）")
    ]
    desk.shelf = shelf.as_shelf()
    desk.call_log = CallLog(
        log.days, log.of_day, log.one, lambda _: CallsOfNumber((MINE, THEIRS), 2)
    )
    return handed


def enter(desk: Desk, page: Page) -> None:
    desk.entered("mg1")
    page.call("Network.clearBrowserCookies")
    page.go("/login")
    page.submit("/", staff_id="mg1", password=PASSWORD)


def test_evidence_stays_at_the_pc_and_its_digest_is_handed_in(
    desk: Desk, given: list[Sequence[object]], page: Page, tmp_path: Path
) -> None:
    enter(desk, page)
    page.go("/erasures/application")
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(LETTER)
    root = page.call("DOM.getDocument")["root"]["nodeId"]
    field = page.call("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
    page.call("DOM.setFileInputFiles", nodeId=field, files=[str(letter)])
    digest = hashlib.sha256(LETTER).hexdigest()
    kept = "document.querySelector('[name=evidence_sha256]')"
    until(lambda: page.js(f"{kept}.value") == digest)
    names = page.js(f"[...new FormData({kept}.form).keys()].join()")
    assert names == "csrf,method,dated_on,evidence_kind,evidence_sha256,passphrase", "no file"
    page.js(f"{kept}.form.elements.dated_on.value = '2023-11-20'; {kept}.form.elements.passphrase.value = 'x'")  # fmt: skip
    page.js(f"window.leaving = true; {kept}.form.querySelector('button').click()")
    until(lambda: page.js("!window.leaving && document.readyState === 'complete'"))
    assert [str(one) for one in given[0]][2:] == ["2023-11-20", "document", digest, "cryptographic_erase"]  # fmt: skip


@pytest.mark.parametrize("width", [1280, 640], ids=["1280", "1280 at 200 %"])
def test_the_new_forms_break_no_rule_and_fit(
    desk: Desk, given: list[Sequence[object]], page: Page, axe: str, width: int
) -> None:
    enter(desk, page)
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=720 * width // 1280,
              deviceScaleFactor=1280 / width, mobile=False)  # fmt: skip
    broken = {}

    def looked(path: str) -> None:
        wide = page.js("document.documentElement.scrollWidth - document.documentElement.clientWidth")  # fmt: skip
        if found := violations(page, axe):
            broken[path] = found
        assert wide <= 0, path

    for path in (PAPER, "/calls", "/erasures/application?kind=call"):
        page.go(path)
        looked(path)
    page.go("/inquiries")
    form = "document.querySelector('form[action=\"/calls/by-number\"]')"
    page.js(f"{form}.elements.number.value = '09000001234'; window.leaving = true; {form}.querySelector('button').click()")  # fmt: skip
    until(lambda: page.js("!window.leaving && location.pathname") == "/calls/by-number")
    assert "09000001234" not in page.js("document.documentElement.outerHTML + location.href")
    looked("/calls/by-number")
    assert broken == {}
