"""Proposals at the desk: decided by a second person over what they saw, halves of a code shown once, the own key claimed."""

from __future__ import annotations

import re

import pytest

from compliance.keys.names import load_or_create_name_key
from compliance.people.acting import signer
from compliance.people.person import Employment, Particulars
from compliance.people.person_keys import enrolled_keys
from compliance.people.present import persons
from compliance.people.proposals import ProposalState, all_proposals
from compliance.people.proposing import propose_person
from compliance.people.rights import Role
from tests.desk.conftest import AT, FIRST, Answer, Browser, Desk
from tests.support.people import PASSPHRASE, STAFF, found_home

NEW = "架空の 新しい 合言葉 みっつ目"


@pytest.fixture
def centre(desk: Desk) -> Desk:
    """A founded home: both officers and the others with keys; op9 has none."""
    load_or_create_name_key(desk.home, holds_names=False)
    staff = {one: role for one, role in STAFF.items() if one not in ("sv1", "ad1")}
    found_home(desk.engine, desk.home, AT, FIRST, {**staff, "op9": Role.OPERATOR})
    desk.passphrase = PASSPHRASE
    return desk


def propose(desk: Desk, by: str = "pm1", staff_id: str = "new1") -> str:
    given = Particulars(
        frozenset({Role.ADMINISTRATOR}), Employment.REGULAR, FIRST, reported_on=FIRST
    )
    actor, key = signer(desk.engine, desk.home, by, PASSPHRASE, desk.now)
    names = load_or_create_name_key(desk.home, holds_names=True)
    return propose_person(
        desk.engine, names, actor, key, staff_id, name="架空 新", given=given
    ).number


def looked(browser: Browser, number: str) -> dict[str, str]:
    text = browser.get("/proposals").text
    form = text[text.index(f'action="/proposals/{number}"') :]
    found = re.search(r'name="looked" value="([0-9a-f]{64})"', form)
    assert found
    return {"csrf": browser.csrf("/proposals"), "looked": found.group(1)}


def decide(
    browser: Browser, number: str, passphrase: str = PASSPHRASE, decision: str = "confirm"
) -> Answer:
    fields = {**looked(browser, number), "passphrase": passphrase, "decision": decision}
    return browser.post(f"/proposals/{number}", fields)


def test_a_second_officer_confirms_what_the_page_showed(centre: Desk) -> None:
    number = propose(centre)
    mine = centre.entered("pm1")
    text = mine.get("/proposals").text
    assert number in text and "new1" in text and "システム管理者" in text and "架空 新" not in text
    assert decide(mine, number).status == 422, "nobody confirms the own proposal"
    other = centre.entered("cp1")
    assert decide(other, number, "wrong wrong wrong").status == 422
    assert "new1" not in persons(centre.engine, FIRST)
    seen = looked(other, number)
    assert (
        other.post(
            f"/proposals/{number}", {**seen, "looked": "0" * 64, "passphrase": PASSPHRASE}
        ).status
        == 422
    )
    assert other.post(f"/proposals/{number}", {**seen, "passphrase": PASSPHRASE}).status == 200
    assert "new1" in persons(centre.engine, FIRST)
    assert ("cp1", "proposal_confirmed") in [one[:2] for one in centre.noted()]
    assert other.post(f"/proposals/{number}", {**seen, "passphrase": PASSPHRASE}).status == 422, (
        "it is decided"
    )


def test_a_proposal_is_turned_down_and_nothing_comes_of_it(centre: Desk) -> None:
    number = propose(centre)
    assert decide(centre.entered("cp1"), number, decision="turn_down").status == 200
    (one,) = [p for p in all_proposals(centre.engine) if p.number == number]
    assert one.state is ProposalState.WITHDRAWN and "new1" not in persons(centre.engine, FIRST)


def test_a_key_is_made_by_its_owner_with_a_half_from_each(centre: Desk) -> None:
    owner, officer, chief = (centre.entered(one) for one in ("op9", "pm1", "cp1"))
    before = enrolled_keys(centre.engine)["op9"]
    form = {"csrf": officer.csrf("/"), "staff_id": "op9"}
    mistyped = officer.post("/proposals", {**form, "passphrase": "wrong wrong wrong"})
    assert mistyped.status == 422 and 'name="staff_id" value="op9"' in mistyped.text
    asked = officer.post("/proposals", {**form, "passphrase": PASSPHRASE})
    assert 'value="op9"' not in asked.text, "what was done is not shown once more"
    (first,) = re.findall(r'<code class="secret">([^<]+)</code>', asked.text)
    (number,) = re.findall(r'action="/proposals/(P-\d+)"', asked.text)
    assert first not in officer.get("/proposals").text, "shown once"
    done = decide(chief, number)
    (second,) = re.findall(r'<code class="secret">([^<]+)</code>', done.text)
    form = {
        "csrf": owner.csrf("/claim"),
        "first": first,
        "second": second,
        "new": NEW,
        "again": NEW,
    }
    assert owner.post("/claim", {**form, "again": "another"}).status == 422
    wrong = owner.post("/claim", {**form, "second": first})
    assert wrong.status == 422 and first not in wrong.text and NEW not in wrong.text
    thief = centre.entered("mg1")
    assert thief.post("/claim", {**form, "csrf": thief.csrf("/claim")}).status == 422, "it is op9's"
    made = owner.post("/claim", form)
    assert made.status == 200, made.text
    assert enrolled_keys(centre.engine)["op9"] != before
    assert owner.post("/claim", form).status == 422, "a code is used once"
    every = " ".join(map(str, centre.noted()))
    assert first not in every and second not in every and NEW not in every
