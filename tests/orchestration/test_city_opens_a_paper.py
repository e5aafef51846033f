"""The city's viewer opens a sealed paper that was handed over, for a reason of the list and with the own
passphrase; whatever else one tries alone is refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import select

from application.handing_over import edition_of
from application.home.settings import Settings
from application.shelf import PaperFile, shelf_of
from compliance.deliverables.handed_over import record_delivery
from compliance.deliverables.register import confirm
from compliance.ground.acts import Actor, audit_outbox
from compliance.ground.japan import TOKYO, civil_date
from compliance.inquiries.kept import inquiry_id
from compliance.keys.keyring import settle
from compliance.keys.names import load_or_create_name_key
from compliance.people.acting import withdraw_own
from compliance.people.register import change
from compliance.people.rights import Role
from compliance.registers.entries import INQUIRY_KEY
from compliance.sign_in import passwords
from compliance.sign_in.accounts import open_account
from desk.app import build_desk
from desk.signature import UNPROVED
from orchestration.gateway.composition import services_of
from tests.desk.conftest import PASSWORD, Browser
from tests.support.complaint_desk import CASE, OTHER, WORDS, Desk, contract, desk
from tests.support.desk_of_a_home import FIRST, NOW, noted, settings
from tests.support.people import PASSPHRASE, found_home, let_in

__all__ = ["contract", "desk", "settings"]
PATH, NAME = "/papers/complaints/2023-12-28", "complaints/2023-12-28/r"
MG = Actor("mg1", NOW, proof="f" * 64)
REASON = {"purpose": "inspection", "passphrase": PASSPHRASE}
Entered = Callable[..., Browser]


@pytest.fixture
def entered(desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Entered:
    """Somebody at the desk of a home whose city was given the first edition of a complaint's paper, and not the second."""
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    found_home(desk.engine, desk.home, NOW, FIRST)
    for staff_id, role in (("op1", Role.OPERATOR), ("ci1", Role.CITY_VIEWER), ("ci2", Role.CITY_VIEWER)):  # fmt: skip
        let_in(desk.engine, desk.home, staff_id, role, NOW, FIRST)
    desk.enter(CASE)
    desk.issue()
    first = edition_of(desk.engine, "complaints", "2023-12-28", 1)
    confirm(desk.engine, MG, first)
    record_delivery(desk.engine, MG, first, "媒体", "0" * 64)
    desk.enter(OTHER)
    desk.issue()

    desk.now = NOW

    def browser_of(staff_id: str) -> Browser:
        services = services_of(settings, desk.home, desk.engine, lambda: desk.now, is_tls=False)
        browser = Browser(build_desk(replace(services, wall=lambda: desk.now)))
        first = open_account(desk.engine, MG, staff_id)
        browser.log_in(staff_id, first)
        fields = {"csrf": browser.csrf("/password"), "present": first, "new": PASSWORD, "again": PASSWORD, "passphrase": PASSPHRASE}  # fmt: skip
        assert browser.post("/password", fields).header("location") == "/"
        return browser

    return browser_of


def sealed(desk: Desk, settings: Settings, edition: int = 1) -> PaperFile:
    """The sealed PDF of an edition."""
    shelf = shelf_of(settings, desk.home, desk.engine, lambda: NOW)
    (found,) = (one for one in shelf.editions("complaints", None) if one.edition == edition)
    return next(one for one in shelf.files(found) if one.is_sealed and one.form == "pdf")


def way(file: PaperFile, edition: int = 1) -> str:
    return f"{PATH}/{edition}/{file.name}"


def openings(desk: Desk) -> list[tuple[str, str, str, str]]:
    """Who opened which edition why, with which result."""
    with desk.engine.connect() as connection:
        rows = connection.execute(
            select(audit_outbox)
            .where(audit_outbox.c.action == "paper_opened")
            .order_by(audit_outbox.c.seq)
        ).fetchall()
    return [(r.actor, r.object_id, r.purpose, r.result) for r in rows]


def test_a_viewer_opens_what_the_city_was_given_and_the_log_says_why(
    desk: Desk, settings: Settings, entered: Entered
) -> None:
    file, browser = sealed(desk, settings), entered("ci1")
    shown = browser.get(PATH).text
    assert f'action="{PATH}/1/{quote(file.name)}"' in shown and 'name="purpose" required' in shown
    answer = browser.post(way(file), {"csrf": browser.csrf(PATH), **REASON})
    assert answer.status == 200 and answer.body.startswith(b"%PDF")
    assert hashlib.sha256(answer.body).hexdigest() == file.sha256, "what the city received"
    assert answer.header("content-disposition").endswith(quote(file.saved_name))
    assert openings(desk) == [("ci1", f"{NAME}1", "inspection", "done")]
    assert noted(desk.engine)[-1][-1] == "desk"


def tries_of(desk: Desk) -> list[tuple[str, ...]]:
    """What the log has of keys that were not shown."""
    return [one[:4] for one in noted(desk.engine) if one[1] == "right_used" and one[2] == "ci1"]


def test_a_session_alone_opens_nothing_and_each_try_is_noted_and_counted(
    desk: Desk, settings: Settings, entered: Entered
) -> None:
    file, browser = sealed(desk, settings), entered("ci1")
    seen = re.search(r'name="data_sha256" value="([0-9a-f]{64})"', browser.get(PATH).text)
    assert seen
    given = {"csrf": browser.csrf(PATH), "purpose": "complaint", "data_sha256": seen[1]}
    for number, passphrase in enumerate(({}, {"passphrase": ""}, *[{"passphrase": "wrong wrong wrong"}] * 3), 1):  # fmt: skip
        desk.now = NOW + timedelta(minutes=number)
        answer = browser.post(way(file), {**given, **passphrase})
        assert answer.status == 422 and UNPROVED in answer.text and b"%PDF" not in answer.body
        assert 'value="complaint" selected' in answer.text and "wrong wrong" not in answer.text
        assert tries_of(desk) == [("ci1", "right_used", "ci1", "refused")] * number
    answer = browser.post(way(file), {**given, "passphrase": PASSPHRASE})
    assert answer.status == 422 and UNPROVED in answer.text, "five tries in fifteen minutes"
    assert openings(desk) == [] and "wrong wrong" not in repr(noted(desk.engine))
    desk.now += timedelta(minutes=16)
    assert browser.post(way(file), {**given, "passphrase": PASSPHRASE}).status == 200
    assert openings(desk) == [("ci1", f"{NAME}1", "complaint", "done")]


def test_an_account_in_a_viewer_s_name_without_their_key_opens_nothing(
    desk: Desk, settings: Settings, entered: Entered
) -> None:
    """Whoever opens accounts can enter as a viewer who has no key."""
    file, browser = sealed(desk, settings), entered("ci1")
    withdraw_own(desk.engine, Actor("ci1", NOW, proof="f" * 64))
    answer = browser.post(way(file), {"csrf": browser.csrf(PATH), **REASON})
    assert answer.status == 422 and UNPROVED in answer.text and openings(desk) == []


@pytest.mark.parametrize("purpose", ["", "operation", "founding", "市民から頼まれた", WORDS])
def test_nothing_is_opened_without_a_reason_of_the_list(
    desk: Desk, settings: Settings, entered: Entered, purpose: str
) -> None:
    file, browser = sealed(desk, settings), entered("ci1")
    given = {"csrf": browser.csrf(PATH), "purpose": purpose, "passphrase": PASSPHRASE}
    answer = browser.post(way(file), given)
    assert answer.status == 422 and "開く理由を選んでください" in answer.text
    assert openings(desk) == [("ci1", f"{NAME}1", "operation", "refused")]
    assert browser.get(way(file)).status == 403, "an address alone gives no reason"
    assert noted(desk.engine)[-1][:4] == ("ci1", "right_used", "tell_the_city", "refused")


def test_what_was_never_handed_over_is_not_there_and_the_try_is_noted(
    desk: Desk, settings: Settings, entered: Entered
) -> None:
    file, browser = sealed(desk, settings, 2), entered("ci1")
    given = {"csrf": browser.csrf(PATH), **REASON}
    answer = browser.post(way(file, 2), given)
    assert answer.status == 404 and "第2版" not in browser.get(PATH).text
    unproved = browser.post(way(file, 2), {**given, "passphrase": "wrong wrong wrong"})
    assert (unproved.status, unproved.text) == (404, answer.text), "it is told of to nobody"
    assert openings(desk) == [("ci1", f"{NAME}2", "inspection", "refused")]
    for odd in (f"{PATH}/3/{file.name}", f"{PATH}/1/../{file.name}", f"{PATH}/1/x", f"{PATH}/１/{file.name}"):  # fmt: skip
        assert browser.post(odd, given).status == 404
    assert len(openings(desk)) == 1


@pytest.mark.parametrize("who", ["op1", "sv1", "mg1", "pm1", "ad1"])
def test_nobody_else_opens_by_the_city_s_way(
    desk: Desk, settings: Settings, entered: Entered, who: str
) -> None:
    file, browser = sealed(desk, settings), entered(who)
    assert browser.post(way(file), {"csrf": browser.csrf("/"), **REASON}).status == 403
    assert noted(desk.engine)[-1][:4] == (who, "right_used", "open_handed_over", "refused")
    assert openings(desk) == []


def test_nobody_opens_after_their_role_ended_or_in_a_session_that_is_not_theirs(
    desk: Desk, settings: Settings, entered: Entered
) -> None:
    file = sealed(desk, settings)
    desk.now = datetime.combine(civil_date(NOW), time(23, 50), TOKYO)
    browser, other = entered("ci1"), entered("ci2")
    names = load_or_create_name_key(desk.home, holds_names=True)
    own, theirs = ({"csrf": one.csrf(PATH), **REASON} for one in (browser, other))
    assert other.post(way(file), own).status == 403, "a form of another's session"
    assert Browser(other.app).post(way(file), theirs).status == 401, "without the session"
    change(desk.engine, names, MG, "ci1", 1, roles=frozenset({Role.OPERATOR}))
    assert browser.post(way(file), own).status == 403, "no viewer any more"
    assert noted(desk.engine)[-1][:4] == ("ci1", "right_used", "open_handed_over", "refused")
    change(desk.engine, names, MG, "ci2", 1, ends_on=civil_date(NOW))
    assert other.get(PATH).status == 200, "the last day"
    desk.now += timedelta(minutes=15)
    assert other.post(way(file), theirs).status == 401, "who has left has no session"
    assert openings(desk) == []


def test_what_was_erased_opens_for_the_city_no_more(
    desk: Desk, settings: Settings, entered: Entered
) -> None:
    file, browser = sealed(desk, settings), entered("ci1")
    desk.ring.next_epoch(desk.home, [INQUIRY_KEY + inquiry_id(CASE)])
    settle(desk.home)
    answer = browser.post(way(file), {"csrf": browser.csrf(PATH), **REASON})
    assert answer.status == 410 and openings(desk) == []
