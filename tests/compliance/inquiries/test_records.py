"""What callers said: codes that the form knows, words that name nobody, sealed, corrected by new revisions only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from compliance.audit.log import AuditLog, entries
from compliance.errors import EntryRefused, KeyUnavailable
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.inquiries.authorship import StruckOut
from compliance.inquiries.entering import Entered, enter, void
from compliance.inquiries.form import load_form
from compliance.inquiries.kept import inquiries, inquiry_id
from compliance.inquiries.reasons import Reason
from compliance.inquiries.record import Flag, Inquiry, problems
from compliance.inquiries.register import counts_of, latest
from compliance.keys.keyring import Keyring, settle
from compliance.registers.scan import Personal, masked, scan

FORM = load_form()
AT = datetime(2023, 11, 20, 1, 30, tzinfo=UTC)
ACTOR = Actor("op1", AT)
WORDS = "バスの回数券の代わりが分かりにくいとのこと。"


def record(**facts: Any) -> Inquiry:
    known: dict[str, Any] = {
        "call_id": "1700438494.0",
        "number": 1,
        "at": AT,
        "operator": "op1",
        "category": "policy",
        "item": "limit",
        "voice": "question",
        "handling": "guided",
    }
    return Inquiry(**{**known, **facts})


# ---- the record


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"item": "nothing"}, "様式にありません"),
        ({"category": "nothing"}, "様式にありません"),
        ({"voice": "nothing"}, "市民の声種別"),
        ({"stance": "nothing"}, "態度"),
        ({"handling": "nothing"}, "対応が様式"),
        ({"handling": ""}, "対応を選んで"),
        ({"operator": ""}, "職員番号"),
        ({"call_id": "a b"}, "通話番号"),
        ({"call_id": "0110000016"}, "通話番号"),
        ({"call_id": "011.0000016"}, "通話番号"),
        ({"call_id": "011-000.0016"}, "通話番号"),
        ({"operator": "0110000016"}, "職員番号"),
        ({"faq": "架空 花子"}, "FAQ番号"),
        ({"faq": "0110000016"}, "FAQ番号"),
        ({"ward": "架空 花子"}, "区が様式"),
        ({"age_band": "0110000016"}, "年代が様式"),
        ({"number": 0}, "1から"),
        ({"flags": frozenset({Flag.URGENT})}, "クレームと併せて"),
        ({"flags": frozenset({Flag.COMPLAINT})}, "要旨を入力"),
        ({"handling": "callback"}, "要旨を入力"),
        ({"item": "other"}, "要旨を入力"),
        ({"summary": "あ" * 201}, "200字以内"),
        ({"summary": "0" * 1_000_000}, "200字以内"),
        ({"summary": "090-1234-5678へ"}, "電話番号"),
        ({"contact": "架空 花子"}, "折返しのときだけ"),
        ({"summary": "表\u202e示"}, "表示されない文字"),
        ({"summary": "改\n行"}, "表示されない文字"),
    ],
)
def test_what_cannot_be_entered_says_why(facts: dict[str, Any], told: str) -> None:
    assert any(told in one for one in problems(record(**facts), FORM))


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"summary": "あ" * 200},
        {"category": "none", "item": "silent", "handling": ""},
        {"handling": "callback", "summary": WORDS, "contact": "架空 花子 自宅"},
        {"flags": frozenset({Flag.COMPLAINT, Flag.URGENT}), "summary": WORDS},
        {"call_id": ""},
    ],
)
def test_what_can_be_entered(facts: dict[str, Any]) -> None:
    assert not list(problems(record(**facts), FORM))


# ---- free texts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("電話は０９０−１２３４−５６７８です", Personal.TELEPHONE),
        ("(011) 211-0000 まで", Personal.TELEPHONE),
        ("〇一一二一一〇〇〇〇", Personal.TELEPHONE),
        ("+81 90 1234 5678", Personal.TELEPHONE),
        ("昭和12年3月4日生まれ", Personal.BIRTH),
        ("1937/03/04", Personal.BIRTH),
        ("昭和十二年三月四日", Personal.BIRTH),
        ("北1条西2丁目3番4号", Personal.ADDRESS),
        ("中央区1-2-3", Personal.ADDRESS),
        ("〒060-8611", Personal.ADDRESS),
        ("hanako@example.jp まで", Personal.MAIL),
    ],
)
def test_what_reaches_somebody_is_found_and_masked(text: str, kind: Personal) -> None:
    found = scan(text)
    assert {one.kind for one in found} == {kind}
    hidden = masked(text)
    assert len(hidden) == len(text)
    assert not scan(hidden)


@pytest.mark.parametrize(
    "text",
    [
        WORDS,
        "上限は年間20000円から40000円へ、と聞いた。",
        "65歳と70歳で違うのか。",
        "令和6年4月から始まるのか。",
        "1日8000歩は厳しい。",
        "3月31日までに返送する。",
        "回答番号 3-2 の意味を知りたい。",
    ],
)
def test_ordinary_words_pass(text: str) -> None:
    assert not scan(text)


@given(st.text(max_size=60))
def test_masking_keeps_every_other_character(text: str) -> None:
    hidden = masked(text)
    spans = {at for one in scan(text) for at in range(one.start, one.end)}
    assert len(hidden) == len(text)
    assert all(hidden[at] == text[at] for at in range(len(text)) if at not in spans)


# ---- the store


def put(engine: Engine, home: Home, *records: Inquiry, by: str = "op1") -> list[Entered]:
    return enter(engine, Keyring.open(home), FORM, Actor(by, AT), records, oversees=by == "sv1")


def test_twice_is_once_and_what_differs_is_a_correction(engine: Engine, home: Home) -> None:
    first, second = record(summary=WORDS), record(number=2, category="survey", item="how")
    assert put(engine, home, first, second) == [Entered.NEW, Entered.NEW]
    assert put(engine, home, first, second) == [Entered.KNOWN, Entered.KNOWN]
    changed = replace(first, stance="against")
    assert put(engine, home, changed, by="sv1") == [Entered.CORRECTED]
    kept = latest(engine, Keyring.open(home))
    assert {k.inquiry for k in kept} == {changed, second}
    assert {(k.revision, k.recorded_by) for k in kept} == {(2, "sv1"), (1, "op1")}
    with engine.connect() as connection:
        assert len(connection.execute(select(inquiries)).fetchall()) == 3
    log = AuditLog(home)
    log.drain(engine)
    told = [e["action"] for e in entries(log.folder)]
    assert told == ["inquiry_entered", "inquiry_entered", "inquiry_corrected"]


def test_one_bad_record_enters_none(engine: Engine, home: Home) -> None:
    with pytest.raises(EntryRefused, match="様式"):
        put(engine, home, record(), record(number=2, item="nothing"))
    assert not latest(engine)


def test_a_record_that_was_struck_out_counts_no_more(engine: Engine, home: Home) -> None:
    put(engine, home, record())
    one = inquiry_id(record())
    void(engine, FORM, ACTOR, one, Reason.TWICE)
    with pytest.raises(EntryRefused):
        void(engine, FORM, ACTOR, one, Reason.TWICE)
    assert not latest(engine)
    with pytest.raises(StruckOut):
        put(engine, home, record())
    assert not latest(engine)


def test_words_and_contacts_are_nowhere_in_clear_and_die_with_their_key(
    engine: Engine, home: Home
) -> None:
    told = record(handling="callback", summary=WORDS, contact="架空 花子 自宅へ")
    put(engine, home, told)
    AuditLog(home).drain(engine)
    everything = b"".join(p.read_bytes() for p in home.root.rglob("*") if p.is_file())
    for text in (WORDS, "架空 花子"):
        assert text.encode() not in everything
    (kept,) = latest(engine, Keyring.open(home))
    assert (kept.inquiry.summary, kept.inquiry.contact) == (WORDS, "架空 花子 自宅へ")
    (bare,) = latest(engine)
    assert (bare.inquiry.summary, bare.has_summary, bare.has_contact) == ("", True, True)
    Keyring.open(home).next_epoch(home, {f"inquiry:{kept.inquiry_id}"})
    settle(home)
    (gone,) = latest(engine, Keyring.open(home))
    assert (gone.inquiry.summary, gone.has_summary) == ("", True)
    assert gone.inquiry.category == "policy", "what was counted stays counted"
    assert put(engine, home, told) == [Entered.ERASED], "an old sheet does not bring them back"
    assert not Keyring.open(home).holds_any((f"inquiry:{kept.inquiry_id}",))
    (same,) = latest(engine, Keyring.open(home))
    assert (same.inquiry, same.revision) == (gone.inquiry, gone.revision)


def test_a_text_opens_only_where_it_was_entered(engine: Engine, home: Home) -> None:
    put(engine, home, record(summary=WORDS), record(number=2, summary="別の要旨です。"))
    with engine.begin() as connection:
        rows = connection.execute(select(inquiries)).fetchall()
        connection.execute(
            inquiries.update()
            .where(inquiries.c.inquiry_id == rows[0].inquiry_id)
            .values(sealed_summary=rows[1].sealed_summary)
        )
    with pytest.raises(KeyUnavailable, match="does not open") as refused:
        latest(engine, Keyring.open(home))
    assert WORDS not in str(refused.value)


def test_a_record_without_a_call_is_known_by_its_time_and_operator() -> None:
    free = record(call_id="")
    assert inquiry_id(free) != inquiry_id(replace(free, operator="op2"))
    called = record()
    assert inquiry_id(called) == inquiry_id(replace(called, operator="op2"))
    assert inquiry_id(called) != inquiry_id(replace(called, number=2))


def test_a_call_s_records_are_counted_once_whatever_was_corrected_or_struck_out(
    engine: Engine, home: Home
) -> None:
    ring = Keyring.open(home)
    kept = [record(), record(number=2), record(number=3), record(call_id="1700438495.0")]
    enter(engine, ring, FORM, ACTOR, kept)
    enter(engine, ring, FORM, ACTOR, [replace(kept[0], voice="opinion")])
    void(engine, FORM, ACTOR, inquiry_id(kept[1]), Reason.TWICE)
    assert counts_of(engine, ["1700438494.0", "1700438499.9"]) == {"1700438494.0": 2}
    assert counts_of(engine, ()) == {}


def test_a_code_that_the_form_has_no_more_is_shown_whole() -> None:
    category = next(iter(FORM.categories))
    item = next(iter(FORM.categories[category].items))
    assert FORM.title_of_code(f"{category}/{item}") == FORM.title_of(category, item)
    for gone in (f"{category}/gone", f"gone/{item}"):
        assert FORM.title_of_code(gone) == gone
