"""Every page of the desk, as axe-core and a small or enlarged screen see it (WCAG 2.1 A and AA)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.desk.conftest import Desk
from tests.desk.in_browser import Page, page, until

__all__ = ["page"]
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
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
def axe() -> str:
    """The checks' source, or a skip that names it."""
    if not AXE.is_file():
        if os.environ.get("MADOGUCHI_CI") == "1":
            raise AssertionError("axe-core is required here: npm ci --prefix tests/desk")
        pytest.skip("axe-core is not installed (npm ci --prefix tests/desk)")
    return AXE.read_text("utf-8")


def violations(page: Page, axe: str) -> list[str]:
    """What breaks a rule, each with its place."""
    page.js(axe + "; window.axeDone = undefined; axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
            ".then((r) => { window.axeDone = JSON.stringify(r.violations.map((v) => v.id + ' ' + v.nodes.map((n) => n.target).join(' '))); })")  # fmt: skip
    return list(json.loads(until(lambda: page.js("window.axeDone"))))


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
