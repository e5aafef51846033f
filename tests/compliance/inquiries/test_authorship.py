"""Who revises which record: by a sheet nobody does what the desk refuses, and the good rows of the same sheet are taken in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

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
_OTHER_NAME, _OTHER_DAY, _MOVED = "自分の職員番号", "7日以内", "日時は動かせません"


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
    own = NEW if by == SYSTEM else {**NEW, sheet.OPERATOR: by}
    taken = _take(engine, home, by, changed, own)
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
    assert _take(engine, home, "op1", mended, PLAIN).unchanged == 2, "what stands is no change"
    assert _take(engine, home, "sv1", mended, PLAIN, oversees=True).unchanged == 2
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


@pytest.mark.parametrize("asked", [COMPLAINT, {**COMPLAINT, sheet.SUMMARY: "窓口の説明の申出。"}])
def test_a_colleague_s_words_are_not_guessed(
    engine: Engine, home: Home, asked: Mapping[str, str]
) -> None:
    _take(engine, home, "op1", COMPLAINT)
    for by, row in (("op2", asked), (SYSTEM, asked), ("op2", {**asked, sheet.OPERATOR: "op2"})):
        taken = _take(engine, home, by, row)
        (back,) = taken.refused
        assert _NOT_THEIRS in back[sheet.REASON] and taken.unchanged == 0, "right or wrong alike"


def test_what_the_folder_brought_it_brings_again(engine: Engine, home: Home) -> None:
    _take(engine, home, SYSTEM, COMPLAINT, PLAIN)
    assert _take(engine, home, SYSTEM, COMPLAINT, PLAIN).unchanged == 2


@pytest.mark.parametrize("call", [NEW[sheet.CALL], ""])
def test_nobody_begins_a_record_in_a_colleague_s_name(
    engine: Engine, home: Home, call: str
) -> None:
    row = {**NEW, sheet.CALL: call}
    (back,) = _take(engine, home, "op2", row).refused
    assert _OTHER_NAME in back[sheet.REASON] and latest(engine) == []
    keys = Keyring.open(home).ids
    with pytest.raises(EntryRefused, match=_OTHER_NAME):
        enter(engine, Keyring.open(home), FORM, Actor("op2", AT), [read_row(row, FORM)])
    assert Keyring.open(home).ids == keys and not keys, "what is refused leaves no key behind"
    assert _take(engine, home, "op1", row).new == 1
    for by, oversees in ((SYSTEM, False), ("sv1", True)):
        other = {**NEW, sheet.NUMBER: "2" if oversees else "3"}
        assert _take(engine, home, by, other, oversees=oversees).new == 1


@pytest.mark.parametrize(
    ("day", "at", "is_in_time"),
    [
        ("2023-12-01", "09:30", False),
        ("2024-01-18", "09:59", False),
        ("2024-01-18", "10:00", True),
        ("2024-01-25", "10:01", True),
        ("2024-01-25", "10:02", False),
        ("2024-02-01", "09:30", False),
    ],
)
def test_a_record_begins_within_the_days_of_the_desk(
    engine: Engine, home: Home, day: str, at: str, is_in_time: bool
) -> None:
    row = {**NEW, sheet.DAY: day, sheet.TIME: at}
    taken = _take(engine, home, "op1", row)
    assert taken.new == is_in_time
    assert all(_OTHER_DAY in back[sheet.REASON] for back in taken.refused)
    for by, oversees in ((SYSTEM, False), ("sv1", True)):
        other = {**row, sheet.NUMBER: "2" if oversees else "3"}
        assert _take(engine, home, by, other, oversees=oversees).new == 1


def test_the_time_of_an_own_record_stays(engine: Engine, home: Home) -> None:
    _take(engine, home, "op1", PLAIN)
    moved = {**PLAIN, sheet.TIME: "09:31"}
    (back,) = _take(engine, home, "op1", moved).refused
    assert _MOVED in back[sheet.REASON]
    late = Actor("op1", AT + timedelta(days=30))
    mended = {**PLAIN, sheet.VOICE: "質問"}
    assert take_in(engine, Keyring.open(home), FORM, late, [mended]).corrected == 1, "its own time"
    assert _take(engine, home, "sv1", moved, oversees=True).corrected == 1
