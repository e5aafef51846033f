"""The page of the record: what is stored, what is said, whose it is, and that nothing typed is lost."""

from __future__ import annotations

import html
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from compliance.errors import EntryRefused
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.inquiries.form import load_form
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from compliance.people.rights import Role
from compliance.registers.entries import Draft, save
from compliance.registers.known import FAQ
from desk.services import RecentCall, value_of
from desk.submission import by_field
from tests.compliance.conftest import address
from tests.desk.conftest import AT, CALLS, Answer, Browser, Desk
from tests.support.desk_inquiry import CALL, fields

FORM = load_form()
CHANNELS = {"telephone": "電話", "web": "フォーム"}
WORDS = "回数券の代わりが分かりにくいとのこと。𠮷野家の近く。"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, home: Home) -> Iterator[str]:
    """Address of an empty store, on each engine."""
    yield from address(request.param, home)


def hands_in(browser: Browser, **changes: Any) -> Answer:
    return browser.send(fields(**changes), browser.csrf("/inquiry"))


def kept(desk: Desk) -> list[KeptInquiry]:
    return latest(desk.engine, Keyring.open(desk.home))


def test_the_form_holds_the_codes_of_the_form_in_force_and_the_call_that_just_ended(
    desk: Desk,
) -> None:
    text = desk.entered("op1").get("/inquiry").text
    for category in FORM.categories.values():
        for code, title in category.items.items():
            assert f'value="{category.code}/{code}"' in text and html.escape(title) in text
    for known in (FORM.voices, FORM.stances, FORM.handlings, FORM.wards, FORM.age_bands):
        assert all(f'value="{code}"' in text for code in known)
    assert f'<option value="{html.escape(CALL)}" selected>' in text.replace("&#43;", "+")
    assert "11/20 09:20:00 調査の問い合わせ" in text


def test_a_record_is_stored_with_call_operator_and_session(desk: Desk) -> None:
    browser = desk.entered("op1")
    answer = hands_in(browser, flags=["complaint"], summary=WORDS, faq="F-12")
    assert answer.json["entered"] == "new" and answer.json["number"] == 1
    one = kept(desk)[0]
    assert one.inquiry.summary == WORDS and one.inquiry.operator == "op1"
    assert (one.inquiry.call_id, one.inquiry.at) == (CALLS[0].call_id, CALLS[0].at)
    assert desk.noted()[-1] == ("op1", "inquiry_entered", one.inquiry_id, "done")
    assert one.recorded_by == "op1"


def test_posted_twice_it_is_one(desk: Desk) -> None:
    browser = desk.entered("op1")
    for call in (CALL, "", f"|{AT.isoformat()}"):
        same = fields(call=call)
        csrf = browser.csrf("/inquiry")
        first = browser.send(same, csrf).json
        desk.now += timedelta(minutes=1)
        form = browser.post("/inquiry", {**same, "csrf": csrf})
        assert form.status == 200 and "登録済みです" in form.text
        again = browser.send(same, csrf).json
        assert again["entered"] == "known" and again["inquiry_id"] == first["inquiry_id"]
    assert len(kept(desk)) == 3


def test_posted_at_the_same_moment_it_is_one(desk: Desk) -> None:
    browser = desk.entered("op1")
    same, csrf = fields(summary=WORDS), browser.csrf("/inquiry")
    answers: list[Answer] = []

    def sends() -> None:
        answers.append(browser.send(same, csrf))

    threads = [threading.Thread(target=sends) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [answer.status for answer in answers] == [200] * 8
    assert len({answer.json["inquiry_id"] for answer in answers}) == 1
    assert len(kept(desk)) == 1 and kept(desk)[0].inquiry.summary == WORDS


def test_the_same_key_with_other_codes_is_a_correction(desk: Desk) -> None:
    browser, key = desk.entered("op1"), str(uuid4())
    hands_in(browser, key=key)
    changed = {"key": key, "subject": "survey/deadline", "reason": "mistyped"}
    assert hands_in(browser, **changed).json["entered"] == "corrected"
    assert [(k.inquiry.item, k.revision) for k in kept(desk)] == [("deadline", 2)]


def test_a_call_may_hold_several_and_one_second_too(desk: Desk) -> None:
    browser = desk.entered("op1")
    assert [hands_in(browser).json["number"] for _ in range(3)] == [1, 2, 3]
    assert [hands_in(browser, call="").json["number"] for _ in range(3)] == [1, 2, 3]
    assert len(kept(desk)) == 6


def test_a_key_of_somebody_else_is_refused(desk: Desk) -> None:
    key = str(uuid4())
    hands_in(desk.entered("op1"), key=key, summary=WORDS)
    answer = hands_in(desk.entered("op2"), key=key, subject="survey/deadline")
    assert answer.status == 422 and "別の人" in answer.json["problems"]["general"][0]
    assert [one.inquiry.item for one in kept(desk)] == ["how"]


@pytest.mark.parametrize(
    ("changes", "place", "told"),
    [
        ({"subject": "survey/other"}, "summary", "要旨を入力"),
        ({"handling": "callback"}, "summary", "要旨を入力"),
        ({"flags": ["complaint"]}, "summary", "要旨を入力"),
        ({"flags": ["urgent"]}, "flags", "クレームと併せて"),
        ({"handling": ""}, "handling", "対応を選んで"),
        ({"handling": "nothing"}, "handling", "様式にありません"),
        ({"subject": ""}, "subject", "様式にありません"),
        ({"voice": "<b>"}, "voice", "様式にありません"),
        ({"stance": "x"}, "stance", "様式にありません"),
        ({"ward": "x"}, "ward", "様式にありません"),
        ({"age_band": "x"}, "age_band", "様式にありません"),
        ({"faq": "' or 1=1 --"}, "faq", "FAQ番号の形"),
        ({"call": "0110000016|"}, "call", "通話番号の形"),
        ({"call": "|2023-11-20T09:30:00"}, "call", "日時"),
        ({"call": "|2023-11-01T09:30:00+09:00"}, "call", "日時"),
        ({"call": "|2023-11-21T09:30:00+09:00"}, "call", "日時"),
        ({"call": "|nonsense"}, "call", "日時"),
        ({"contact": "花子"}, "contact", "折返しのときだけ"),
        ({"summary": "電話は 011-000-0016 まで"}, "summary", "電話番号"),
        ({"summary": "あ" * 201}, "summary", "200字以内"),
        ({"summary": "右から\u202e左"}, "summary", "表示されない"),
        ({"summary": "零\u200b幅"}, "summary", "表示されない"),
        ({"summary": "\x00"}, "summary", "表示されない"),
        ({"key": "x"}, "general", "開き直して"),
        ({"key": "x" * 10_000}, "general", "開き直して"),
    ],
)
def test_what_cannot_be_stored_is_said_beside_its_field_and_stays(
    desk: Desk, changes: dict[str, Any], place: str, told: str
) -> None:
    browser = desk.entered("op1")
    answer = hands_in(browser, **changes)
    assert answer.status == 422
    assert told in " ".join(answer.json["problems"][place])
    handed = fields(**changes)
    page = browser.post("/inquiry", {**handed, "csrf": browser.csrf("/inquiry")})
    assert page.status == 422 and told in page.text
    shown = html.unescape(page.text)
    assert changes.get("summary", "") in shown and changes.get("contact", "") in shown
    assert kept(desk) == []


@pytest.mark.parametrize(
    "words",
    ["<script>alert(1)</script>", "'; drop table inquiries; --", "\"><img src=x onerror=alert(1)>",
     "{{ 7*7 }}", "𠮷野家で転んだ", "一行目\r\n二行目"],
)  # fmt: skip
def test_hostile_words_are_kept_as_typed_and_shown_as_text(desk: Desk, words: str) -> None:
    browser = desk.entered("op1")
    done = hands_in(browser, summary=words).json
    plain = words.replace("\r\n", " ")
    assert kept(desk)[0].inquiry.summary == plain
    page = browser.get(f"/inquiries/{done['inquiry_id']}").text
    assert html.escape(plain, quote=False) in page.replace("&#39;", "'").replace("&#34;", '"')
    assert "<script>alert" not in page and "<img" not in page


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"[1]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"summary": 1}', "application/json", 400),
        (b'{"summary": {"a": "b"}}', "application/json", 400),
        (b'{"summary": "\\ud800"}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"a=1&" * 200, "application/x-www-form-urlencoded", 400),
        (b"summary=%ff", "application/x-www-form-urlencoded", 400),
        (b"x", "multipart/form-data", 400),
        (b"x" * 1_000_000, "application/json", 413),
    ],
)
def test_what_is_no_form_is_refused(
    desk: Desk, body: bytes, content_type: str, status: int
) -> None:
    browser = desk.entered("op1")
    csrf = browser.csrf("/inquiry")
    answer = browser.ask("POST", "/inquiry", body, content_type=content_type, x_csrf_token=csrf)
    assert answer.status == status and kept(desk) == []


def test_a_record_of_somebody_else_is_not_there_and_asking_is_noted(desk: Desk) -> None:
    done = hands_in(desk.entered("op1"), summary=WORDS).json
    path = f"/inquiries/{done['inquiry_id']}"
    other = desk.entered("op2")
    answer = other.get(path)
    assert answer.status == 404 and WORDS not in answer.text
    assert desk.noted()[-1] == ("op2", "inquiry_read", done["inquiry_id"], "refused")
    assert other.get("/inquiries/Q-nothing").status == 404
    assert other.get("/inquiries/%3Cscript%3E").status == 404
    assert done["inquiry_id"] not in other.get("/inquiries").text
    supervisor = desk.entered("sv1")
    assert WORDS in supervisor.get(path).text
    assert done["inquiry_id"] in supervisor.get("/inquiries").text
    assert desk.noted()[-1] == ("sv1", "inquiry_read", done["inquiry_id"], "done")
    assert done["inquiry_id"] in desk.entered("op1").get("/inquiries").text


def test_whoever_writes_no_records_is_refused_and_it_is_noted(desk: Desk) -> None:
    browser = desk.entered("ad1")
    assert "/inquiry" not in browser.get("/").text
    for path in ("/inquiry", "/inquiries", "/inquiry/calls"):
        answer = browser.get(path)
        assert answer.status == 403 and "この役割" in answer.text
    assert browser.send(fields(), browser.csrf("/")).status == 403
    assert desk.noted()[-1] == ("ad1", "right_used", "write_inquiry", "refused")
    assert kept(desk) == []


def test_the_morning_is_the_managers(desk: Desk) -> None:
    assert "責任者の確認待ち" in desk.entered("sv1").get("/").text
    assert "責任者の確認待ち" not in desk.entered("op1").get("/").text


def test_news_tell_the_calls_their_records_and_what_forms_carry(desk: Desk) -> None:
    browser = desk.entered("op1")
    hands_in(browser)
    told = browser.get("/inquiry/calls", accept="application/json").json
    assert [(call["value"], call["records"]) for call in told["calls"]] == [
        (CALL, 1), (value_of(CALLS[1]), 0),
    ]  # fmt: skip
    assert told["csrf"] == browser.csrf("/inquiry")
    assert desk.entered("op2").get("/inquiry/calls").json["calls"] == []
    text = browser.get("/inquiry").text
    assert f'<option value="{html.escape(value_of(CALLS[1]))}" selected>' in text.replace(
        "&#43;", "+"
    )


def test_a_draft_of_a_call_that_is_no_longer_listed_is_still_taken(desk: Desk) -> None:
    browser = desk.entered("op1")
    desk.calls = (RecentCall("1700450000.7", AT, "調査の問い合わせ"),)
    desk.now = AT + timedelta(minutes=20)
    assert hands_in(browser).json["entered"] == "new"
    assert kept(desk)[0].inquiry.at == CALLS[0].at


def test_a_listed_call_has_its_own_time_whatever_the_page_says(desk: Desk) -> None:
    hands_in(desk.entered("op1"), call=f"{CALLS[0].call_id}|2023-11-19T09:00:00+09:00")
    assert kept(desk)[0].inquiry.at == CALLS[0].at


def test_choosing_a_faq_fills_what_it_was_used_for(desk: Desk) -> None:
    ring, actor = Keyring.open(desk.home), Actor("sv1", AT)
    for number, change in (("F-12", "new"), ("F-13", "withdrawn")):
        values = {"number": number, "version": "1", "title": f"件名<{number}>", "change": change,
                  "asked_by": "city", "made_on": "2023-11-20"}  # fmt: skip
        save(desk.engine, ring, FAQ, actor, [Draft("", values)])
    browser = desk.entered("op1")
    hands_in(browser, faq="F-12", subject="survey/resend")
    text = browser.get("/inquiry").text
    assert 'value="F-12" label="件名&lt;F-12&gt;" data-subject="survey/resend"' in text
    assert "F-13" not in text


def test_the_list_of_faqs_has_answers_their_use_and_who_stands_for_them(desk: Desk) -> None:
    ring, actor = Keyring.open(desk.home), Actor("mg1", AT)
    edition = {"title": "返送", "change": "new", "asked_by": "city", "made_on": "2023-11-20"}
    for number, version, more in (
        ("F-12", "1", {"answer": "古い回答です。", "confirmed_on": "2023-11-20"}),
        ("F-12", "2", {"answer": "新しい<b>回答</b>です。", "change": "revised"}),
        ("F-11", "1", {"confirmed_on": "2023-11-20"}),
        ("F-13", "1", {"answer": "取り下げた回答です。", "change": "withdrawn"}),
    ):
        values = {"number": number, "version": version, **edition, **more}
        save(desk.engine, ring, FAQ, actor, [Draft("", values)], confirms=True)
    browser = desk.entered("op1")
    for _ in range(2):
        hands_in(browser, faq="F-12", key=str(uuid4()))
    _, first, second = browser.get("/inquiry").text.partition("<ul>")[2].split("<li data-faq=")[:3]
    assert first.startswith('"F-12"') and "新しい&lt;b&gt;回答&lt;/b&gt;です。" in first
    assert "使用 2回" in first and "市の確認待ち" in first, "the city has not confirmed edition 2"
    assert second.startswith('"F-11"') and "使用 0回" in second and "市の確認待ち" not in second
    assert "回答は台帳に入力されていません。" in second
    for gone in ("古い回答", "取り下げた回答"):
        assert gone not in browser.get("/inquiry").text


def test_an_answer_takes_nobody_s_number(desk: Desk) -> None:
    ring, actor = Keyring.open(desk.home), Actor("sv1", AT)
    values = {"number": "F-1", "version": "1", "title": "件名", "change": "new", "asked_by": "city", "made_on": "2023-11-20"}  # fmt: skip
    for answer, told in (("090-0000-0001へ", "電話番号"), ("長" * 1_001, "1,000字以内")):
        with pytest.raises(EntryRefused, match=told):
            save(desk.engine, ring, FAQ, actor, [Draft("", {**values, "answer": answer})])


def test_every_problem_of_a_record_stands_beside_a_field_of_the_page(desk: Desk) -> None:
    """Whatever can be wrong with a record: the page shows it where it is mended, or above all."""
    from compliance.inquiries.record import CALLBACK, Flag, Inquiry, problems_by_field

    wrong = (
        Inquiry("no call", 0, AT, "", "policy", "other", faq="twelve", summary=""),
        Inquiry("", 1, AT, "op1", "none", "none", voice="x", stance="x", handling="x", ward="x", age_band="x"),
        Inquiry("", 1, AT, "op1", "policy", "other", summary="要" * 5_000, contact="札幌\u200b"),
        Inquiry("", 1, AT, "op1", "policy", "other", flags=frozenset({Flag.URGENT}), summary="0110000001"),
        Inquiry("", 1, AT, "op1", "policy", "other", handling=CALLBACK, summary="要", contact="札" * 5_000),
    )  # fmt: skip
    found = [one for record in wrong for one in problems_by_field(record, load_form())]
    placed = by_field(found)
    page = desk.entered("op1").get("/inquiry").text
    assert len({text for _, text in found}) > 15
    assert placed.pop("general") == [
        "対応者の職員番号がありません。",
        "同じ通話の中の番号は1からです。",
    ]
    for name in placed:
        assert f'name="{name}"' in page, name


def test_a_supervisor_writes_records_too(desk: Desk) -> None:
    desk.add("mg1", Role.MANAGER)
    for staff_id in ("sv1", "mg1"):
        assert hands_in(desk.entered(staff_id), call="").status == 200
    assert sorted(one.inquiry.operator for one in kept(desk)) == ["mg1", "sv1"]


def test_a_record_handed_in_does_not_read_the_whole_register(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole(*_: object) -> None:
        raise AssertionError("a post reads its own record; the register grows for years")

    browser = desk.entered("op1")
    csrf, typed = browser.csrf("/inquiry"), fields()
    monkeypatch.setattr("compliance.inquiries.register._in_order", whole)
    monkeypatch.setattr("compliance.inquiries.register.records_in_clear", whole)
    assert browser.send(typed, csrf).json["entered"] == "new"
    assert (
        browser.send({**typed, "summary": WORDS, "reason": "later"}, csrf).json["entered"]
        == "corrected"
    )


def test_the_channel_is_chosen_where_the_form_names_channels(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record of no call says by what it came; one of a call came by telephone, whatever was chosen."""
    browser = desk.entered("op1")
    assert 'name="channel"' not in browser.get("/inquiry").text
    with_channels = replace(desk.services(), form=replace(FORM, channels=CHANNELS))
    monkeypatch.setattr(desk, "services", lambda: with_channels)
    browser = Browser(desk.app(), cookies=browser.cookies)
    text = browser.get("/inquiry").text
    assert 'name="channel" value="web"' in text and "受付方法" in text
    answer = hands_in(browser, call="")
    assert answer.status == 422 and answer.json["problems"].keys() == {"channel"}
    assert hands_in(browser, call="", channel="web").status == 200
    assert hands_in(browser, channel="web").status == 200
    found = {one.inquiry.call_id: one for one in kept(desk)}
    assert {call: one.inquiry.channel for call, one in found.items()} == {
        "": "web",
        CALLS[0].call_id: "telephone",
    }
    page = browser.get(f"/inquiries/{found[''].inquiry_id}").text
    assert "<dt>受付方法</dt><dd><bdi>フォーム</bdi></dd>" in page
