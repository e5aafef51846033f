"""Nobody makes, changes or re-keys another person alone, and nobody types another's passphrase."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from compliance.errors import EntryRefused, Outdated, PersonUnproved
from compliance.ground.acts import Action, Result, audit_outbox
from compliance.ground.home import Home
from compliance.keys.names import NameKey, load_or_create_name_key
from compliance.people.acting import prove, signer
from compliance.people.claims import HOLDS as CODE_HOLDS
from compliance.people.claims import TRIES, Half, claim, key_claims
from compliance.people.confirming import HOLDS, confirm, withdraw_proposal
from compliance.people.person import Employment, EventKind, Particulars
from compliance.people.person_keys import enrolled_keys
from compliance.people.present import persons
from compliance.people.proposals import ProposalKind, ProposalState, proposal_of
from compliance.people.proposing import propose_key, propose_person
from compliance.people.register import change, enter
from compliance.people.rights import ERASURE_ROLES, Right, Role
from compliance.people.standing import OFFICERS, Person
from compliance.people.training_and_pledges import note_event
from compliance.people.two_persons import Confirmable, Objection, may_confirm
from tests.support.people import PASSPHRASE, STAFF, enrol, found_home, let_in

FIRST = date(2023, 11, 20)
AT = datetime(2023, 11, 13, 1, tzinfo=UTC)
NOW = datetime(2023, 12, 1, 1, tzinfo=UTC)
TODAY = NOW.date()


class Centre:
    """A founded home with the five who count in an erasure, an operator, and a second of each officer's role."""

    def __init__(self, engine: Engine, home: Home) -> None:
        self.engine, self.home, self.now = engine, home, NOW
        found_home(engine, home, AT, FIRST, {**STAFF, "op1": Role.OPERATOR, "pm2": Role.OFFICER, "mg2": Role.MANAGER})  # fmt: skip

    @property
    def names(self) -> NameKey:
        return load_or_create_name_key(self.home, holds_names=True)

    def by(self, staff_id: str):  # type: ignore[no-untyped-def]
        return signer(self.engine, self.home, staff_id, PASSPHRASE, self.now)

    def propose(self, by: str, staff_id: str = "new1", role: Role = Role.ADMINISTRATOR) -> int:
        given = Particulars(frozenset({role}), Employment.REGULAR, FIRST, reported_on=FIRST)
        return propose_person(
            self.engine, self.names, *self.by(by), staff_id, name="架空 新", given=given
        ).proposal_id

    def confirm(self, by: str, number: int) -> Half | None:
        return confirm(self.engine, *self.by(by), number, FIRST)[1]

    def refused(self) -> list[tuple[str, str]]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(audit_outbox).where(audit_outbox.c.result == Result.REFUSED.value)
            )
            return [(row.actor, row.action) for row in rows]


@pytest.fixture
def centre(engine: Engine, home: Home) -> Iterator[Centre]:
    yield Centre(engine, home)


# ---- the rule


def somebody(staff_id: str, *roles: Role) -> Person:
    return Person(staff_id, 1, frozenset(roles), FIRST, FIRST, trained_on=FIRST, pledged_on=FIRST)


@pytest.mark.parametrize(
    ("first", "second"), list(product(Role, Role)), ids=lambda role: str(role.value)
)
def test_who_confirms_holds_an_officers_role_that_the_proposer_does_not(
    first: Role, second: Role
) -> None:
    """Both officers are there. Two of one role are as one, and nobody below an officer confirms anything."""
    people = {
        one.staff_id: one
        for one in (
            somebody("a", first),
            somebody("b", second),
            somebody("x", Role.OPERATOR),
            somebody("pm", Role.OFFICER),
            somebody("cp", Role.CHIEF_OFFICER),
        )
    }
    found = may_confirm("b", "a", "x", Right.KEEP_PEOPLE, people, people.keys(), TODAY)
    may_propose = first in (Role.MANAGER, Role.OFFICER, Role.CHIEF_OFFICER)
    assert isinstance(found, Confirmable) == (
        may_propose and second in OFFICERS and second is not first
    )


def test_the_manager_confirms_with_an_officer_only_where_the_other_officer_cannot() -> None:
    every = {
        one.staff_id: one
        for one in (
            somebody("mg", Role.MANAGER),
            somebody("mg2", Role.MANAGER),
            somebody("pm", Role.OFFICER),
            somebody("cp", Role.CHIEF_OFFICER),
        )
    }

    def found(confirmer: str, proposer: str, subject: str, keys: set[str]):  # type: ignore[no-untyped-def]
        return may_confirm(confirmer, proposer, subject, Right.KEEP_PEOPLE, every, keys, TODAY)

    whole = {"mg", "mg2", "pm", "cp"}
    assert found("mg", "pm", "x", whole) is Objection.OFFICER_IS_THERE
    assert found("mg", "pm", "cp", whole) == Confirmable(True), "it is the other officer's own key"
    assert found("mg", "pm", "x", whole - {"cp"}) == Confirmable(True), "the other has no key left"
    assert found("mg2", "mg", "x", {"mg", "mg2"}) is Objection.SAME_ROLE, "never two managers"
    assert found("cp", "mg", "pm", whole) == Confirmable(True), "the city is told of it"
    assert found("cp", "pm", "x", whole) == Confirmable(False)
    assert found("pm", "pm", "x", whole) is Objection.OWN_PROPOSAL
    assert found("cp", "pm", "cp", whole) is Objection.OWN_ENTRY


# ---- people


def test_a_role_that_counts_needs_a_second_officer(centre: Centre) -> None:
    number = centre.propose("mg1")
    assert "new1" not in persons(centre.engine, FIRST)
    for staff_id in ("mg1", "mg2", "op1", "sv1", "ad1"):
        with pytest.raises(EntryRefused):
            centre.confirm(staff_id, number)
    assert "new1" not in persons(centre.engine, FIRST)
    centre.confirm("pm1", number)
    assert persons(centre.engine, FIRST)["new1"].roles == {Role.ADMINISTRATOR}
    with pytest.raises(EntryRefused, match="処理済み"):
        centre.confirm("cp1", number)
    assert len(centre.refused()) == 6


@pytest.mark.parametrize("role", sorted(ERASURE_ROLES))
def test_nobody_enters_or_changes_to_a_role_that_counts_alone(centre: Centre, role: Role) -> None:
    engine, names = centre.engine, centre.names
    given = Particulars(frozenset({role}), Employment.REGULAR, FIRST, reported_on=FIRST)
    for by in ("pm1", "mg1", "cp1"):
        actor, _ = centre.by(by)
        with pytest.raises(EntryRefused, match="一人では"):
            enter(engine, names, actor, "new1", "架空 新", given)
        with pytest.raises(EntryRefused, match="一人では"):
            change(engine, names, actor, "op1", 1, roles=frozenset({Role.OPERATOR, role}))
    everybody = persons(engine, FIRST)
    assert "new1" not in everybody and everybody["op1"].roles == {Role.OPERATOR}


def test_nobody_changes_the_own_entry_training_or_pledge(centre: Centre) -> None:
    before = dict(persons(centre.engine, FIRST))
    for by in ("pm1", "mg1", "cp1"):
        actor, key = centre.by(by)
        with pytest.raises(EntryRefused, match="自分"):
            change(centre.engine, centre.names, actor, by, 1, roles=frozenset(OFFICERS))
        with pytest.raises(EntryRefused, match="自分"):
            change(centre.engine, centre.names, actor, by, 1, name="別の名")
        for kind in (EventKind.TRAINING_ATTENDED, EventKind.PLEDGE):
            with pytest.raises(EntryRefused, match="自分"):
                note_event(centre.engine, actor, by, kind, TODAY)
        with pytest.raises(EntryRefused, match="自分"):
            propose_person(centre.engine, centre.names, actor, key, by, seen=1, roles=frozenset(OFFICERS))  # fmt: skip
    assert dict(persons(centre.engine, FIRST)) == before
    assert len(centre.refused()) == 3 * 5


def test_what_lets_somebody_go_needs_one_and_what_keeps_them_longer_two(centre: Centre) -> None:
    actor, _ = centre.by("mg1")
    change(centre.engine, centre.names, actor, "ad1", 1, ends_on=TODAY)
    with pytest.raises(EntryRefused, match="一人では"):
        change(centre.engine, centre.names, actor, "ad1", 2, ends_on=None)
    with pytest.raises(EntryRefused, match="一人では"):
        change(centre.engine, centre.names, actor, "pm1", 1, roles=frozenset({Role.OPERATOR}))


def test_a_proposal_falls_with_time_with_the_entry_and_with_the_proposers_key(
    centre: Centre,
) -> None:
    late = centre.propose("pm1", "late1")
    centre.now += HOLDS + timedelta(seconds=1)
    with pytest.raises(EntryRefused, match="期限"):
        centre.confirm("cp1", late)
    moved = propose_person(
        centre.engine, centre.names, *centre.by("pm1"), "op1", seen=1,
        roles=frozenset({Role.SUPERVISOR}),
    ).proposal_id  # fmt: skip
    change(centre.engine, centre.names, centre.by("mg1")[0], "op1", 1, is_reserve=True)
    with pytest.raises(Outdated):
        centre.confirm("cp1", moved)
    fallen = centre.propose("pm1", "fallen1")
    enrol(centre.engine, centre.home, "pm1", PASSPHRASE, centre.now, FIRST, others=("cp1", "pm2"))
    with pytest.raises(EntryRefused, match="署名鍵が変わった"):
        centre.confirm("cp1", fallen)
    taken_back = centre.propose("pm1", "back1")
    withdraw_proposal(centre.engine, centre.by("mg1")[0], taken_back)
    with pytest.raises(EntryRefused, match="処理済み"):
        centre.confirm("cp1", taken_back)
    assert proposal_of(centre.engine, taken_back).state is ProposalState.WITHDRAWN
    assert {"late1", "fallen1", "back1"}.isdisjoint(persons(centre.engine, FIRST))


# ---- keys


def test_one_officer_changes_nobody_elses_key(centre: Centre) -> None:
    before = enrolled_keys(centre.engine)
    for by in ("pm1", "cp1"):
        for kind in (ProposalKind.ENROLMENT, ProposalKind.WITHDRAWAL):
            one, half = propose_key(centre.engine, *centre.by(by), kind, "mg1")
            with pytest.raises(EntryRefused):
                centre.confirm(by, one.proposal_id)
            if half is not None:
                with pytest.raises(PersonUnproved):
                    claim(centre.engine, centre.home, "mg1", half, half, "another passphrase", NOW)
    with pytest.raises(EntryRefused, match="自分"):
        propose_key(centre.engine, *centre.by("pm1"), ProposalKind.ENROLMENT, "pm1")
    assert enrolled_keys(centre.engine) == before
    assert prove(centre.engine, centre.home, "mg1", PASSPHRASE, NOW).staff_id == "mg1"


def test_neither_half_of_a_code_opens_anything_and_tries_are_counted(centre: Centre) -> None:
    one, first = propose_key(centre.engine, *centre.by("pm1"), ProposalKind.ENROLMENT, "op1")
    second = centre.confirm("cp1", one.proposal_id)
    assert first is not None and second is not None
    before = enrolled_keys(centre.engine)["op1"]
    wrong = Half.new()
    for halves in ((first, wrong), (wrong, second), (second, first), (first, first)):
        with pytest.raises(PersonUnproved):
            claim(centre.engine, centre.home, "op1", *halves, "a passphrase of op1", NOW)
    with pytest.raises(PersonUnproved):
        claim(centre.engine, centre.home, "sv1", first, second, "a passphrase of op1", NOW)
    assert enrolled_keys(centre.engine)["op1"] == before
    written = Half(second.text.lower().replace("-", " ").replace("1", "l").replace("0", "o"))
    public = claim(centre.engine, centre.home, "op1", first, written, "a passphrase of op1", NOW)
    assert enrolled_keys(centre.engine)["op1"] == public != before
    with pytest.raises(PersonUnproved):
        claim(centre.engine, centre.home, "op1", first, second, "a passphrase of op1", NOW)
    with centre.engine.connect() as connection:
        kept = str(connection.execute(select(key_claims)).fetchall())
    assert first.text not in kept and second.text not in kept
    assert sum(action == Action.KEY_ENROLLED for _, action in centre.refused()) == 6


def test_a_code_is_worth_nothing_after_five_tries_or_three_days(centre: Centre) -> None:
    def code() -> tuple[Half, Half]:
        one, first = propose_key(centre.engine, *centre.by("pm1"), ProposalKind.ENROLMENT, "op1")
        second = centre.confirm("cp1", one.proposal_id)
        assert first is not None and second is not None
        return first, second

    first, second = code()
    for _ in range(TRIES):
        with pytest.raises(PersonUnproved):
            claim(centre.engine, centre.home, "op1", first, first, "a passphrase of op1", NOW)
    for halves, at in (((first, second), NOW), (code(), NOW + CODE_HOLDS + timedelta(seconds=1))):
        with pytest.raises(PersonUnproved):
            claim(centre.engine, centre.home, "op1", *halves, "a passphrase of op1", at)
    earlier = code()
    later = code()
    with pytest.raises(PersonUnproved):
        claim(centre.engine, centre.home, "op1", *earlier, "a passphrase of op1", NOW)
    assert claim(centre.engine, centre.home, "op1", *later, "a passphrase of op1", NOW)


@pytest.mark.parametrize("weak", ["short", "op1op1op1op1op1", "aaaaaaaaaaaaaa", "Madoguchi-Demo"])
def test_a_passphrase_is_no_weak_or_published_one(centre: Centre, weak: str) -> None:
    one, first = propose_key(centre.engine, *centre.by("pm1"), ProposalKind.ENROLMENT, "op1")
    second = centre.confirm("cp1", one.proposal_id)
    assert first is not None and second is not None
    with pytest.raises(EntryRefused, match="パスフレーズ"):
        claim(centre.engine, centre.home, "op1", first, second, weak, NOW)


def test_an_officer_who_lost_the_passphrase_comes_back_by_the_other_and_the_manager(
    centre: Centre,
) -> None:
    before = enrolled_keys(centre.engine)["cp1"]
    one, first = propose_key(centre.engine, *centre.by("pm1"), ProposalKind.ENROLMENT, "cp1")
    with pytest.raises(EntryRefused, match="同じ職"):
        centre.confirm("pm2", one.proposal_id)
    second = centre.confirm("mg1", one.proposal_id)
    assert proposal_of(centre.engine, one.proposal_id).with_manager
    assert first is not None and second is not None
    assert (
        claim(centre.engine, centre.home, "cp1", first, second, "a new one of cp1", NOW) != before
    )


@pytest.mark.parametrize("pair", [("mg1", "mg2"), ("pm1", "pm2"), ("ad1", "sv1")])  # fmt: skip
def test_two_of_one_role_make_nobody(centre: Centre, pair: tuple[str, str]) -> None:
    before = enrolled_keys(centre.engine)
    for by, other in (pair, pair[::-1]):
        try:
            number = centre.propose(by, f"new-{by}")
        except EntryRefused:
            continue
        with pytest.raises(EntryRefused):
            centre.confirm(other, number)
    assert enrolled_keys(centre.engine) == before
    assert not any(one.startswith("new-") for one in persons(centre.engine, FIRST))


def test_a_founding_that_was_cut_off_is_whole_or_nothing(
    engine: Engine, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise OSError(5, "cut off")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut_off)
        with pytest.raises(OSError, match="cut off"):
            found_home(engine, home, AT, FIRST, {})
    assert not persons(engine, FIRST) and not enrolled_keys(engine)
    with monkeypatch.context() as patch:
        patch.setattr("compliance.people.founding.take_place", cut_off)
        with pytest.raises(OSError, match="cut off"):
            found_home(engine, home, AT, FIRST, {})
    assert prove(engine, home, "pm1", PASSPHRASE, AT).staff_id == "pm1", (
        "the file gets its name now"
    )
    let_in(engine, home, "op1", Role.OPERATOR, AT, FIRST)
