"""The desk's pages from their templates: everything is escaped, nothing is inline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from desk.typed import NOTHING

_REFUSED = 400
_FOLDER = Path(__file__).with_name("templates")
STATIC = Path(__file__).with_name("static")
_PAGES = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page; `visitor`, `csrf`, `menu` and `is_pushed` are what every page may show of the session, `typed` what was handed in and
    refused: what was done is not shown once more."""
    known = {
        "visitor": None,
        "csrf": "",
        "menu": (),
        "is_pushed": False,
        "typed": NOTHING,
        **values,
    }
    if status < _REFUSED:
        known["typed"] = NOTHING
    return HTMLResponse(_PAGES.get_template(name).render(**known), status)


def refused(status: int, text: str, **values: Any) -> HTMLResponse:
    """A page that says why something was not done."""
    return page("refused.html", status, text=text, **values)


def page_number(text: str) -> int:
    """Which page of a list an address asks for; the first where it says none."""
    return (
        int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 6 and int(text) else 1
    )
