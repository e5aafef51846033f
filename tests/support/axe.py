"""axe-core's rules, asked of a page in a browser."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.desk.in_browser import Page, until

AXE = Path(__file__).parent.parent / "desk" / "node_modules" / "axe-core" / "axe.min.js"


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
