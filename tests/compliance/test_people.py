"""Who may do what follows from registers: the table, the states, the history, the keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from compliance.audit.log import AuditLog, entries
from compliance.audit.verify import verify
from compliance.errors import EntryRefused, KeyUnavailable, NotAllowed, Outdated, PersonUnproved
from compliance.ground.acts import SYSTEM, Action, Actor, Purpose, Result, audit_outbox
from compliance.ground.home import Home
from compliance.keys.names import NameKey, load_or_create_name_key
from compliance.people import acting
from compliance.people.key_files import key_file, laid_ready
from compliance.people.person import Approval, Employment, EventKind, Particulars, people
from compliance.people.person_keys import enrolled_keys, is_founded
from compliance.people.present import persons
from compliance.people.register import change, enter, history, names
from compliance.people.rights import HARMLESS, Right, Role, roles_with
from compliance.people.standing import DenialReason, Denied, Permitted, Person, may
from compliance.people.training_and_pledges import note_event
from tests.support.people import bare_key

FIRST = date(2023, 11, 20)
TODAY = date(2023, 12, 1)
AT = datetime(2023, 11, 20, 0, 0, tzinfo=UTC)
FOUNDER = Actor(SYSTEM, AT, purpose=Purpose.FOUNDING)
KEY = NameKey(b"k" * 32)
NAME = "表示 花子"


def person(*roles: Role) -> Person:
    return Person("a1", 1, frozenset(roles), FIRST, FIRST, trained_on=FIRST, pledged_on=FIRST)


# ---- the table

ROWS = """
                    city_viewer operator supervisor manager officer chief_officer administrator
read_papers              x         .         x         x       x          x             x
see_runs                 .         .         x         x       x          x             x
write_inquiry            .         x         x         x       .          .             .
tell_the_city            .         .         x         x       .          .             .
listen                   .         .         x         x       x          .             .
export_recording         .         .         .         x       x          .             .
hold_recording           .         .         .         x       x          x             .
restore_recording        .         .         .         .       x          .             x
run_jobs                 .         .         .         .       .          .             x
rebuild                  .         .         .         x       .          .             x
confirm_paper            .         .         .         x       .          .             .
give_receipt             x         .         .         .       .          .             .
open_handed_over         x         .         .         .       .          .             .
keep_people              .         .         .         x       x          x             .
keep_registers           .         .         .         x       x          x             .
enrol_key                .         .         .         .       x          x             .
confirm_person           .         .         .         x       x          x             .
manage_keys              .         .         .         .       x          .             x
export_log               .         .         .         .       x          x             x
review_log               .         .         .         .       x          x             .
apply_erasure            .         .         .         x       x          .             .
record_consent           .         .         .         x       x          .             .
authorise_erasure        .         .         .         x       x          x             .
execute_erasure          .         .         .         .       x          .             x
verify_erasure           .         .         x         x       x          x             .
see_erasures             .         .         x         x       x          x             x
see_custody              .         .         .         x       x          x             x
"""
STATES: dict[str, tuple[dict[str, object], DenialReason | None]] = {
    "in force": ({}, None),
    "left yesterday": ({"ends_on": TODAY - timedelta(1)}, DenialReason.LEFT),
    "leaves today": ({"ends_on": TODAY}, None),
    "begins tomorrow": ({"starts_on": TODAY + timedelta(1)}, DenialReason.NOT_BEGUN),
    "not reported": ({"reported_on": None}, DenialReason.NOT_REPORTED),
    "reported tomorrow": ({"reported_on": TODAY + timedelta(1)}, DenialReason.NOT_REPORTED),
    "no pledge": ({"pledged_on": None}, DenialReason.NO_PLEDGE),
    "pledge over": ({"pledge_ends_on": TODAY - timedelta(1)}, DenialReason.NO_PLEDGE),
    "never trained": ({"trained_on": None}, DenialReason.NOT_TRAINED),
    "trained 365 days ago": ({"trained_on": TODAY - timedelta(365)}, None),
    "trained 366 days ago": ({"trained_on": TODAY - timedelta(366)}, DenialReason.NOT_TRAINED),
    "training tomorrow": ({"trained_on": TODAY + timedelta(1)}, DenialReason.NOT_TRAINED),
    "reserve in force": ({"is_reserve": True}, None),
}


def table() -> dict[tuple[Right, Role], bool]:
    head, *lines = ROWS.strip().splitlines()
    roles = [Role(word) for word in head.split()]
    return {
        (Right(right), role): mark == "x"
        for right, *marks in (line.split() for line in lines)
        for role, mark in zip(roles, marks, strict=True)
    }


@pytest.mark.parametrize("state", STATES)
def test_role_by_right_by_state_of_the_registers(state: str) -> None:
    changes, reason = STATES[state]
    cells = table()
    assert len(cells) == len(Right) * len(Role)
    for (right, role), has_right in cells.items():
        decision = may(replace(person(role), **changes), right, TODAY)  # type: ignore[arg-type]
        is_city = role is Role.CITY_VIEWER
        blocked = (
            reason if not is_city or reason in {DenialReason.LEFT, DenialReason.NOT_BEGUN} else None
        )
        expected = blocked or (None if has_right else DenialReason.WRONG_ROLE)
        found = decision.reason if isinstance(decision, Denied) else None
        assert found == expected, (right, role)


def test_the_administrator_runs_jobs_and_hears_nothing() -> None:
    hearing = {Right.LISTEN, Right.EXPORT_RECORDING}
    assert not any(Role.ADMINISTRATOR in roles_with(right) for right in hearing)
    assert roles_with(Right.TELL_THE_CITY) <= roles_with(Right.SEE_RUNS), (
        "the morning links to the UI"
    )
    of_the_city = {right for right in Right if Role.CITY_VIEWER in roles_with(right)}
    assert of_the_city == {Right.READ_PAPERS, Right.GIVE_RECEIPT, Right.OPEN_HANDED_OVER}
    assert roles_with(Right.GIVE_RECEIPT) == {Role.CITY_VIEWER}, "nobody of the centre gives it"
    assert roles_with(Right.OPEN_HANDED_OVER) == {Role.CITY_VIEWER}


def test_an_officer_who_came_later_needs_the_city_s_approval_for_what_officers_do() -> None:
    late = replace(person(Role.OFFICER, Role.MANAGER), needs_approval=True)
    assert may(late, Right.ENROL_KEY, TODAY) == Denied(DenialReason.NOT_APPROVED)
    assert may(late, Right.CONFIRM_PAPER, TODAY).is_allowed, "a manager stays one"
    assert may(replace(late, approved_on=TODAY + timedelta(1)), Right.ENROL_KEY, TODAY) == Denied(
        DenialReason.NOT_APPROVED
    )
    assert may(replace(late, approved_on=TODAY), Right.ENROL_KEY, TODAY).is_allowed


def test_what_ends_is_told_thirty_days_ahead() -> None:
    ending = replace(person(Role.OPERATOR), ends_on=TODAY + timedelta(10))
    decision = may(ending, Right.WRITE_INQUIRY, TODAY)
    assert isinstance(decision, Permitted)
    assert [(s.reason, s.from_day) for s in decision.soon] == [
        (DenialReason.LEFT, TODAY + timedelta(11))
    ]
    last_trained = replace(person(Role.OPERATOR), trained_on=TODAY - timedelta(365 - 29))
    assert may(last_trained, Right.WRITE_INQUIRY, TODAY).soon  # type: ignore[union-attr]
    earlier = replace(person(Role.OPERATOR), trained_on=TODAY - timedelta(365 - 30))
    assert not may(earlier, Right.WRITE_INQUIRY, TODAY).soon  # type: ignore[union-attr]


def test_nobody_knows_somebody_who_stands_in_no_register() -> None:
    assert may(None, Right.READ_PAPERS, TODAY) == Denied(DenialReason.UNKNOWN)


# ---- the register, on each engine


def given(*roles: Role, **changes: object) -> Particulars:
    base = Particulars(frozenset(roles), Employment.REGULAR, FIRST, reported_on=FIRST)
    return replace(base, **changes)  # type: ignore[arg-type]


def put_in_force(engine: Engine, staff_id: str, *roles: Role, **changes: object) -> None:
    enter(engine, KEY, FOUNDER, staff_id, NAME, given(*roles, **changes))
    note_event(engine, FOUNDER, staff_id, EventKind.TRAINING_ATTENDED, FIRST)
    note_event(engine, FOUNDER, staff_id, EventKind.PLEDGE, FIRST)


def test_a_person_s_history_only_grows(engine: Engine) -> None:
    put_in_force(engine, "op1", Role.OPERATOR)
    change(engine, KEY, FOUNDER, "op1", 1, roles=frozenset({Role.SUPERVISOR}))
    change(engine, KEY, FOUNDER, "op1", 2, ends_on=TODAY)
    versions = history(engine, "op1")
    assert [v.version for v in versions] == [1, 2, 3]
    assert [sorted(v.particulars.roles) for v in versions] == [
        ["operator"], ["supervisor"], ["supervisor"],
    ]  # fmt: skip
    found = persons(engine, FIRST)["op1"]
    assert (found.roles, found.ends_on, found.trained_on) == ({Role.SUPERVISOR}, TODAY, FIRST)
    assert names(engine, KEY) == {"op1": NAME}
    with engine.connect() as connection:
        actions = [row.action for row in connection.execute(select(audit_outbox))]
    assert actions == [
        Action.PERSON_ENTERED, Action.TRAINING_ATTENDED, Action.PLEDGE_SIGNED,
        Action.PERSON_CHANGED, Action.PERSON_LEFT,
    ]  # fmt: skip


def test_two_who_saw_the_same_cannot_both_save(engine: Engine) -> None:
    put_in_force(engine, "op1", Role.OPERATOR)
    change(engine, KEY, FOUNDER, "op1", 1, is_reserve=True)
    with pytest.raises(Outdated, match="見直してから"):
        change(engine, KEY, FOUNDER, "op1", 1, ends_on=TODAY)
    assert len(history(engine, "op1")) == 2
    assert persons(engine, FIRST)["op1"].ends_on is None


def test_two_who_save_at_the_same_moment(engine: Engine, url: str) -> None:
    """The second is between reading and writing when the first saves."""
    from compliance.people import register

    put_in_force(engine, "op1", Role.OPERATOR)
    real, done = register.latest_row, []

    def latest(connection: object, staff_id: str) -> object:
        found = real(connection, staff_id)  # type: ignore[arg-type]
        if not done:
            done.append(1)
            other = register.open_for_test(url)
            change(other, KEY, FOUNDER, "op1", 1, is_reserve=True)
            other.dispose()
        return found

    monkey = pytest.MonkeyPatch()
    monkey.setattr(register, "latest_row", latest)
    monkey.setattr(register, "open_for_test", _open, raising=False)
    try:
        with pytest.raises(Outdated):
            change(engine, KEY, FOUNDER, "op1", 1, ends_on=TODAY)
    finally:
        monkey.undo()
    assert [v.version for v in history(engine, "op1")] == [1, 2]
    assert persons(engine, FIRST)["op1"].is_reserve


def _open(url: str) -> Engine:
    from compliance.ground.operations import open_operations

    return open_operations(url)


def test_what_contradicts_the_register_is_refused(engine: Engine) -> None:
    put_in_force(engine, "op1", Role.OPERATOR)
    cases = [
        ("op1", NAME, given(Role.OPERATOR)),
        ("system", NAME, given(Role.OPERATOR)),
        ("x" * 33, NAME, given(Role.OPERATOR)),
        ("a b", NAME, given(Role.OPERATOR)),
        ("n1", " ", given(Role.OPERATOR)),
        ("n1", "a\nb", given(Role.OPERATOR)),
        ("n1", NAME, given()),
        ("n1", NAME, given(Role.OPERATOR, ends_on=FIRST - timedelta(1))),
        ("n1", NAME, given(Role.OFFICER, approval=Approval.APPROVED)),
        ("n1", NAME, given(Role.OFFICER, approved_on=FIRST)),
        ("n1", NAME, given(Role.OPERATOR, is_reserve=True, reported_on=None)),
    ]
    for staff_id, name, particulars in cases:
        with pytest.raises(EntryRefused) as refused:
            enter(engine, KEY, FOUNDER, staff_id, name, particulars)
        assert NAME not in str(refused.value)
    with pytest.raises(EntryRefused):
        change(engine, KEY, FOUNDER, "nobody", 1, is_reserve=True)
    with pytest.raises(EntryRefused):
        note_event(engine, FOUNDER, "nobody", EventKind.PLEDGE, FIRST)
    assert list(persons(engine, FIRST)) == ["op1"]


def test_a_pledge_or_training_that_was_entered_wrongly_is_withdrawn_by_a_row(
    engine: Engine,
) -> None:
    put_in_force(engine, "op1", Role.OPERATOR)
    later = FIRST + timedelta(5)
    note_event(engine, FOUNDER, "op1", EventKind.TRAINING_ATTENDED, later)
    assert persons(engine, FIRST)["op1"].trained_on == later
    note_event(engine, FOUNDER, "op1", EventKind.TRAINING_ATTENDED, later, is_withdrawn=True)
    assert persons(engine, FIRST)["op1"].trained_on == FIRST
    with pytest.raises(EntryRefused, match="ないので取り消せません"):
        note_event(engine, FOUNDER, "op1", EventKind.TRAINING_ATTENDED, later, is_withdrawn=True)
    with pytest.raises(EntryRefused, match="登録済みです"):
        note_event(engine, FOUNDER, "op1", EventKind.PLEDGE, FIRST)
    note_event(engine, FOUNDER, "op1", EventKind.PLEDGE, FIRST, ends_on=TODAY)
    assert persons(engine, FIRST)["op1"].pledge_ends_on == TODAY


def test_an_officer_of_the_first_lists_and_one_who_came_later(engine: Engine) -> None:
    put_in_force(engine, "pm1", Role.OFFICER)
    put_in_force(engine, "mg1", Role.MANAGER)
    put_in_force(engine, "pm2", Role.OFFICER, starts_on=FIRST + timedelta(3))
    change(engine, KEY, FOUNDER, "mg1", 1, roles=frozenset({Role.MANAGER, Role.OFFICER}))
    found = persons(engine, FIRST)
    assert {s: p.needs_approval for s, p in found.items()} == {
        "pm1": False, "mg1": True, "pm2": True,
    }  # fmt: skip
    change(engine, KEY, FOUNDER, "pm2", 1, approval=Approval.APPROVED, approved_on=FIRST)
    assert may(persons(engine, FIRST)["pm2"], Right.ENROL_KEY, TODAY).is_allowed
    assert not may(persons(engine, FIRST)["mg1"], Right.ENROL_KEY, TODAY).is_allowed


def test_names_lie_sealed_and_open_in_their_place_only(engine: Engine) -> None:
    put_in_force(engine, "op1", Role.OPERATOR)
    with engine.connect() as connection:
        sealed = connection.execute(select(people.c.sealed_name)).scalar_one()
    assert NAME.encode() not in sealed
    assert KEY.open(sealed, "op1/1") == NAME
    for key, place in ((KEY, "op2/1"), (NameKey(b"x" * 32), "op1/1")):
        with pytest.raises(KeyUnavailable):
            key.open(sealed, place)


def test_the_key_of_names_is_never_begun_anew_while_names_are_kept(home: Home) -> None:
    key = load_or_create_name_key(home, holds_names=False)
    assert load_or_create_name_key(home, holds_names=True).open(key.seal("a", "p"), "p") == "a"
    (home.keys / "names.key").chmod(0o644)
    with pytest.raises(KeyUnavailable, match="chmod"):
        load_or_create_name_key(home, holds_names=True)
    (home.keys / "names.key").unlink()
    with pytest.raises(KeyUnavailable, match="restore"):
        load_or_create_name_key(home, holds_names=True)


# ---- who is at it


def refusals(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(
            select(audit_outbox).where(audit_outbox.c.result == Result.REFUSED.value)
        )
        return [(row.actor, row.object_id) for row in rows]


def test_a_home_is_founded_once_and_then_everybody_proves_who_they_are(
    engine: Engine, home: Home
) -> None:
    founder = acting.founder(engine, AT)
    put_in_force(engine, "pm1", Role.OFFICER)
    assert acting.allow(engine, founder, Right.ENROL_KEY, TODAY, FIRST).is_allowed
    public = bare_key(engine, home, "pm1", "correct horse", AT)
    with pytest.raises(PersonUnproved, match="--by"):
        acting.founder(engine, AT)
    with pytest.raises(NotAllowed):
        acting.allow(engine, founder, Right.KEEP_PEOPLE, TODAY, FIRST)
    actor = acting.prove(engine, home, "pm1", "correct horse", AT)
    assert (actor.staff_id, actor.proof) == ("pm1", public.fingerprint)
    assert acting.allow(engine, actor, Right.ENROL_KEY, TODAY, FIRST).is_allowed
    with pytest.raises(NotAllowed, match="この役割"):
        acting.allow(engine, actor, Right.RUN_JOBS, TODAY, FIRST)
    assert refusals(engine) == [("system", "keep_people"), ("pm1", "run_jobs")]


def test_nobody_passes_for_somebody_else(engine: Engine, home: Home) -> None:
    put_in_force(engine, "pm1", Role.OFFICER)
    put_in_force(engine, "op1", Role.OPERATOR)
    bare_key(engine, home, "pm1", "correct horse", AT)
    bare_key(engine, home, "op1", "battery staple", AT)
    with pytest.raises(PersonUnproved, match="passphrase"):
        acting.prove(engine, home, "pm1", "battery staple", AT)
    with pytest.raises(PersonUnproved, match="No key"):
        acting.prove(engine, home, "sv9", "battery staple", AT)
    own, other = key_file(home, "pm1"), key_file(home, "op1")
    own.write_bytes(other.read_bytes())
    with pytest.raises(PersonUnproved, match="not the one that was enrolled"):
        acting.prove(engine, home, "pm1", "battery staple", AT)
    assert len(refusals(engine)) == 3
    assert b"battery" not in other.read_bytes()


def test_a_new_key_takes_the_old_one_s_place_and_a_withdrawn_one_opens_nothing(
    engine: Engine, home: Home
) -> None:
    put_in_force(engine, "pm1", Role.OFFICER)
    first = bare_key(engine, home, "pm1", "correct horse", AT)
    actor = acting.prove(engine, home, "pm1", "correct horse", AT)
    second = bare_key(engine, home, "pm1", "battery staple", AT)
    assert first != second
    assert enrolled_keys(engine) == {"pm1": second}
    acting.withdraw_own(engine, actor)
    assert enrolled_keys(engine) == {}
    with pytest.raises(PersonUnproved):
        acting.prove(engine, home, "pm1", "battery staple", AT)
    assert is_founded(engine), "an emptied register founds no home anew"
    with pytest.raises(EntryRefused):
        acting.withdraw_own(engine, actor)


def test_an_enrolment_that_was_cut_off_locks_nobody_out(
    engine: Engine, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The register has the new key, its file has not got its name; and the other way round."""
    put_in_force(engine, "pm1", Role.OFFICER)
    bare_key(engine, home, "pm1", "correct horse", AT)

    def cut_off(*_: object) -> None:
        raise OSError(5, "cut off")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut_off)
        with pytest.raises(OSError, match="cut off"):
            laid_ready(home, "pm1", "never taken")
    assert acting.prove(engine, home, "pm1", "correct horse", AT).staff_id == "pm1"

    key, path = key_file(home, "pm1"), key_file(home, "pm1").with_suffix(".new")
    old = key.read_bytes()
    bare_key(engine, home, "pm1", "battery staple", AT)
    key.replace(
        path
    )  # the register took it, and then the power went: the old file has the name still
    key.write_bytes(old)
    key.chmod(0o600)
    with pytest.raises(PersonUnproved):
        acting.prove(engine, home, "pm1", "correct horse", AT)
    assert acting.prove(engine, home, "pm1", "battery staple", AT).staff_id == "pm1"
    assert key.exists() and not path.exists()


def test_a_page_may_do_only_what_harms_nothing(engine: Engine, tmp_path: Path) -> None:
    for right in Right:
        if right in HARMLESS:
            acting.allow(engine, acting.from_page(AT), right, TODAY, FIRST)
        else:
            with pytest.raises(NotAllowed):
                acting.allow(engine, acting.from_page(AT), right, TODAY, FIRST)


def test_what_the_registers_noted_reaches_the_log(engine: Engine, home: Home) -> None:
    put_in_force(engine, "pm1", Role.OFFICER)
    log = AuditLog(home)
    assert log.drain(engine) == 3
    assert log.drain(engine) == 0
    put_in_force(engine, "op1", Role.OPERATOR)
    assert log.drain(engine) == 3
    log.checkpoint()
    assert [e["object_id"] for e in entries(log.folder)] == ["pm1"] * 3 + ["op1"] * 3
    assert verify(log.folder).is_right


def test_somebody_who_left_is_refused_at_once(engine: Engine, home: Home) -> None:
    put_in_force(engine, "pm1", Role.OFFICER)
    put_in_force(engine, "cp1", Role.CHIEF_OFFICER)
    for staff_id in ("pm1", "cp1"):
        bare_key(engine, home, staff_id, "correct horse", AT)
    actor = acting.prove(engine, home, "pm1", "correct horse", AT)
    other = acting.prove(engine, home, "cp1", "correct horse", AT)
    change(engine, KEY, other, "pm1", 1, ends_on=TODAY - timedelta(1))
    with pytest.raises(NotAllowed, match="終了日"):
        acting.allow(engine, actor, Right.KEEP_PEOPLE, TODAY, FIRST)
