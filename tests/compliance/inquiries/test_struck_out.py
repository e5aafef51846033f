"""A record that was struck out counts no more, whatever brings it again; words that do not open are told in words, and hold up
their row alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, update

from compliance.errors import EntryRefused
from compliance.ground.acts import SYSTEM, Actor
from compliance.ground.home import Home
from compliance.inquiries import sheet
from compliance.inquiries.entering import enter, void
from compliance.inquiries.form import load_form
from compliance.inquiries.kept import inquiries, inquiry_id
from compliance.inquiries.reasons import Reason
from compliance.inquiries.register import latest
from compliance.inquiries.sheet import read_row, take_in
from compliance.keys.keyring import Keyring
from tests.support.inquiry_commands import GOOD

FORM = load_form()
AT = datetime(2024, 1, 25, 1, tzinfo=UTC)
OTHER = {**GOOD, sheet.CALL: "1706056200.8"}
RECORD = read_row(GOOD, FORM)
ONE = inquiry_id(RECORD)


def _revisions(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(inquiries)).scalar_one())


@pytest.mark.parametrize("is_erased", [False, True])
@pytest.mark.parametrize("by", ["op1", "sv1", SYSTEM])
def test_a_sheet_does_not_bring_it_back(
    engine: Engine, home: Home, by: str, is_erased: bool
) -> None:
    ring = Keyring.open(home)
    take_in(engine, ring, FORM, Actor("op1", AT), [GOOD])
    void(engine, FORM, Actor("sv1", AT), ONE, Reason.TWICE)
    if is_erased:
        ring = ring.next_epoch(home, {f"inquiry:{ONE}"})
    for row in (GOOD, {**GOOD, sheet.SUMMARY: "別の言葉の申出。"}):
        taken = take_in(engine, ring, FORM, Actor(by, AT), [row], oversees=by == "sv1")
        (back,) = taken.refused
        assert "取り消し済み" in back[sheet.REASON]
        assert (taken.new, taken.corrected, taken.unchanged) == (0, 0, 0)
    with pytest.raises(EntryRefused, match="取り消し済み"):
        enter(engine, ring, FORM, Actor(by, AT), [RECORD], oversees=True)
    assert take_in(engine, ring, FORM, Actor(by, AT), [GOOD, OTHER], oversees=by == "sv1").new == 1
    assert [one.inquiry.call_id for one in latest(engine)] == [OTHER[sheet.CALL]]
    assert _revisions(engine) == 3


def test_words_that_do_not_open_hold_up_their_row_alone(engine: Engine, home: Home) -> None:
    ring = Keyring.open(home)
    take_in(engine, ring, FORM, Actor("op1", AT), [GOOD])
    with engine.begin() as connection:
        connection.execute(update(inquiries).values(sealed_summary=b"x" * 40))
    taken = take_in(engine, ring, FORM, Actor("op1", AT), [GOOD, OTHER])
    assert taken.new == 1
    (back,) = taken.refused
    assert "鍵" in back[sheet.REASON] and back[sheet.CALL] == GOOD[sheet.CALL]
    with pytest.raises(EntryRefused, match="鍵"):
        enter(engine, ring, FORM, Actor("op1", AT), [RECORD])
    assert _revisions(engine) == 2
