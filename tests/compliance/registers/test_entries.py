"""One store for every register: nothing is changed in place, words open only under the key of what they are about."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from compliance.errors import EntryRefused, Outdated
from compliance.ground.acts import Actor, audit_outbox
from compliance.ground.home import Home
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.register import complaint_days, digest_of_entries, summary_of, told_days
from compliance.inquiries.sealed_texts import forget_texts, sealed_texts
from compliance.keys.keyring import Keyring, settle
from compliance.registers import sheet
from compliance.registers.check import problems
from compliance.registers.entries import (
    INQUIRY_KEY,
    Draft,
    Saved,
    digest_until,
    entries,
    register_entries,
    save,
    void,
    words_of,
)
from compliance.registers.known import CALLBACKS, COMPLAINTS, ESCALATIONS, FAQ, REGISTERS
from tests.support.register_entries import ABOUT, AT, CALL, RECORD

ACTOR = Actor("mg1", AT)
QUESTION = {
    "number": "F-12", "version": "2", "title": "上限額の経過措置", "change": "revised",
    "asked_by": "centre", "made_on": "2023-11-20",
}  # fmt: skip


@pytest.fixture
def ring(home: Home, engine: Engine) -> Keyring:
    ring = Keyring.open(home)
    enter(engine, ring, load_form(), ACTOR, [RECORD], oversees=True)
    return ring


def _save(engine: Engine, ring: Keyring, register: Any, values: Any, **facts: Any) -> Saved:
    about = ABOUT if register.is_about_inquiry else ""
    drafts = [Draft(about, values, **facts)]
    (saved,) = save(engine, ring, register, ACTOR, drafts, oversees=True, confirms=True)
    return saved


def test_twice_is_once_and_what_differs_is_a_correction(engine: Engine, ring: Keyring) -> None:
    assert _save(engine, ring, ESCALATIONS, CALL) is Saved.NEW
    assert _save(engine, ring, ESCALATIONS, CALL) is Saved.KNOWN
    closed = {**CALL, "answered_at": "2023-11-21T09:00:00+09:00"}
    assert _save(engine, ring, ESCALATIONS, closed) is Saved.CORRECTED
    (kept,) = entries(engine, ESCALATIONS, ring)
    assert (kept.values, kept.revision, kept.has_words) == (closed, 2, True)
    assert entries(engine, CALLBACKS) == []
    with engine.connect() as connection:
        acts = connection.execute(
            select(audit_outbox.c.object_id).where(audit_outbox.c.object_kind == "register")
        ).scalars().all()  # fmt: skip
    assert acts == [f"escalations/{kept.entry_id}"] * 2


def test_words_lie_sealed_and_are_gone_with_the_key_of_the_inquiry(
    home: Home, engine: Engine, ring: Keyring
) -> None:
    before = sealed_texts(engine)
    _save(engine, ring, ESCALATIONS, CALL)
    with engine.connect() as connection:
        (row,) = connection.execute(select(register_entries)).all()
    assert json.loads(row.values_json).keys() == {"told_at", "manner", "told_by"}
    assert "架空係長".encode() not in row.sealed_words
    (kept,) = entries(engine, ESCALATIONS)
    assert not kept.get("reached")
    (grown,) = sealed_texts(engine)
    assert grown.size == before[0].size + len(row.sealed_words)
    following = ring.next_epoch(home, [INQUIRY_KEY + ABOUT])
    settle(home)
    with engine.begin() as connection:
        forget_texts(connection, [INQUIRY_KEY + ABOUT])
    (left,) = entries(engine, ESCALATIONS, following)
    assert (left.get("manner"), left.get("reached"), left.has_words) == ("urgent_call", "", False)
    with pytest.raises(EntryRefused, match="消去済み"):
        _save(engine, following, ESCALATIONS, CALL)


def test_what_is_about_no_inquiry_that_is_there_is_refused(engine: Engine, ring: Keyring) -> None:
    with pytest.raises(EntryRefused, match="ないか"):
        save(engine, ring, CALLBACKS, ACTOR, [Draft("Q-" + "0" * 24, {"due_on": "2023-11-21"})])
    assert entries(engine, CALLBACKS) == []


def test_whoever_saves_over_another_is_told_and_nothing_is_lost(
    engine: Engine, ring: Keyring
) -> None:
    _save(engine, ring, FAQ, QUESTION, revision=0)
    reported = {**QUESTION, "reported_on": "2023-11-21"}
    assert _save(engine, ring, FAQ, reported, revision=1) is Saved.CORRECTED
    with pytest.raises(Outdated):
        _save(engine, ring, FAQ, {**QUESTION, "confirmed_on": "2023-11-22"}, revision=1)
    (kept,) = entries(engine, FAQ)
    assert kept.values == reported


def test_at_the_same_moment_one_is_saved_and_the_others_are_told(
    engine: Engine, ring: Keyring
) -> None:
    def saving(day: int) -> str:
        try:
            return _save(engine, ring, FAQ, {**QUESTION, "reported_on": f"2023-11-{day}"}, revision=0).value  # fmt: skip
        except Outdated:
            return "told"

    with ThreadPoolExecutor(4) as pool:
        outcome = sorted(pool.map(saving, range(20, 28)))
    assert outcome == ["new", *["told"] * 7]
    (kept,) = entries(engine, FAQ)
    assert kept.revision == 1


def test_struck_out_it_counts_no_more_and_entered_again_it_does(
    engine: Engine, ring: Keyring
) -> None:
    _save(engine, ring, ESCALATIONS, CALL)
    (kept,) = entries(engine, ESCALATIONS)
    void(engine, ESCALATIONS, ACTOR, kept.entry_id)
    assert entries(engine, ESCALATIONS) == []
    with pytest.raises(EntryRefused):
        void(engine, ESCALATIONS, ACTOR, kept.entry_id)
    assert _save(engine, ring, ESCALATIONS, CALL) is Saved.CORRECTED
    (again,) = entries(engine, ESCALATIONS, ring)
    assert (again.values, again.revision) == (CALL, 3)


@pytest.mark.parametrize(
    ("register", "values", "told"),
    [
        (ESCALATIONS, {**CALL, "manner": "mail"}, "種別"),
        (ESCALATIONS, {**CALL, "told_by": "架空 花子"}, "職員番号"),
        (ESCALATIONS, {**CALL, "told_by": "0110000016"}, "職員番号"),
        (ESCALATIONS, {**CALL, "told_at": "2023-11-20T10:40:00"}, "伝えた日時"),
        (ESCALATIONS, {**CALL, "reached": ""}, "相手"),
        (ESCALATIONS, {**CALL, "instruction": "0110000016へ"}, "電話番号"),
        (ESCALATIONS, {**CALL, "instruction": "あ" * 1_001}, "1,000字"),
        (ESCALATIONS, {**CALL, "instruction": "\u202e逆"}, "表示されない"),
        (CALLBACKS, {"due_on": "2023-11-31"}, "期限"),
        (CALLBACKS, {"call_id": "0110000016"}, "通話番号"),
        (CALLBACKS, {"reason": "北1条西2丁目3番4号"}, "住所"),
        (FAQ, {**QUESTION, "version": "二"}, "版"),
        (FAQ, {**QUESTION, "title": "a@example.jp"}, "メール"),
        (FAQ, {**QUESTION, "secret": "x"}, "台帳にない欄"),
        (COMPLAINTS, {"status": "gone"}, "現状"),
        (COMPLAINTS, {"status": "closed"}, "終結日"),
        (COMPLAINTS, {"status": "city", "closed_on": "2023-11-20"}, "現状が「終結」ではありません"),
        (ESCALATIONS, CALL | {"answered_at": "2023-11-20T10:39:00+09:00"}, "市の回答日時"),
        (ESCALATIONS, CALL | {"decided_at": "2023-11-20T10:41:00+09:00"}, "判断した日時"),
        (
            CALLBACKS,
            {"done_at": "2023-11-20T10:00:00+09:00", "closed_at": "2023-11-20T09:00:00+09:00"},
            "完了日時",
        ),
    ],
)
def test_what_cannot_be_kept_says_which_field(
    engine: Engine, ring: Keyring, register: Any, values: Any, told: str
) -> None:
    with pytest.raises(EntryRefused, match=told):
        _save(engine, ring, register, values)
    assert entries(engine, register) == []


@given(st.sampled_from(sorted(REGISTERS)), st.text(max_size=40))
def test_no_field_says_what_it_held(name: str, text: str) -> None:
    register = REGISTERS[name]
    for one in register.fields:
        said = "".join(problems(register, "", {one.name: f"〓{text}〓"}))
        assert "〓" not in said


@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_what_a_sheet_says_comes_back_from_the_sheet(
    engine: Engine, ring: Keyring, name: str
) -> None:
    register = REGISTERS[name]
    values = {
        "label": "確認事項", "words": "申出のとおり。", "text": "回答。", "day": "2023-11-21", "number": "3",
        "moment": "2023-11-21T10:00:00+09:00", "staff": "sv1", "call": "1700438494.0",
    }  # fmt: skip
    shaped = {"case_id": "R6-0001", register.own: ACTOR.staff_id}
    if register.own_at:
        shaped[register.own_at] = "2023-11-20T08:30:00+09:00"  # before it is entered
    full = {
        one.name: shaped.get(one.name) or values.get(one.kind.value) or next(iter(one.choices))
        for one in register.fields
    }
    assert _save(engine, ring, register, full) is Saved.NEW
    kept = entries(engine, register, ring)
    rows = sheet.rows_out(register, kept)
    taken = sheet.take_in(engine, ring, register, ACTOR, rows)
    assert (taken.new, taken.corrected, taken.unchanged, taken.refused) == (0, 0, 1, [])
    bad = [{**rows[0], register.fields[0].title: "\u202e"}]
    (refused,) = sheet.take_in(engine, ring, register, replace(ACTOR, at=AT), bad).refused
    assert refused[sheet.REASON]


# ---- what papers ask


def test_entries_as_they_stood_and_what_moved(engine: Engine, ring: Keyring) -> None:
    day, other = date(2023, 11, 20), date(2023, 11, 21)
    assert complaint_days(engine) == told_days(engine) == {day}
    first = (digest_of_entries(engine, day, day, AT), digest_until(engine, AT))
    _save(engine, ring, ESCALATIONS, CALL)
    second = (digest_of_entries(engine, day, day, AT), digest_until(engine, AT))
    assert first[0] != second[0] and first[1] != second[1]
    later = replace(ACTOR, at=AT + timedelta(days=1))
    save(engine, ring, ESCALATIONS, later, [Draft(ABOUT, {**CALL, "reached": "例野主査"})])
    assert digest_until(engine, AT) == second[1], "what was noted later moves no earlier paper"
    assert digest_of_entries(engine, day, day, AT) != second[0]
    assert digest_of_entries(engine, other, other, AT) == first[0]
    asked = digest_of_entries(engine, day, day, AT)
    save(engine, ring, CALLBACKS, later, [Draft(ABOUT, {"due_on": "2023-11-22"})])
    assert digest_of_entries(engine, day, day, AT) == asked, (
        "a return call that came later moves nothing"
    )
    (then,) = entries(engine, ESCALATIONS, until=AT)
    (now,) = entries(engine, ESCALATIONS)
    assert (then.revision, now.revision) == (1, 2)
    assert words_of(engine, ring, "escalations", now.entry_id, 1)["reached"] == "架空係長"
    assert words_of(engine, ring, "escalations", now.entry_id, 2)["reached"] == "例野主査"
    assert summary_of(engine, ring, ABOUT, 1) == RECORD.summary
    assert summary_of(engine, ring, ABOUT, 2) == ""
