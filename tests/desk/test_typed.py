"""What was typed into a form of the own passphrase comes back after a refusal, in every such form, and no secret ever does; nor does an acknowledgement."""

from __future__ import annotations

import re

import pytest

from desk.pages import page
from desk.typed import ACKNOWLEDGED, SECRET, Typed
from tests.homes import ROOT

TEMPLATES = ROOT / "desk" / "templates"
FORM = re.compile(r"<form .*?</form>", re.S)
BOX = re.compile(r'<input\b[^>]*type="checkbox"[^>]*>', re.S)
FACTS = frozenset({"end", "witness", "flags"})
"""Boxes that say what is so: what was asked to be counted, what the city said, what a caller was like."""
FIELD = re.compile(r"<select\b.*?</select>|<input\b(?=[^>]*name=)[^>]*>", re.S)


def forms() -> list[tuple[str, str]]:
    """Every form that takes the own passphrase, with its template, and what such forms share."""
    texts = [(one.name, one.read_text(encoding="utf-8")) for one in sorted(TEMPLATES.glob("*.html"))]  # fmt: skip
    found = [(name, form) for name, text in texts for form in FORM.findall(text)]
    shared = [one for one in texts if one[0] == "erasure_forms.html"]
    return [one for one in found if re.search(r'name="passphrase"|own\(', one[1])] + shared


def names(field: str) -> set[str]:
    return set(re.findall(r'name="([^"]+)"', field))


def test_a_box_says_what_is_so_or_is_an_acknowledgement_that_is_never_ticked_by_the_page() -> None:
    texts = [one.read_text(encoding="utf-8") for one in sorted(TEMPLATES.glob("*.html"))]
    boxes = [box for text in texts for box in BOX.findall(text)]
    assert {name for box in boxes for name in names(box)} == FACTS | ACKNOWLEDGED
    given = [box for box in boxes if names(box) & ACKNOWLEDGED]
    assert len(given) == 5
    assert not [box for box in given if "checked" in box]
    kept = [box for box in given if 'autocomplete="off"' not in box]
    assert not kept, "nor by a browser that shows the page once more"


@pytest.mark.parametrize("name", sorted(ACKNOWLEDGED))
def test_no_acknowledgement_is_given_back_to_any_form(name: str) -> None:
    typed = Typed("/here", {name: ("yes",), "on": ("2024-01-04",)})
    assert typed.of("/here") == {"on": "2024-01-04"}


def test_what_was_typed_about_one_thing_is_not_filled_in_about_another() -> None:
    typed = Typed("/here", {"edition": ("1",), "data_sha256": ("d",), "medium": ("媒体A",)})
    assert typed.of("/here", edition=1, data_sha256="d")["medium"] == "媒体A"
    for other in ({"edition": 2}, {"data_sha256": "e"}, {"edition": 1, "looked": "x"}):
        assert typed.of("/here", **other) == {}, other


def test_every_field_of_a_form_of_the_passphrase_is_filled_in_once_more() -> None:
    asked = [
        (name, field)
        for name, form in forms()
        for field in FIELD.findall(form)
        if not re.search(r'type="(hidden|password)"', field) and not names(field) & ACKNOWLEDGED
    ]
    assert len(asked) > 15, asked
    lost = [one for one in asked if "given.get" not in one[1] and "typed.of" not in one[1]]
    assert not lost
    secret = [(name, field) for name, form in forms() for field in FIELD.findall(form) if 'type="password"' in field]  # fmt: skip
    assert not [one for one in secret if "value=" in one[1]]


@pytest.mark.parametrize("name", sorted(SECRET))
def test_no_secret_is_given_back_to_any_form(name: str) -> None:
    typed = Typed("/here", {name: ("secret",), "on": ("2024-01-04",)})
    assert typed.of("/here") == {"on": "2024-01-04"}
    assert typed.of("/elsewhere") == {}, "a page with several forms fills in the one that was sent"


def test_what_was_done_is_not_shown_once_more() -> None:
    typed = Typed("/proposals", {"staff_id": ("op9",)})
    shown = {"rows": (), "may_enrol": True, "said": "", "is_wrong": False, "half": "", "typed": typed}  # fmt: skip
    assert 'value="op9"' in bytes(page("proposals.html", 422, **shown).body).decode()
    assert 'value="op9"' not in bytes(page("proposals.html", 200, **shown).body).decode()
