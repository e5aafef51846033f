"""An edition of a FAQ that the city confirmed: who may enter it so, and upon what the others note a confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from compliance.errors import EntryRefused
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.registers import sheet
from compliance.registers.entries import Draft, Saved, entries, save, void
from compliance.registers.known import FAQ

ACTOR = Actor("sv1", datetime(2023, 11, 22, 1, tzinfo=UTC))
OTHER = Actor("sv2", ACTOR.at)
OPEN = {
    "number": "F-12", "version": "2", "title": "上限額の経過措置", "change": "revised",
    "asked_by": "centre", "made_on": "2023-11-20", "answer": "市の答え",
}  # fmt: skip
CONFIRMED = {**OPEN, "confirmed_on": "2023-11-22"}


def _save(
    engine: Engine,
    home: Home,
    values: Mapping[str, str],
    *,
    by: Actor = ACTOR,
    confirms: bool = False,
) -> Saved:
    drafts = [Draft("", values)]
    (saved,) = save(engine, Keyring.open(home), FAQ, by, drafts, oversees=True, confirms=confirms)
    return saved


def test_it_begins_confirmed_by_whoever_may_confirm_alone(engine: Engine, home: Home) -> None:
    with pytest.raises(EntryRefused, match="責任者"):
        _save(engine, home, CONFIRMED)
    assert entries(engine, FAQ) == []
    assert _save(engine, home, CONFIRMED, confirms=True) is Saved.NEW
    assert _save(engine, home, CONFIRMED) is Saved.KNOWN


def test_others_note_a_confirmation_upon_what_stands(engine: Engine, home: Home) -> None:
    _save(engine, home, OPEN, by=OTHER)
    with pytest.raises(EntryRefused, match="責任者"):
        _save(engine, home, {**CONFIRMED, "answer": "別の答え"})
    noted = {**CONFIRMED, "reported_on": "2023-11-21"}
    assert _save(engine, home, noted) is Saved.CORRECTED
    (kept,) = entries(engine, FAQ)
    assert _save(engine, home, {**noted, "reason": "理由"}) is Saved.CORRECTED, "it stays noted"
    void(engine, FAQ, ACTOR, kept.entry_id)
    with pytest.raises(EntryRefused, match="責任者"):
        _save(engine, home, noted)


def test_nobody_notes_a_confirmation_of_what_they_wrote_themselves(
    engine: Engine, home: Home
) -> None:
    _save(engine, home, OPEN)
    with pytest.raises(EntryRefused, match="書いた人"):
        _save(engine, home, CONFIRMED)
    row = {field.title: CONFIRMED.get(field.name, "") for field in FAQ.fields}
    (back,) = sheet.take_in(engine, Keyring.open(home), FAQ, ACTOR, [row], oversees=True).refused
    assert "書いた人" in back[sheet.REASON]
    _save(engine, home, {**OPEN, "answer": "直した答え"}, by=OTHER)
    mended = {**CONFIRMED, "answer": "直した答え"}
    with pytest.raises(EntryRefused, match="書いた人"):
        _save(engine, home, mended, by=OTHER)
    assert _save(engine, home, mended) is Saved.CORRECTED, "who wrote what stands is somebody else"


def test_whoever_may_confirm_confirms_the_own_too(engine: Engine, home: Home) -> None:
    _save(engine, home, OPEN)
    assert _save(engine, home, CONFIRMED, confirms=True) is Saved.CORRECTED


def test_a_row_of_a_sheet_comes_back(engine: Engine, home: Home) -> None:
    row = {field.title: CONFIRMED.get(field.name, "") for field in FAQ.fields}
    other = {**row, "市の確認日": "", "版": "9"}
    ring = Keyring.open(home)
    taken = sheet.take_in(engine, ring, FAQ, ACTOR, [row, other], oversees=True)
    (back,) = taken.refused
    assert taken.new == 1 and "責任者" in back[sheet.REASON]
    assert sheet.take_in(engine, ring, FAQ, ACTOR, [row], oversees=True, confirms=True).new == 1
