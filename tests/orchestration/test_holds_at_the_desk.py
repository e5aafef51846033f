"""Recordings are held and let go at the desk by whoever may and opens their own key; the page says what is held, and of nobody who called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from application import holding
from application.holding import hold_or_release
from compliance.erasure import execution
from compliance.erasure.execution import begin
from compliance.erasure.register import is_being_erased
from compliance.errors import EntryRefused
from compliance.ground.acts import Via
from compliance.ground.home import Home
from compliance.people.rights import Role
from compliance.sign_in import passwords
from compliance.vault.preservation import HoldReason, held, holds, holds_within, set_hold
from desk.signature import UNPROVED
from tests.compliance.conftest import engine, home, migrated, url
from tests.compliance.erasure.stage import PASSPHRASE, recording_id, set_up
from tests.desk.conftest import Answer, Browser
from tests.support.erasure_place import Place

__all__ = ["engine", "home", "migrated", "url"]
ONE, OTHER = recording_id(0), recording_id(1)


@pytest.fixture
def place(
    tmp_path: Path, engine: Engine, home: Home, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    yield Place(set_up(tmp_path, engine, home), None)  # type: ignore[arg-type]  # no case


def sets(browser: Browser, **typed: str) -> Answer:
    given = {"recording": ONE, "reason": "complaint", "passphrase": PASSPHRASE, **typed}
    return browser.post("/holds", {"csrf": browser.csrf("/holds"), **given})


def releases(browser: Browser, **typed: str) -> Answer:
    action = f"/holds/{ONE}/release"
    form = re.search(rf'action="{action}".*?</form>', browser.get("/holds").text, re.DOTALL)
    assert form
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.group()))
    return browser.post(action, {**hidden, "reason": "complaint", "passphrase": PASSPHRASE, **typed})  # fmt: skip


@pytest.mark.parametrize("who", ["mg1", "pm1", "cp1"])
def test_who_may_hold_sets_a_hold_and_lets_it_go(place: Place, who: str) -> None:
    browser, engine = place.browser(who), place.stage.engine
    text = browser.get("/holds").text
    assert "保全中の録音　0件" in text and "保全中の録音はありません。" in text
    assert '<a href="/holds"' in browser.get("/").text, "in the menu"
    assert f'value="{ONE}"' in browser.get(f"/holds?recording={ONE}").text
    assert sets(browser).header("location") == "/holds?said=held"
    (kept,) = held(engine)
    assert (kept.recording_id, kept.reason, kept.set_by) == (ONE, HoldReason.COMPLAINT, who)
    text = browser.get("/holds?said=held").text
    for told in ("保全しました。", "保全中の録音　1件", ONE, "2024-01-25 10:00", "苦情", f"<td>{who}</td>", "暗号化して保管中"):  # fmt: skip
        assert told in text, told
    again = sets(browser, reason="audit")
    assert again.status == 422 and "すでに保全中" in again.text
    assert releases(browser).header("location") == "/holds?said=released"
    assert holds(engine) == frozenset() and "保全中の録音　0件" in browser.get("/holds").text
    for action in ("hold_set", "hold_released"):
        (entry,) = place.noted(action)
        assert entry[:4] == (who, ONE, "done", Via.DESK.value), action


def test_nothing_is_held_without_the_own_passphrase(place: Place) -> None:
    browser, engine = place.browser("mg1"), place.stage.engine
    for passphrase in ("", "wrong wrong wrong"):
        answer = sets(browser, passphrase=passphrase)
        assert answer.status == 422 and UNPROVED in answer.text
        assert f'value="{ONE}"' in answer.text and "selected>苦情" in answer.text
        assert "wrong wrong" not in answer.text
    assert holds(engine) == frozenset()
    set_hold(engine, place.stage.actor("pm1"), ONE, HoldReason.AUDIT)
    answer = releases(browser, passphrase="wrong wrong wrong")
    assert answer.status == 422 and UNPROVED in answer.text and "selected>苦情" in answer.text
    assert holds(engine) == {ONE}


def test_what_is_mistyped_is_told_before_the_passphrase_is_tried(place: Place) -> None:
    browser = place.browser("mg1")
    for wrong, told in (
        ({"recording": "x" * 64}, "目録にありません"), ({"recording": "9" * 5000}, "目録にありません"), ({"recording": ""}, "目録にありません"),
        ({"reason": ""}, "理由を選んで"), ({"reason": "because"}, "理由を選んで"),
    ):  # fmt: skip
        for _ in range(2):
            answer = sets(browser, **wrong, passphrase="wrong")
            assert answer.status == 422 and told in answer.text, wrong
    assert sets(browser).status == 303, "none of them was an attempt"


def test_a_hold_that_changed_since_it_was_looked_at_is_not_let_go(place: Place) -> None:
    browser, stage = place.browser("mg1"), place.stage
    sets(browser)
    set_hold(stage.engine, stage.actor("pm1"), ONE, HoldReason.COMPLAINT, is_held=False)
    set_hold(stage.engine, stage.actor("pm1"), ONE, HoldReason.INCIDENT)
    for looked in ("1", "", "x", "9" * 5000):
        answer = releases(browser, looked=looked)
        assert answer.status == 422 and "見た後に保全が変わりました" in answer.text
    assert holds(stage.engine) == {ONE}
    assert releases(browser).status == 303


def test_what_is_being_erased_is_not_held_any_more(place: Place) -> None:
    stage, browser = place.stage, place.browser("mg1")
    case = stage.authorised()
    set_hold(stage.engine, stage.actor("pm1"), OTHER, HoldReason.COMPLAINT)
    begin(stage.engine, stage.actor("ad1"), stage.situation(case), stage.checkpoint().size)
    assert is_being_erased(stage.engine, ONE)
    answer = sets(browser)
    assert answer.status == 422 and "保全は間に合いません" in answer.text
    assert holds(stage.engine) == {OTHER}, "and what was held before is left out of it"


def test_a_hold_that_changes_between_the_look_and_the_release_is_not_let_go(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the passphrase was proved and before anything is written, a colleague lets go and holds anew for an audit."""
    stage, browser = place.stage, place.browser("pm1")
    sets(browser)
    real = holding.set_hold

    def late(*given: Any, **named: Any) -> None:
        monkeypatch.setattr(holding, "set_hold", real)
        actor = stage.actor("mg1")
        set_hold(stage.engine, actor, ONE, HoldReason.COMPLAINT, is_held=False)
        set_hold(stage.engine, actor, ONE, HoldReason.AUDIT)
        real(*given, **named)

    monkeypatch.setattr(holding, "set_hold", late)
    answer = releases(browser)
    assert answer.status == 422 and "見た後に保全が変わりました" in answer.text
    (kept,) = held(stage.engine)
    assert kept.reason is HoldReason.AUDIT


def test_a_hold_that_comes_while_an_erasure_begins_waits_and_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the erasure looked at what is held, and before its beginning is in the register."""
    stage, refused = place.stage, list[str]()

    def hold() -> None:
        try:
            hold_or_release(stage.engine, stage.actor("pm1"), ONE, HoldReason.COMPLAINT, is_held=True)  # fmt: skip
        except EntryRefused as error:
            refused.append(str(error))

    late = Thread(target=hold)

    def looked(connection: Connection) -> frozenset[str]:
        found = holds_within(connection)
        late.start()
        late.join(0.5)
        assert late.is_alive(), "it waits"
        return found

    monkeypatch.setattr(execution, "holds_within", looked)
    situation = stage.situation(stage.authorised())
    begin(stage.engine, stage.actor("ad1"), situation, stage.checkpoint().size)
    late.join(20)
    assert is_being_erased(stage.engine, ONE)
    (words,) = refused
    assert "保全は間に合いません" in words
    assert holds(stage.engine) == frozenset() and not place.noted("hold_set")


@pytest.mark.parametrize("who", ["op1", "sv1", "ad1", "ci1"])
def test_nobody_else_looks_holds_or_lets_go(place: Place, who: str) -> None:
    stage = place.stage
    for staff_id, role in (("op1", Role.OPERATOR), ("ci1", Role.CITY_VIEWER)):
        if who == staff_id:
            place.add(staff_id, role)
    set_hold(stage.engine, stage.actor("pm1"), OTHER, HoldReason.COMPLAINT)
    browser = place.browser(who)
    given = {"csrf": browser.csrf("/"), "recording": ONE, "reason": "audit", "looked": "1", "passphrase": PASSPHRASE}  # fmt: skip
    assert "/holds" not in browser.get("/").text
    assert browser.get("/holds").status == 403
    assert browser.post("/holds", given).status == 403
    assert browser.post(f"/holds/{OTHER}/release", given).status == 403
    refused = [one for one in place.noted("right_used") if one[:3] == (who, "hold_recording", "refused")]  # fmt: skip
    assert len(refused) == 3 and holds(stage.engine) == {OTHER}
