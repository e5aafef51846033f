"""Registers at the desk: who sees which, what a form keeps, what is refused with nothing lost, and who read what is sealed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.inquiries.record import Flag
from compliance.keys.keyring import Keyring
from compliance.people.rights import Role, roles_with
from compliance.registers.description import FieldKind, Register
from compliance.registers.entries import Draft, entries, save, void
from compliance.registers.handling import AREAS, HANDLING, TAKEOUTS
from compliance.registers.known import CALLBACKS, COMPLAINTS, ESCALATIONS, FAQ, OUTBOUND, REGISTERS
from compliance.registers.sheet import read_cell
from desk.middleware import STRICT
from tests.compliance.conftest import address
from tests.desk.conftest import AT, Answer, Browser, Desk
from tests.support.desk_records import STAFF, keeps, kept, record

NEAR = "市役所の係（架空）へ電話"
AREA = {"name": "応対室", "place": "架空ビル3階", "kind": "work", "starts_on": "2023-11-13"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, home: Home) -> Iterator[str]:
    """Address of an empty store, on each engine."""
    yield from address(request.param, home)


@pytest.fixture
def staffed(desk: Desk) -> Desk:
    for staff_id in STAFF.keys() - {"op1", "sv1", "ad1"}:
        desk.add(staff_id, STAFF[staff_id])
    return desk


def standing(text: str) -> dict[str, str]:
    """What stands in a form, by name, as a browser would send it."""
    form = re.search(r'<form class="entry".*?</form>', text, re.DOTALL)
    assert form
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form.group()):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        found[told["name"]] = html.unescape(told["value"])
    for name, inside in re.findall(
        r'<select[^>]*name="(\w+)".*?>(<option.*?)</select>', form.group(), re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = html.unescape(chosen.group(1)) if chosen else ""
    for name, inside in re.findall(
        r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form.group(), re.DOTALL
    ):
        found[name] = html.unescape(inside)
    return found  # fmt: skip


def hands_in(browser: Browser, path: str, **changes: str) -> Answer:
    page = browser.get(path)
    assert page.status == 200, path
    return browser.post(path.partition("?")[0], {**standing(page.text), **changes})


def test_each_role_sees_the_registers_that_it_may_write(staffed: Desk) -> None:
    for staff_id, role in STAFF.items():
        browser = staffed.entered(staff_id)
        theirs = {r.name for r in REGISTERS.values() if role in roles_with(r.write)}
        listed = browser.get("/registers")
        assert set(re.findall(r'"/registers/(\w+)"', listed.text)) == theirs, staff_id
        assert listed.status == (200 if theirs else 403)
        assert ('href="/registers"' in browser.get("/").text) is bool(theirs)
        for register in REGISTERS.values():
            may = register.name in theirs
            for path in (f"/registers/{register.name}", f"/registers/{register.name}/new"):
                answer = browser.get(path)
                assert answer.status == (200 if may else 403), (staff_id, path)
                assert all(answer.header(name) == value for name, value in STRICT.items())
                assert "<style" not in answer.text and "<script>" not in answer.text
                if not may:
                    assert staffed.noted()[-1][1::2] == ("right_used", "refused")
            if not may:
                csrf = browser.csrf("/password")
                path = f"/registers/{register.name}/new"
                assert browser.post(path, {"csrf": csrf}).status == 403
        for path, right in (("/callbacks", "op1 sv1 mg1"), ("/escalations", "sv1 mg1")):
            assert browser.get(path).status == (200 if staff_id in right.split() else 403)
    for name in REGISTERS:
        assert kept(staffed, REGISTERS[name]) == []


def test_a_register_says_the_clause_that_it_rests_on_in_the_words_of_the_contract(
    staffed: Desk,
) -> None:
    browser = staffed.entered("mg1")
    for path in ("/registers", "/registers/areas", "/registers/areas/new"):
        assert "仕様書（areas）" in browser.get(path).text, path


def test_no_page_without_a_session_and_none_that_is_not_there(staffed: Desk) -> None:
    stranger, browser = staffed.browser(), staffed.entered("mg1")
    for path in ("/registers", "/registers/areas", "/registers/areas/new", "/registers/areas/A-1",
                 "/callbacks", "/escalations"):  # fmt: skip
        assert stranger.get(path).header("location") == "/login"
        assert stranger.get(path, accept="application/json").status == 401
    csrf = browser.csrf("/password")
    for path in ("/registers/none", "/registers/none/new", "/registers/areas/A-1", "/registers/..",
                 "/registers/areas/%2e%2e", f"/registers/areas/{'x' * 5000}", "/registers/areas/A-1/x"):  # fmt: skip
        assert browser.get(path).status == 404, path
        assert browser.post(path, {"csrf": csrf}).status in (404, 405), path
    staffed.now += timedelta(minutes=31)
    assert browser.get("/registers/areas/new").header("location") == "/login"
    gone = browser.post("/registers/areas/new", {"csrf": csrf, **AREA})
    assert gone.status in (401, 403) and kept(staffed, AREAS) == []


def example(register: Register, field: Any) -> str:
    """A value that the field takes, as a browser sends it."""
    if field.name == "case_id":
        return "R6-0001"
    return {
        FieldKind.CHOICE: next(iter(field.choices), ""),
        FieldKind.DAY: "2023-11-21",
        FieldKind.MOMENT: "2023-11-20T09:10:11",
        FieldKind.NUMBER: "3",
        FieldKind.STAFF: "sv1",
        FieldKind.CALL: "1700438494.0",
        FieldKind.LABEL: f"{field.title}の例",
        FieldKind.TEXT: f"{field.title}の文",
        FieldKind.WORDS: f"{field.title}の言葉",
    }[FieldKind(field.kind)]


@pytest.mark.parametrize("name", REGISTERS)
def test_every_register_takes_every_field_of_its_description(staffed: Desk, name: str) -> None:
    register = REGISTERS[name]
    browser = staffed.entered("mg1")
    about = record(staffed) if register.is_about_inquiry else ""
    given = {field.name: example(register, field) for field in register.fields}
    path = f"/registers/{name}/new" + (f"?about={about}" if about else "")
    text = browser.get(path).text
    assert all(f'for="field-{f.name}"' in text and f.title in text for f in register.fields)
    answer = hands_in(browser, path, **given)
    assert answer.header("location") == f"/registers/{name}?said=new"
    (entry,) = kept(staffed, register)
    assert entry.about == about and entry.recorded_by == "mg1"
    assert dict(entry.values) == {
        f.name: read_cell(f, given[f.name].replace("T", " ") if f.kind is FieldKind.MOMENT else given[f.name])
        for f in register.fields
    }  # fmt: skip
    assert staffed.noted()[-1] == ("mg1", "entry_saved", f"{name}/{entry.entry_id}", "done")
    assert "登録しました" in browser.get(answer.header("location")).text
    there = f"/registers/{name}/{entry.entry_id}"
    assert hands_in(browser, there).header("location") == f"/registers/{name}?said=known"
    assert kept(staffed, register)[0].revision == 1, "handed in as it was shown nothing changes"


def test_a_correction_is_a_new_version_and_blank_is_blank(staffed: Desk) -> None:
    entry = keeps(staffed, AREAS, **AREA, guard="電子錠", entrants="従事者")
    staffed.now += timedelta(minutes=5)
    browser = staffed.entered("pm1")
    path = f"/registers/areas/{entry.entry_id}"
    answer = hands_in(browser, path, guard="", reported_on="2023-11-20")
    assert answer.header("location") == "/registers/areas?said=corrected"
    (now,) = kept(staffed, AREAS)
    assert (now.revision, now.recorded_by, now.get("guard"), now.get("entrants")) == (
        2,
        "pm1",
        "",
        "従事者",
    )
    assert now.get("reported_on") == "2023-11-20"
    (before,) = entries(staffed.engine, AREAS, until=AT)
    assert (before.revision, before.get("guard")) == (1, "電子錠")


def test_what_makes_an_entry_the_one_it_is_stays(staffed: Desk) -> None:
    entry = keeps(staffed, AREAS, **AREA)
    browser = staffed.entered("mg1")
    path = f"/registers/areas/{entry.entry_id}"
    assert "name" not in standing(browser.get(path).text)
    assert hands_in(browser, path, name="別の室", starts_on="2024-01-01", guard="錠").status == 303
    (now,) = kept(staffed, AREAS)
    assert (now.entry_id, now.get("name"), now.get("guard")) == (entry.entry_id, "応対室", "錠")


def test_what_is_refused_says_why_beside_the_field_and_loses_nothing(staffed: Desk) -> None:
    browser = staffed.entered("mg1")
    typed = {"name": '"><b>応対室', "place": "電話 011-000-0000", "kind": "none<i>", "starts_on": "２０日",
             "entrants": "だれか" * 60, "guard": "錠\u200b"}  # fmt: skip
    answer = hands_in(browser, "/registers/areas/new", **typed)
    assert answer.status == 422 and kept(staffed, AREAS) == []
    for field, word in (("place", "電話番号"), ("kind", "選択肢"), ("starts_on", "の形"), ("entrants", "100字"),
                        ("guard", "表示されない")):  # fmt: skip
        said = re.search(rf'id="wrong-{field}" role="alert">([^<]*)<', answer.text)
        assert said and word in said.group(1), field
        assert f'aria-describedby="wrong-{field}"' in answer.text
    back = standing(answer.text)
    assert {name: back[name] for name in typed} == typed
    assert "<b>" not in answer.text and "<i>" not in answer.text
    blank = hands_in(browser, "/registers/areas/new", place="架空ビル")
    assert (
        blank.text.count("を入力してください") == 3 and standing(blank.text)["place"] == "架空ビル"
    )


def test_words_are_kept_on_refusal_and_are_one_line_once_saved(staffed: Desk) -> None:
    about = record(staffed)
    browser = staffed.entered("sv1")
    path = f"/registers/escalations/new?about={about}"
    words = "\n一行目</textarea><script>x</script>\r\n二行目"
    answer = hands_in(browser, path, reached=words, manner="")
    assert answer.status == 422 and "<script>x" not in answer.text
    told = standing(answer.text)["reached"]
    assert told.removeprefix("\n").replace("\r\n", "\n") == words.replace("\r\n", "\n")
    assert hands_in(browser, path, reached=words, manner="report").status == 303
    assert (
        kept(staffed, ESCALATIONS)[0].get("reached") == "一行目</textarea><script>x</script> 二行目"
    )


def test_words_are_opened_on_the_page_of_the_entry_and_the_log_says_by_whom(staffed: Desk) -> None:
    about = record(staffed)
    entry = keeps(staffed, COMPLAINTS, about, demand=NEAR, status="city")
    browser = staffed.entered("sv1")
    for path in ("/registers/complaints", "/registers", "/escalations"):
        assert NEAR not in browser.get(path).text
    assert "暗号化した文あり" in browser.get("/registers/complaints").text
    assert ("sv1", "entry_read", f"complaints/{entry.entry_id}", "done") not in staffed.noted()
    path = f"/registers/complaints/{entry.entry_id}"
    assert NEAR in browser.get(path).text
    assert staffed.noted()[-1] == ("sv1", "entry_read", f"complaints/{entry.entry_id}", "done")
    for staff_id in ("op1", "pm1", "ad1", "ci1"):
        other = staffed.entered(staff_id)
        answer = other.get(path)
        assert answer.status == 403 and NEAR not in answer.text
    other = staffed.entered("mg1")
    assert hands_in(other, path, opinion="経過を見守る").status == 303
    assert kept(staffed, COMPLAINTS)[0].get("demand") == NEAR


def test_an_operator_has_the_return_calls_of_the_own_records_only(staffed: Desk) -> None:
    mine, others = record(staffed), record(staffed, "op2")
    keeps(staffed, CALLBACKS, mine, due_on="2023-11-21")
    theirs = keeps(staffed, CALLBACKS, others, due_on="2023-11-22")
    browser = staffed.entered("op1")
    for path in ("/registers/callbacks", "/callbacks"):
        text = browser.get(path).text
        assert mine in text and others not in text
    path = f"/registers/callbacks/{theirs.entry_id}"
    csrf = browser.csrf("/password")
    assert browser.get(path).status == 404
    assert staffed.noted()[-1] == ("op1", "entry_read", f"callbacks/{theirs.entry_id}", "refused")
    assert browser.post(path, {"csrf": csrf, "revision": "1", "result": "reached"}).status == 404
    assert browser.get(f"/registers/callbacks/new?about={others}").status == 404
    typed = {"csrf": csrf, "revision": "0", "about": others, "result": "reached"}
    refused = browser.post("/registers/callbacks/new", typed)
    assert refused.status == 422 and standing(refused.text)["result"] == "reached"
    for about in ("Q-" + "0" * 24, "", "x" * 500, "Q-<b>"):
        answer = browser.post("/registers/callbacks/new", {**typed, "about": about})
        assert answer.status == 422 and "<b>" not in answer.text
    assert [one.revision for one in kept(staffed)] == [1, 1]
    assert staffed.entered("sv1").get(path).status == 200


def test_a_return_call_is_closed_from_its_list_with_one_choice(staffed: Desk) -> None:
    about = record(staffed)
    browser = staffed.entered("op1")
    link = re.search(
        r'href="(/registers/callbacks/[^"]*end=1[^"]*)"', browser.get("/callbacks").text
    )
    assert link
    path = html.unescape(link.group(1))
    form = standing(browser.get(path).text)
    assert (form["about"], form["done_by"]) == (about, "op1")
    assert form["done_at"] == form["closed_at"] == "2023-11-20T09:30:00"
    assert re.search(r'<select id="field-result" name="result" autofocus', browser.get(path).text)
    assert hands_in(browser, path, result="reached").header("location") == "/callbacks?said=new"
    (entry,) = kept(staffed)
    assert entry.get("result") == "reached" and entry.moment("closed_at") == AT
    after = browser.get("/callbacks?said=new").text
    assert about not in after and "登録しました" in after
    again = browser.get(f"/registers/callbacks/new?about={about}&end=1&back=/callbacks")
    assert again.header("location") == f"/registers/callbacks/{entry.entry_id}?end=1&back=/callbacks"  # fmt: skip


def test_return_calls_stand_in_the_order_of_their_days(staffed: Desk) -> None:
    late, today, later = record(staffed), record(staffed), record(staffed, "op2")
    keeps(staffed, CALLBACKS, late, due_on="2023-11-19")
    keeps(staffed, CALLBACKS, today, due_on="2023-11-20")
    text = staffed.entered("sv1").get("/callbacks").text
    assert "折返し　3件（期限超過 1件）" in text and "2023-11-21" in text
    assert text.index(late) < text.index(today) < text.index(later)


def test_an_operators_return_call_on_what_the_city_was_told_asks_for_a_reason(
    staffed: Desk,
) -> None:
    about = record(staffed)
    keeps(staffed, ESCALATIONS, about, told_at="2023-11-20T09:20:00+09:00", manner="report", told_by="sv1", reached="係")  # fmt: skip
    path = f"/registers/callbacks/new?about={about}&end=1"
    assert "理由を書いてください" in staffed.entered("op1").get(path).text
    assert "理由を書いてください" not in staffed.entered("sv1").get(path).text


def test_an_urgent_complaint_is_told_to_the_city_from_its_list(staffed: Desk) -> None:
    flags = frozenset({Flag.URGENT, Flag.COMPLAINT})
    about = record(staffed, flags=flags, voice="complaint", handling="supervisor", contact="")
    told = record(staffed, handling="city", contact="")
    browser = staffed.entered("sv1")
    text = browser.get("/escalations").text
    assert "緊急の電話の記録なし　1件" in text and "市への報告の記録なし　1件" in text
    path = f"/registers/escalations/new?about={about}&manner=urgent_call&back=/escalations"
    assert html.escape(path) in text and told in text
    form = standing(browser.get(path).text)
    assert (form["manner"], form["told_by"], form["told_at"]) == ("urgent_call", "sv1", "2023-11-20T09:30:00")  # fmt: skip
    done = hands_in(browser, path, reached=NEAR)
    assert done.header("location") == "/escalations?said=new"
    after = browser.get("/escalations").text
    assert "緊急の電話の記録なし　0件" in after and "市の回答待ち　1件" in after
    entry = kept(staffed, ESCALATIONS)[0]
    answered = f"/registers/escalations/{entry.entry_id}?end=1&back=/escalations"
    assert html.escape(answered) in after
    assert hands_in(browser, answered, instruction="回答待ち").status == 303
    assert "市の回答待ち　0件" in browser.get("/escalations").text


def test_what_waits_stands_first(staffed: Desk) -> None:
    done = {"kind": "takeout", "quantity": "1", "by": "mg1", "due_on": "2023-11-20"}
    waits = keeps(staffed, TAKEOUTS, item="古い待ち", from_on="2023-11-13", **done)
    keeps(staffed, TAKEOUTS, item="返した物", from_on="2023-11-14", back_on="2023-11-15", **done)
    browser = staffed.entered("mg1")
    text = browser.get("/registers/takeouts").text
    assert text.index("古い待ち") < text.index("返した物") and "返却待ち 1件" in text
    row = re.search(
        r"貸与品・持出し</a></td><td>([^<]*)</td><td>([^<]*)<", browser.get("/registers").text
    )
    assert row and row.groups() == ("返却待ち　1件", "2件")
    ended = browser.get(f"/registers/takeouts/{waits.entry_id}?end=1").text
    assert standing(ended)["back_on"] == "2023-11-20"


def test_two_at_once_and_the_second_keeps_what_was_typed(staffed: Desk) -> None:
    entry = keeps(staffed, AREAS, **AREA)
    one, other = staffed.entered("mg1"), staffed.entered("pm1")
    path = f"/registers/areas/{entry.entry_id}"
    seen = standing(other.get(path).text)
    assert hands_in(one, path, guard="電子錠").status == 303
    answer = other.post(path, {**seen, "guard": "監視カメラ"})
    assert answer.status == 409 and standing(answer.text)["guard"] == "監視カメラ"
    assert f'href="{path}" target="_blank"' in answer.text
    assert kept(staffed, AREAS)[0].get("guard") == "電子錠"
    for odd in ("", "x", "-1", "９", "9" * 40):
        assert other.post(path, {**seen, "guard": "x", "revision": odd}).status == 409
    twice = hands_in(one, "/registers/areas/new", **AREA, authentication="暗証番号")
    assert twice.status == 409 and "先に保存" in twice.text


def test_what_was_struck_out_may_be_entered_again(staffed: Desk) -> None:
    entry = keeps(staffed, AREAS, **AREA)
    void(staffed.engine, AREAS, Actor("mg1", AT), entry.entry_id)
    browser = staffed.entered("mg1")
    assert browser.get(f"/registers/areas/{entry.entry_id}").status == 404
    assert hands_in(browser, "/registers/areas/new", **AREA).status == 303
    assert kept(staffed, AREAS)[0].revision == 3


def test_nothing_is_entered_without_the_token_or_from_elsewhere(staffed: Desk) -> None:
    browser = staffed.entered("mg1")
    path = "/registers/areas/new"
    assert browser.post(path, AREA).status == 403
    assert browser.post(path, {**AREA, "csrf": "0" * 64}).status == 403
    good = {**AREA, "csrf": browser.csrf(path), "revision": "0"}
    assert browser.post(path, good, origin="http://evil.test").status == 403
    assert browser.post(path, {**good, "name": "x" * 70_000}).status == 413
    assert browser.ask("POST", path, b"\xff", content_type="text/plain", x_csrf_token=good["csrf"]).status == 400  # fmt: skip
    assert kept(staffed, AREAS) == []
    assert browser.post(path, {**good, "none": "x", "csrf": good["csrf"]}).status == 303


def test_where_a_form_leads_back_is_a_page_of_the_desk(staffed: Desk) -> None:
    browser = staffed.entered("mg1")
    for back in ("//evil.test", "https://evil.test/", "/dagster", "/callbacks/../x"):
        form = browser.get(f"/registers/areas/new?back={back}").text
        assert "evil" not in form and 'name="back"' not in form
        typed = {**standing(form), **AREA, "name": f"室{len(kept(staffed, AREAS))}", "back": back}
        assert browser.post("/registers/areas/new", typed).header("location") == "/registers/areas?said=new"  # fmt: skip
    assert "<b>" not in browser.get("/registers/areas?said=<b>x").text


def test_a_long_register_is_read_page_by_page(staffed: Desk) -> None:
    given = {
        "version": "1",
        "change": "new",
        "asked_by": "city",
        "made_on": "2023-11-20",
        "title": "件名",
    }
    drafts = [Draft("", {**given, "number": f"F-{n}"}) for n in range(205)]
    save(staffed.engine, Keyring.open(staffed.home), FAQ, Actor("mg1", AT), drafts)
    browser = staffed.entered("sv1")
    pages = [browser.get(f"/registers/faq?page={n}").text for n in (1, 2, 3, 4)]
    found = [re.findall(r'"/registers/faq/(F-[0-9a-f]{16})"', text) for text in pages]
    assert [len(one) for one in found] == [100, 100, 5, 0]
    assert len({id_ for one in found for id_ in one}) == 205
    assert "次の100件" in pages[0] and "次の100件" not in pages[2] and "前の100件" in pages[2]
    for odd in ("0", "-3", "x", "9" * 20):
        assert browser.get(f"/registers/faq?page={odd}").text.count("/registers/faq/F-") >= 100


def test_words_whose_key_is_gone_are_said_to_be_and_nothing_is_entered(
    staffed: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = record(staffed)
    entry = keeps(staffed, COMPLAINTS, about, demand=NEAR, status="city")
    monkeypatch.setattr(Keyring, "holds_any", lambda self, ids: False)
    browser = staffed.entered("sv1")
    path = f"/registers/complaints/{entry.entry_id}"
    text = browser.get(path).text
    assert "消去済み" in text and NEAR not in text
    answer = hands_in(browser, path, opinion="経過")
    assert answer.status == 422 and "消去済み" in answer.text
    monkeypatch.undo()
    assert kept(staffed, COMPLAINTS)[0].revision == 1


def test_the_officer_keeps_what_the_contractor_handles() -> None:
    assert all(Role.OFFICER in roles_with(register.write) for register in HANDLING)
    for register in REGISTERS.values():
        ending = register.ending
        if ending is None:
            continue
        known = {one.name for one in register.fields}
        assert {ending.field, *filter(None, (ending.begins,)), *ending.fills} <= known
        assert not ending.code or ending.code in register.field(ending.field).choices
        filled = {register.field(name).kind for name in ending.fills}
        assert filled <= {FieldKind.MOMENT, FieldKind.DAY, FieldKind.STAFF}


def test_the_contact_is_shown_until_the_return_call_is_closed(staffed: Desk) -> None:
    about, contact = record(staffed), "表示 太郎 様"
    path = f"/inquiries/{about}"
    mine, others, supervisor = (staffed.entered(one) for one in ("op1", "op2", "sv1"))
    assert contact in mine.get(path).text and contact in supervisor.get(path).text
    assert staffed.noted()[-1] == ("sv1", "inquiry_read", about, "done")
    refused = others.get(path)
    assert refused.status == 404 and contact not in refused.text
    for listed in ("/inquiries", "/callbacks", "/registers/callbacks"):
        assert contact not in supervisor.get(listed).text
    keeps(staffed, CALLBACKS, about, result="absent", done_at="2023-11-20T09:40:00+09:00")
    assert contact in mine.get(path).text, "nobody was reached: it goes on"
    keeps(staffed, CALLBACKS, about, result="reached", closed_at="2023-11-20T09:50:00+09:00")
    text = mine.get(path).text
    assert contact not in text and "閉じています" in text


ATTEMPT = {"campaign": "tax", "case_id": "K-1", "at": "2023-11-20T09:10:11", "by": "op1", "result": "promised"}  # fmt: skip


def test_an_attempt_is_written_corrected_and_struck_by_whoever_made_it_alone(staffed: Desk) -> None:
    one, other, overseer = (staffed.entered(who) for who in ("op1", "op2", "sv1"))
    in_ones_name = hands_in(other, "/registers/outbound/new", **ATTEMPT)
    assert in_ones_name.status == 422 and "自分の職員番号" in in_ones_name.text
    assert hands_in(one, "/registers/outbound/new", **ATTEMPT).status == 303
    entry = entries(staffed.engine, OUTBOUND)[0]
    path = f"/registers/outbound/{entry.entry_id}"
    for changes in ({"result": "refused"}, {"result": "refused", "by": "op2"}):
        assert hands_in(other, path, **changes).status == 422
    struck = other.post(f"{path}/void", {"csrf": other.csrf("/password")})
    assert struck.status == 422 and "自分が今日記入したものだけ" in struck.text
    assert entries(staffed.engine, OUTBOUND) == [entry]
    assert hands_in(one, path, result="absent").status == 303
    staffed.now += timedelta(days=1)
    assert hands_in(staffed.entered("op1"), path, result="promised").status == 422
    other_day = hands_in(staffed.entered("op1"), "/registers/outbound/new", **{**ATTEMPT, "case_id": "K-2"})  # fmt: skip
    assert other_day.status == 422 and "今日" in other_day.text and "K-2" in other_day.text
    overseer = staffed.entered("sv1")
    assert hands_in(overseer, "/registers/outbound/new", **{**ATTEMPT, "case_id": "K-2"}).status == 303  # fmt: skip
    assert hands_in(overseer, path, result="promised").status == 303
    assert overseer.post(f"{path}/void", {"csrf": overseer.csrf("/password")}).status == 303


@pytest.mark.parametrize(
    "text", ["0312345678", "312345678", "1131234567", "31-234-56789", "山田花子", "K 1", "３１２"]
)
def test_a_case_s_number_is_no_telephone_s_and_no_name(staffed: Desk, text: str) -> None:
    answer = hands_in(staffed.entered("op1"), "/registers/outbound/new", **{**ATTEMPT, "case_id": text})  # fmt: skip
    assert answer.status == 422 and entries(staffed.engine, OUTBOUND) == []


def test_an_edition_begins_confirmed_by_the_manager_alone(staffed: Desk) -> None:
    given = {field.name: example(FAQ, field) for field in FAQ.fields}
    refused = hands_in(staffed.entered("sv1"), "/registers/faq/new", **given)
    assert refused.status == 422 and "責任者" in refused.text and given["title"] in refused.text
    assert entries(staffed.engine, FAQ) == []
    assert hands_in(staffed.entered("mg1"), "/registers/faq/new", **given).status == 303


def test_what_the_city_confirmed_of_a_faq_is_rewritten_by_nobody(staffed: Desk) -> None:
    browser = staffed.entered("sv1")
    given = {field.name: example(FAQ, field) for field in FAQ.fields}
    told = {**given, "answer": "市の確認した答え", "confirmed_on": ""}
    assert hands_in(browser, "/registers/faq/new", **told).status == 303
    path = f"/registers/faq/{entries(staffed.engine, FAQ)[0].entry_id}"
    assert hands_in(browser, path, answer="直した答え").status == 303, "before the city looked"
    own = hands_in(browser, path, confirmed_on="2023-11-20")
    assert own.status == 422 and "書いた人" in own.text
    assert hands_in(staffed.entered("mg1"), path, confirmed_on="2023-11-20").status == 303
    for changes in ({"answer": "別の答え"}, {"title": "別の件名"}, {"confirmed_on": ""}):
        refused = hands_in(browser, path, **changes)
        assert refused.status == 422 and "新しい版として登録" in refused.text
    assert browser.post(f"{path}/void", {"csrf": browser.csrf("/password")}).status == 303
    assert hands_in(browser, "/registers/faq/new", **{**told, "answer": "別の答え"}).status == 422
    assert hands_in(browser, path.rpartition("/")[0] + "/new", **{**told, "version": "9", "answer": "別の答え"}).status == 303  # fmt: skip
