"""Refused with its reason and an entry of the log, and nothing touched: every way that an erasure may not begin."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from compliance.erasure.case_file import EvidenceKind, case_items, signatures
from compliance.erasure.register import all_cases, authorisation_of, consent_of, items_of
from compliance.erasure.standing_consent import Standing, consent_under, record_standing
from compliance.erasure.states import FOLLOWS, CaseState, ItemResult
from compliance.erasure.workflow import withdraw
from compliance.errors import EntryRefused, ErasureRefused, TransitionRefused
from compliance.ground.acts import Action, Result
from compliance.ground.clock import ClockKind, claim_clock
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.record import Inquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring, settle
from compliance.people.acting import withdraw_own
from compliance.people.person import EventKind
from compliance.people.rights import Role
from compliance.people.training_and_pledges import note_event
from compliance.registers.entries import Draft
from compliance.registers.entries import save as save_entries
from compliance.registers.handling import AREAS
from compliance.vault.catalogue import counts
from compliance.vault.preservation import HoldReason, set_hold
from compliance.vault.rotation import restore
from tests.compliance.erasure.stage import (
    COUNT,
    EVIDENCE,
    FIRST_DAY,
    NOW,
    OLD,
    RECORDED,
    TODAY,
    Stage,
    recording_id,
    set_up,
)
from tests.support.people import PASSPHRASE, enrol, let_in


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return set_up(tmp_path)


def assert_untouched(stage: Stage) -> None:
    """Not one byte of keys, keyrings, sealed files and key copies differs, and the refusal is an entry."""
    assert counts(stage.engine).keys() == {"sealed"}
    assert Keyring.open(stage.home).ids == {recording_id(n) for n in range(COUNT)}
    assert Keyring.open(stage.home).epoch.number in (1, 2)
    for case in all_cases(stage.engine):
        assert case.state in (CaseState.APPLIED, CaseState.CONSENTED, CaseState.WITHDRAWN)
        assert {r for _, r in items_of(stage.engine, case.case_id)} == {ItemResult.PENDING}
    assert stage.noted(Action.ERASURE_BEGUN, Result.REFUSED) == 1


def _no_consent(stage: Stage) -> None:
    stage.apply()


def _expired(stage: Stage) -> None:
    case = stage.apply()
    stage.consent(case, expires_on=TODAY + timedelta(1))
    stage.authorise(case)
    stage.now = stage.last_seen = NOW + timedelta(2)


def _narrower(stage: Stage) -> None:
    case = stage.apply()
    stage.consent(case, items_count=OLD - 1)
    stage.authorise(case)


def _unauthorised(stage: Stage) -> None:
    stage.consent(stage.apply())


def _one_authoriser(stage: Stage) -> None:
    case = stage.apply()
    stage.consent(case)
    stage.authorise(case, "pm1")


def _no_officer(stage: Stage) -> None:
    case = stage.apply()
    stage.consent(case)
    stage.authorise(case, "mg1", "sv1")


def _no_pledge(stage: Stage) -> None:
    stage.authorised()
    note_event(
        stage.engine, stage.actor("pm1"), "mg1", EventKind.PLEDGE, date(2023, 11, 13),
        is_withdrawn=True,
    )  # fmt: skip


def _untrained(stage: Stage) -> None:
    stage.authorised()
    note_event(
        stage.engine, stage.actor("pm1"), "mg1", EventKind.TRAINING_ATTENDED,
        date(2023, 11, 13), is_withdrawn=True,
    )  # fmt: skip


def _key_withdrawn(stage: Stage) -> None:
    stage.authorised()
    withdraw_own(stage.engine, stage.actor("mg1"))


def _key_replaced(stage: Stage) -> None:
    stage.authorised()
    enrol(stage.engine, stage.home, "mg1", PASSPHRASE, stage.now, FIRST_DAY)


def _key_came_after(stage: Stage) -> None:
    case = stage.apply()
    stage.now = stage.last_seen = NOW + timedelta(hours=1)
    enrol(stage.engine, stage.home, "mg1", PASSPHRASE, stage.now, FIRST_DAY)
    stage.consent(case)
    stage.authorise(case)


def _executor_came_after(stage: Stage) -> None:
    case = stage.apply()
    stage.now = stage.last_seen = NOW + timedelta(hours=1)
    let_in(stage.engine, stage.home, "ad2", Role.ADMINISTRATOR, stage.now, FIRST_DAY)
    stage.consent(case)
    stage.authorise(case, executor="ad2")
    stage.executor = "ad2"


def _executor_signed(stage: Stage) -> None:
    case = stage.apply()
    stage.consent(case)
    stage.authorise(case, executor="pm1")
    stage.executor = "pm1"


def _executor_untrained(stage: Stage) -> None:
    stage.authorised()
    note_event(
        stage.engine, stage.actor("pm1"), "ad1", EventKind.TRAINING_ATTENDED,
        date(2023, 11, 13), is_withdrawn=True,
    )  # fmt: skip


def _executor_is_no_administrator(stage: Stage) -> None:
    case = stage.apply()
    stage.consent(case)
    stage.authorise(case, executor="sv1")


def _signature_changed(stage: Stage) -> None:
    stage.authorised()
    with stage.engine.begin() as connection:
        one = connection.execute(select(signatures.c.signature)).scalars().first()
        changed = ("B" if one[8] != "B" else "C").join((one[:8], one[9:]))  # type: ignore[index]
        connection.execute(
            update(signatures).where(signatures.c.signature == one).values(signature=changed)
        )


def _authorisation_expired(stage: Stage) -> None:
    stage.authorised()
    stage.now = stage.last_seen = NOW + timedelta(8)


def _other_epoch(stage: Stage) -> None:
    stage.authorised()
    ring = Keyring.open(stage.home)
    ring.next_epoch(stage.home)
    settle(stage.home)


def _consent_changed(stage: Stage) -> None:
    case = stage.authorised()
    stage.consent(case, conditions="立会いは午前のみ")


def _item_added(stage: Stage) -> None:
    stage.authorised()
    with stage.engine.begin() as connection:
        connection.execute(
            update(case_items).where(case_items.c.no == 1).values(object_id=recording_id(COUNT - 1))
        )


def _item_restored(stage: Stage) -> None:
    stage.authorised()
    restore(stage.engine, stage.home, stage.actor("pm1"), recording_id(0))


def _all_held(stage: Stage) -> None:
    stage.authorised()
    for number in range(OLD):
        set_hold(stage.engine, stage.actor("pm1"), recording_id(number), HoldReason.AUDIT)


def _too_young(stage: Stage) -> None:
    case = stage.apply(is_contract_end=True)
    stage.consent(case)
    stage.authorise(case)
    from compliance.erasure.case_file import cases

    with stage.engine.begin() as connection:
        connection.execute(update(cases).values(is_contract_end=False))


def _no_witness(stage: Stage) -> None:
    case = stage.apply(wants_witness=True)
    stage.consent(case)
    stage.authorise(case)


def _no_key_medium(stage: Stage) -> None:
    stage.authorised()
    stage.key_medium.rename(stage.folder / "away")


def _clock_jumped(stage: Stage) -> None:
    stage.authorised()
    stage.last_seen = NOW - timedelta(days=4)


def _clock_jumped_before(stage: Stage) -> None:
    """A run has lived through the jump, and nobody has looked at the clock."""
    stage.authorised()
    claim_clock(stage.engine, ClockKind.REAL, NOW - timedelta(days=9))
    claim_clock(stage.engine, ClockKind.REAL, NOW)


def _clock_went_back(stage: Stage) -> None:
    stage.authorised()
    stage.last_seen = NOW + timedelta(seconds=1)


def _withdrawn(stage: Stage) -> None:
    case = stage.authorised()
    withdraw(stage.engine, stage.actor("mg1"), case.case_id)


def _no_area(stage: Stage) -> None:
    stage.authorised()
    values = {"name": "応対室", "place": "3階", "kind": "work", "starts_on": "2023-11-13", "reported_on": "2023-11-13"}  # fmt: skip
    ring = Keyring.open(stage.home)
    save_entries(stage.engine, ring, AREAS, stage.actor("pm1"), [Draft("", values)])


WAYS: dict[str, Callable[[Stage], None]] = {
    "no_consent": _no_consent,
    "consent_expired": _expired,
    "consent_narrower": _narrower,
    "not_authorised": _unauthorised,
    "one_authoriser": _one_authoriser,
    "no_officer": _no_officer,
    "authoriser_refused": _no_pledge,
    "authoriser_refused ": _untrained,
    "key_not_enrolled": _key_withdrawn,
    "key_not_enrolled ": _key_replaced,
    "newcomer": _key_came_after,
    "newcomer ": _executor_came_after,
    "executor_signed": _executor_signed,
    "executor_refused": _executor_untrained,
    "executor_refused ": _executor_is_no_administrator,
    "signature_wrong": _signature_changed,
    "authorisation_expired": _authorisation_expired,
    "authorisation_other": _other_epoch,
    "authorisation_other ": _consent_changed,
    "selection_changed": _item_added,
    "selection_changed ": _item_restored,
    "nothing_left": _all_held,
    "too_young": _too_young,
    "no_witness": _no_witness,
    "no_key_backup": _no_key_medium,
    "no_area": _no_area,
    "clock_jumped": _clock_jumped,
    "clock_jumped ": _clock_went_back,
    "clock_jumped  ": _clock_jumped_before,
    "wrong_state": _withdrawn,
}


@pytest.mark.parametrize("reason", WAYS)
def test_it_is_refused_with_its_reason_and_nothing_is_touched(stage: Stage, reason: str) -> None:
    WAYS[reason](stage)
    (case,) = all_cases(stage.engine)
    with pytest.raises(ErasureRefused, match=rf"  {reason.strip()}: "):
        stage.execute(case, stage.executor)
    assert_untouched(stage)


def test_whoever_executes_is_the_one_that_was_authorised(stage: Stage) -> None:
    case = stage.authorised()
    with pytest.raises(ErasureRefused, match="other_executor"):
        stage.execute(case, executor="pm1")
    assert_untouched(stage)


def test_whoever_signed_does_not_sign_twice(stage: Stage) -> None:
    case = stage.apply()
    stage.consent(case)
    stage.authorise(case, "pm1")
    with pytest.raises(EntryRefused, match="署名済み"):
        stage.authorise(case, "pm1")
    with pytest.raises(EntryRefused, match="実施者は ad1"):
        stage.authorise(case, "mg1", executor="pm1")


def test_an_authorisation_that_ran_out_is_begun_anew(stage: Stage) -> None:
    case = stage.authorised()
    stage.now = stage.last_seen = NOW + timedelta(8)
    stage.authorise(case, "pm1")
    given = authorisation_of(stage.engine, case.case_id)
    assert given is not None and (given.round, len(given.signatures)) == (2, 1)
    stage.authorise(case, "cp1")
    assert stage.execute(case).done == OLD


def test_an_application_needs_the_citys_method_and_something_to_erase(stage: Stage) -> None:
    from compliance.erasure.case_file import designations

    with pytest.raises(EntryRefused, match="手元にあり 0、保全中 0"):
        stage.apply(first_day=date(2023, 12, 1))
    with pytest.raises(EntryRefused, match="1 件指定"):
        stage.apply(ids=("nobody",))
    with stage.engine.begin() as connection:
        connection.execute(delete(designations))
    with pytest.raises(EntryRefused, match="市の指定が記録されていません"):
        stage.apply()
    assert not all_cases(stage.engine)


def test_a_recording_is_in_one_open_application(stage: Stage) -> None:
    first = stage.apply()
    with pytest.raises(EntryRefused, match=first.case_id):
        stage.apply(kind="call")
    withdraw(stage.engine, stage.actor("mg1"), first.case_id)
    assert stage.apply(kind="call").case_id == "E-0002"


def test_the_ways_to_select(stage: Stage) -> None:
    for facts, count in (
        ({"first_day": date(2023, 11, 20), "last_day": date(2023, 11, 20)}, OLD),
        ({"medium": "m-a"}, OLD),
        ({"kind": "call", "ids": (recording_id(1),)}, 1),
        ({"is_contract_end": True}, COUNT),
    ):
        case = stage.apply(**facts)
        assert case.items_count == count
        withdraw(stage.engine, stage.actor("mg1"), case.case_id)


def test_a_consent_fits_its_days_and_is_kept_in_every_revision(stage: Stage) -> None:
    case = stage.apply()
    for facts in ({"dated_on": date(2024, 1, 24)}, {"dated_on": date(2024, 1, 26)}, {"consented_by": " "}):  # fmt: skip
        with pytest.raises(EntryRefused):
            stage.consent(case, **facts)
    stage.consent(case, items_count=1)
    stage.consent(case)
    found = consent_of(stage.engine, case.case_id)
    assert found is not None and (found.revision, found.items_count) == (2, OLD)


def test_states_go_on_as_they_may_and_no_other_way(stage: Stage) -> None:
    reached = {CaseState.APPLIED}
    while more := {s for state in reached for s in FOLLOWS[state]} - reached:
        reached |= more
    assert reached == set(CaseState) == set(FOLLOWS)
    case = stage.authorised()
    stage.execute(case)
    with pytest.raises(TransitionRefused):
        withdraw(stage.engine, stage.actor("mg1"), case.case_id)


def test_a_wrong_medium_folder_is_no_key_medium(stage: Stage) -> None:
    """The medium is there, its registered copy is not: it can be renewed, so the erasure may begin."""
    case = stage.authorised()
    for folder in stage.key_medium.iterdir():
        shutil.rmtree(folder)
    assert stage.execute(case).done == 0  # a lost copy is never known to be destroyed


def test_a_standing_consent_stands_for_the_single_one_where_it_may(stage: Stage) -> None:
    actor = stage.actor("mg1")
    given = Standing(
        date(2024, 1, 10), "高齢福祉課長", "call", TODAY, EvidenceKind.DOCUMENT, EVIDENCE
    )
    number = record_standing(stage.engine, actor, given)
    messages = record_standing(stage.engine, actor, replace(given, kind="message"))
    ended = record_standing(stage.engine, actor, replace(given, expires_on=date(2024, 1, 24)))
    case = stage.apply()
    for wrong, is_allowed in ((number, False), (messages, True), (ended, True)):
        with pytest.raises(ErasureRefused):
            consent_under(stage.engine, actor, case.case_id, wrong, is_allowed=is_allowed)
    with pytest.raises(EntryRefused):
        consent_under(stage.engine, actor, case.case_id, "S-9999", is_allowed=True)
    with pytest.raises(EntryRefused):
        record_standing(stage.engine, actor, replace(given, dated_on=date(2024, 1, 26)))
    consent_under(stage.engine, actor, case.case_id, number, is_allowed=True)
    with pytest.raises(ErasureRefused, match="not_authorised"):
        stage.execute(case)
    stage.authorise(case)
    assert stage.execute(case).done == OLD


def test_the_contracts_end_is_never_under_a_standing_consent(stage: Stage) -> None:
    actor = stage.actor("mg1")
    given = Standing(date(2024, 1, 10), "高齢福祉課長", "", TODAY, EvidenceKind.DOCUMENT, EVIDENCE)
    number = record_standing(stage.engine, actor, given)
    case = stage.apply(is_contract_end=True)
    with pytest.raises(ErasureRefused, match="範囲の外"):
        consent_under(stage.engine, actor, case.case_id, number, is_allowed=True)


def test_the_words_of_inquiries_go_when_they_are_asked_for_and_no_recording_with_them(
    stage: Stage,
) -> None:
    told = Inquiry(
        "1.1", 1, RECORDED, "op1", "policy", "other", handling="listened", summary="言葉。"
    )
    young = replace(told, call_id="1.2", at=NOW)
    enter(
        stage.engine,
        Keyring.open(stage.home),
        load_form(),
        stage.actor("sv1"),
        [told, young],
        oversees=True,
    )
    assert stage.apply().items_count == OLD, "no word goes unless it is asked for"
    withdraw(stage.engine, stage.actor("mg1"), "E-0001")
    case = stage.apply(kind="inquiry")
    assert case.items_count == 1, "what is younger than the days of keeping stays"
    stage.consent(case)
    stage.authorise(case)
    assert stage.execute(case).done == 1
    kept = latest(stage.engine, Keyring.open(stage.home))
    assert [k.has_summary for k in kept] == [False, True]
    assert counts(stage.engine).keys() == {"sealed"}


def test_a_record_corrected_after_consent_is_another_item(stage: Stage) -> None:
    told = Inquiry(
        "1.1", 1, RECORDED, "op1", "policy", "other", handling="listened", summary="言葉。"
    )
    ring = Keyring.open(stage.home)
    enter(stage.engine, ring, load_form(), stage.actor("sv1"), [told], oversees=True)
    case = stage.apply(kind="inquiry")
    stage.consent(case)
    stage.authorise(case)
    changed = replace(told, summary="別の言葉。")
    enter(
        stage.engine,
        Keyring.open(stage.home),
        load_form(),
        stage.actor("sv1"),
        [changed],
        oversees=True,
    )
    with pytest.raises(ErasureRefused, match="selection_changed"):
        stage.execute(case)
