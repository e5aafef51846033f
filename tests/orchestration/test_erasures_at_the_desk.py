"""Two people sign an erasure's authorisation at the desk, each with the own passphrase, over what they looked at (別紙2-13)."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from application.erasure import executed
from application.home.session import read_settings
from application.people import ActingHome
from application.today import brief_of_home
from compliance.erasure.conditions import Obstacle, obstacles
from compliance.erasure.register import items_of
from compliance.erasure.states import CaseState, ItemResult
from compliance.erasure.workflow import authorise, withdraw
from compliance.errors import EntryRefused, ErasureRefused
from compliance.ground.acts import Action, Actor, Via
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.people.acting import signer
from compliance.people.orders import signed_orders
from compliance.people.person_keys import enrolled_keys
from compliance.people.rights import Role
from compliance.sign_in import passwords
from compliance.sign_in.sessions import IDLE
from desk.signature import UNPROVED
from tests.compliance.conftest import engine, home, migrated, url
from tests.compliance.erasure.stage import EVIDENCE, OLD, PASSPHRASE, set_up
from tests.desk.conftest import Browser
from tests.support.erasure_place import Place

__all__ = ["engine", "home", "migrated", "url"]
OTHER_DIGEST = "b" * 64


@pytest.fixture
def place(
    tmp_path: Path, engine: Engine, home: Home, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    stage = set_up(tmp_path, engine, home)
    case = stage.apply()
    stage.consent(case, number="札高福第123号")
    yield Place(stage, stage.case(case))


def test_two_people_sign_and_nothing_is_executed(place: Place) -> None:
    officer, manager = place.browser("pm1"), place.browser("mg1")
    seen = officer.get("/erasures").text
    assert "E-0001" in seen and "2名の署名（うち1名は保護管理者）" in seen
    text = officer.get(place.path).text
    for told in (f"{OLD}件", "通話録音", "2023-11-20", "m-a、m-b", "札高福第123号", EVIDENCE, "控え1（第1期）", "高齢福祉課長"):  # fmt: skip
        assert told in text, told
    assert "架空" not in text, "ids, never names"
    assert place.signs(officer, executor="ad1").header("location") == place.path
    half = manager.get(place.path).text
    assert "もう1名" in half and 'name="executor"' not in half and "実施者 ad1" in half
    assert 'name="passphrase"' not in officer.get(place.path).text, "one signs once"
    assert place.signs(manager).status == 303
    assert sorted(place.signed()) == ["mg1", "pm1"]
    keys = enrolled_keys(place.stage.engine)
    assert place.noted("erasure_authorised") == [
        (who, "E-0001", "done", "desk", keys[who].fingerprint) for who in ("pm1", "mg1")
    ]
    assert "ad1 による実施" in manager.get("/erasures").text
    assert place.stage.case(place.case).state is CaseState.CONSENTED
    left = {result for _, result in items_of(place.stage.engine, "E-0001")}
    assert left == {ItemResult.PENDING}
    assert obstacles(place.stage.situation(place.case)) == [], "as signed at a terminal"


def test_the_morning_leads_to_what_waits_for_a_signature(place: Place) -> None:
    settings = read_settings(None, place.stage.home.root, environment={})
    settings = replace(
        settings, keys_root=place.stage.home.keys, operations_url=str(place.stage.engine.url)
    )
    (waits,) = brief_of_home(settings, place.stage.now).unsigned
    assert (waits.case_id, waits.items_count, waits.awaited) == (
        "E-0001", OLD, "2名の署名（うち1名は保護管理者）",
    )  # fmt: skip
    manager = place.browser("mg1")
    assert f'href="{place.path}"' in manager.get("/today").text
    place.stage.authorise(place.case, "mg1")
    assert "保護管理者の署名" in manager.get("/today").text
    place.stage.authorise(place.case, "pm1")
    assert place.path not in manager.get("/today").text
    assert brief_of_home(settings, place.stage.now).unsigned == ()


def test_a_wrong_passphrase_signs_nothing_and_counts_as_an_attempt(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    browser = place.browser("pm1")
    for minute in range(5):
        place.stage.now += timedelta(minutes=minute)
        answer = place.signs(browser, "wrong wrong wrong", executor="ad1")
        assert answer.status == 422 and UNPROVED in answer.text
        assert "<option selected>ad1</option>" in answer.text, "what was chosen is still there"
        assert "wrong wrong" not in answer.text + caplog.text
    locked = place.signs(browser, executor="ad1")
    assert locked.status == 422 and UNPROVED in locked.text and place.signed() == []
    assert [one[2] for one in place.noted("right_used")] == ["refused"] * 5
    place.stage.now += timedelta(minutes=16)
    assert place.signs(browser, executor="ad1").status == 303
    with place.stage.engine.connect() as connection:
        for name in ("audit_outbox", "log_in_attempts"):
            rows = connection.exec_driver_sql(f"select * from {name}").fetchall()
            assert PASSPHRASE not in repr(rows) and "wrong wrong" not in repr(rows)


@pytest.mark.parametrize("staff_id", ["sv1", "ad1"])
def test_whoever_has_another_part_sees_and_cannot_sign(place: Place, staff_id: str) -> None:
    looked = place.looked(place.browser("pm1"))
    browser = place.browser(staff_id)
    page = browser.get(place.path)
    assert page.status == 200 and "passphrase" not in page.text
    fields = {**looked, "csrf": browser.csrf("/"), "passphrase": PASSPHRASE, "executor": "ad1"}
    answer = browser.post(place.path, fields)
    assert answer.status == 422 and "この役割に許された操作ではありません" in answer.text
    assert place.given() is None
    assert [(who, what, how) for who, what, how, *_ in place.noted("right_used")] == [
        (staff_id, "authorise_erasure", "refused")
    ]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CITY_VIEWER])
def test_whoever_has_no_part_does_not_see_it(place: Place, role: Role) -> None:
    place.add("xx1", role)
    browser = place.browser("xx1")
    for path in ("/erasures", place.path):
        assert browser.get(path).status == 403, path
    fields = {"csrf": browser.csrf("/"), "passphrase": PASSPHRASE, "executor": "ad1"}
    assert browser.post(place.path, fields).status == 403
    assert place.given() is None


def test_one_person_signs_once_and_two_without_an_officer_are_not_enough(place: Place) -> None:
    place.add("mg2", Role.MANAGER)
    place.add("mg3", Role.MANAGER)
    first, second, third = (place.browser(one) for one in ("mg1", "mg2", "mg3"))
    twice = {**place.looked(first), "passphrase": PASSPHRASE, "executor": "ad1"}
    of_third = {**place.looked(third), "passphrase": PASSPHRASE, "executor": "ad1"}
    assert place.signs(first, executor="ad1").status == 303
    again = first.post(place.path, twice)
    assert again.status == 422 and "変わりました" in again.text
    looked = place.given()
    assert looked and "保護管理者の署名" in first.get("/erasures").text
    assert 'name="passphrase"' not in second.get(place.path).text, "an officer is asked for"
    page_of_officer = place.looked(place.browser("pm1"))
    for browser in (first, second):
        fields = {**page_of_officer, "csrf": browser.csrf("/"), "passphrase": PASSPHRASE}
        answer = browser.post(place.path, fields)
        assert answer.status == 422 and "ほかの人の署名" in answer.text
    assert third.post(place.path, of_third).status == 422
    assert place.signed() == ["mg1"]
    assert place.signs(place.browser("cp1")).status == 303
    assert obstacles(place.stage.situation(place.case)) == []


def test_what_changed_since_it_was_looked_at_is_not_signed(place: Place) -> None:
    browser = place.browser("pm1")
    fields = {**place.looked(browser), "passphrase": PASSPHRASE, "executor": "ad1"}
    place.stage.consent(place.case, evidence_sha256=OTHER_DIGEST)
    answer = browser.post(place.path, fields)
    assert answer.status == 422 and "変わりました" in answer.text and OTHER_DIGEST in answer.text
    for forged in ("", "0" * 64):
        assert place.signs(browser, executor="ad1", looked=forged).status == 422
    assert place.given() is None
    fields = {**place.looked(browser), "passphrase": PASSPHRASE, "executor": "ad1"}
    withdraw(place.stage.engine, place.stage.actor("mg1"), "E-0001")
    gone = browser.post(place.path, fields)
    assert gone.status == 422 and "取下げ" in gone.text and place.given() is None
    assert "passphrase" not in browser.get(place.path).text


def test_a_consent_that_changes_asks_for_both_signatures_again(place: Place) -> None:
    place.stage.authorise(place.case, "pm1", "mg1")
    place.stage.consent(place.case, evidence_sha256=OTHER_DIGEST)
    browser = place.browser("pm1")
    text = browser.get(place.path).text
    assert "2名の署名" in text and Obstacle.AUTHORISATION_OTHER.text_ja in text
    assert place.signs(browser, executor="ad1").status == 303
    given = place.given()
    assert given and (given.round, place.signed()) == (2, ["pm1"])


def test_who_executes_is_one_of_those_who_may(place: Place) -> None:
    browser = place.browser("pm1")
    offered = re.findall(r"<option>([^<]+)</option>", browser.get(place.path).text)
    assert offered == ["ad1", "pm1"]
    for wrong in ("", "sv1", "nobody"):
        answer = place.signs(browser, executor=wrong)
        assert answer.status == 422 and "実施する担当者を選んでください" in answer.text
    assert place.given() is None
    assert place.signs(browser, executor="pm1").status == 303
    manager = place.browser("mg1")
    assert "この授権の実施者は pm1" in place.signs(manager, executor="ad1").text


def test_without_session_token_or_origin_nothing_is_signed(place: Place) -> None:
    browser = place.browser("pm1")
    good = {**place.looked(browser), "passphrase": PASSPHRASE, "executor": "ad1"}
    for csrf in ("", "0" * 64, place.browser("mg1").csrf("/")):
        assert browser.post(place.path, {**good, "csrf": csrf}).status == 403
    assert browser.post(place.path, good, origin="http://evil.test").status == 403
    assert browser.post("/erasures/E-9999", good).status == 404
    place.stage.now += IDLE
    assert browser.post(place.path, good).status in (401, 303)
    assert browser.get(place.path).header("location") == "/login"
    assert place.given() is None


def test_without_the_keys_a_case_is_shown_and_not_signed(place: Place) -> None:
    browser = place.browser("pm1")
    fields = {**place.looked(browser), "passphrase": PASSPHRASE, "executor": "ad1"}
    for secret in place.stage.home.keys.glob("epoch-*.secret"):
        secret.rename(place.stage.folder / secret.name)
    page = browser.get(place.path)
    assert (
        page.status == 200 and "鍵の媒体が届かない" in page.text and "passphrase" not in page.text
    )
    assert browser.post(place.path, fields).status == 422
    assert place.signed() == []


def test_what_stands_in_the_way_is_told_before_anybody_signs(place: Place) -> None:
    place.stage.key_medium.rename(place.stage.folder / "away")
    text = place.browser("mg1").get(place.path).text
    assert Obstacle.NO_KEY_BACKUP.text_ja in text and "届きません" in text
    assert Obstacle.NOT_AUTHORISED.text_ja not in text, "that is what the page itself is for"


def test_of_two_who_sign_at_once_the_second_joins_the_first(place: Place) -> None:
    stage = place.stage
    both = threading.Barrier(2)

    def sign(staff_id: str) -> None:
        actor, key = signer(stage.engine, stage.home, staff_id, PASSPHRASE, stage.now)
        both.wait(10)
        authorise(stage.engine, Keyring.open(stage.home), actor, key, "E-0001", "ad1")

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(sign, who) for who in ("pm1", "mg1")]:
            done.result(60)
    given = place.given()
    assert given and given.round == 1 and sorted(place.signed()) == ["mg1", "pm1"]
    assert json.loads(given.statement)["executor"] == "ad1"
    with pytest.raises(EntryRefused, match="署名済み"):
        stage.authorise(place.case, "pm1")


# ---- the start, by whoever executes


def start_form(place: Place, browser: Browser) -> dict[str, str]:
    form = re.search(
        rf'<form[^>]+action="{place.path}/start".*?</form>', browser.get(place.path).text, re.S
    )
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.group())) if form else {}  # fmt: skip


def authorise_at_the_desk(place: Place) -> None:
    assert place.signs(place.browser("pm1"), executor="ad1").status == 303
    assert place.signs(place.browser("mg1")).status == 303


def test_the_named_executor_signs_the_start_and_a_job_of_theirs_uses_it_up(place: Place) -> None:
    authorise_at_the_desk(place)
    stage, browser = place.stage, place.browser("ad1")
    hidden = start_form(place, browser)
    assert hidden
    wrong = browser.post(f"{place.path}/start", {**hidden, "passphrase": "not this one at all"})
    assert wrong.status == 422 and UNPROVED in wrong.text
    answer = browser.post(f"{place.path}/start", {**hidden, "passphrase": PASSPHRASE})
    assert answer.header("location") == place.path
    assert "開始に署名しました" in browser.get(place.path).text
    assert stage.case(place.case).state is CaseState.CONSENTED, "nothing is executed from the desk"
    here = ActingHome(place.settings, stage.home, stage.engine, stage.now)
    by_session = Actor("ad1", stage.now, proof="a" * 64, via=Via.UI)
    assert executed(here, by_session, "E-0001").case_id == "E-0001"
    with pytest.raises(ErasureRefused):
        executed(here, by_session, "E-0001")
    assert stage.noted(Action.ORDER_USED) == 1 and stage.noted(Action.ORDER_SIGNED) == 1


@pytest.mark.parametrize("staff_id", ["pm1", "mg1", "cp1", "sv1"])
def test_nobody_but_the_named_executor_is_offered_the_start_or_can_sign_it(
    place: Place, staff_id: str
) -> None:
    authorise_at_the_desk(place)
    hidden = start_form(place, place.browser("ad1"))
    browser = place.browser(staff_id)
    assert not start_form(place, browser)
    token = browser.csrf(place.path) if "csrf" in browser.get(place.path).text else browser.csrf("/password")  # fmt: skip
    forged = {**hidden, "csrf": token, "passphrase": PASSPHRASE}
    assert browser.post(f"{place.path}/start", forged).status in (403, 422)
    with place.stage.engine.connect() as connection:
        assert not connection.execute(select(signed_orders)).fetchall()


def test_a_case_that_changed_since_it_was_looked_at_is_not_begun(place: Place) -> None:
    authorise_at_the_desk(place)
    browser = place.browser("ad1")
    hidden = start_form(place, browser)
    place.stage.consent(place.case, conditions="午前のみ")
    answer = browser.post(f"{place.path}/start", {**hidden, "passphrase": PASSPHRASE})
    assert answer.status == 422 and "変わりました" in answer.text
    assert not start_form(place, browser), "it waits for signatures again"
