"""Who revises which record: by a sheet nobody does what the desk refuses, and the good rows of the same sheet are taken in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from compliance.errors import EntryRefused
from compliance.ground.acts import SYSTEM, Actor
from compliance.ground.home import Home
from compliance.inquiries import sheet
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.record import Flag
from compliance.inquiries.register import latest
from compliance.inquiries.sheet import TakenInquiries, read_row, take_in
from compliance.keys.keyring import Keyring
from tests.support.inquiry_commands import GOOD

FORM = load_form()
AT = datetime(2024, 1, 25, 1, tzinfo=UTC)
COMPLAINT = {**GOOD, sheet.URGENT: "はい"}
PLAIN = {**GOOD, sheet.CALL: "1706056200.8", sheet.COMPLAINT: "", sheet.SUMMARY: ""}
NEW = {**PLAIN, sheet.CALL: "1706056200.9"}
_NOT_THEIRS, _MARKS = "自分の記録だけ", "SV・責任者"


def _take(
    engine: Engine, home: Home, by: str, *rows: Mapping[str, str], oversees: bool = False
) -> TakenInquiries:
    return take_in(engine, Keyring.open(home), FORM, Actor(by, AT), rows, oversees=oversees)


@pytest.mark.parametrize(
    ("by", "changed", "told"),
    [
        ("op2", {**PLAIN, sheet.VOICE: "質問"}, _NOT_THEIRS),
        ("op2", {**PLAIN, sheet.OPERATOR: "op2"}, _NOT_THEIRS),
        ("op1", {**PLAIN, sheet.OPERATOR: "op2"}, _NOT_THEIRS),
        ("op2", {**COMPLAINT, sheet.COMPLAINT: "", sheet.URGENT: ""}, _NOT_THEIRS),
        ("op1", {**COMPLAINT, sheet.COMPLAINT: "", sheet.URGENT: ""}, _MARKS),
        ("op1", {**COMPLAINT, sheet.URGENT: ""}, _MARKS),
        (SYSTEM, {**PLAIN, sheet.VOICE: "質問"}, _NOT_THEIRS),
    ],
)
def test_a_row_that_is_not_theirs_comes_back_and_the_others_stay(
    engine: Engine, home: Home, by: str, changed: Mapping[str, str], told: str
) -> None:
    _take(engine, home, "op1", COMPLAINT, PLAIN)
    before = latest(engine)
    taken = _take(engine, home, by, changed, NEW)
    assert (taken.new, taken.corrected, taken.unchanged) == (1, 0, 0)
    (back,) = taken.refused
    assert told in back[sheet.REASON] and back[sheet.CALL] == changed[sheet.CALL]
    assert [one for one in latest(engine) if one.inquiry.call_id != NEW[sheet.CALL]] == before
    record = read_row(changed, FORM)
    with pytest.raises(EntryRefused, match=told):
        enter(engine, Keyring.open(home), FORM, Actor(by, AT), [record])


def test_the_own_words_are_mended_and_an_overseer_mends_what_is_anybody_s(
    engine: Engine, home: Home
) -> None:
    _take(engine, home, "op1", COMPLAINT, PLAIN)
    mended = {**COMPLAINT, sheet.SUMMARY: "窓口の説明が違っていたとの申出。"}
    assert _take(engine, home, "op1", mended).corrected == 1, "the marks stay"
    assert _take(engine, home, "op2", mended, PLAIN).unchanged == 2, (
        "what stands there is no change"
    )
    cleared = {**mended, sheet.COMPLAINT: "", sheet.URGENT: ""}
    assert _take(engine, home, "sv1", cleared, oversees=True).corrected == 1
    assert not any(Flag.COMPLAINT in one.inquiry.flags for one in latest(engine))


def test_the_folder_mends_what_came_by_it_alone_and_takes_no_mark_away(
    engine: Engine, home: Home
) -> None:
    _take(engine, home, SYSTEM, COMPLAINT, PLAIN)
    mended = {**PLAIN, sheet.VOICE: "質問"}
    assert _take(engine, home, SYSTEM, mended).corrected == 1
    (back,) = _take(engine, home, SYSTEM, {**COMPLAINT, sheet.URGENT: ""}).refused
    assert _MARKS in back[sheet.REASON]
    assert _take(engine, home, "sv1", {**mended, sheet.WARD: "北区"}, oversees=True).corrected == 1
    (back,) = _take(engine, home, SYSTEM, mended).refused
    assert _NOT_THEIRS in back[sheet.REASON], "an old sheet undoes no supervisor's correction"
