"""The door: who is let in, for how long, and what a stranger gets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import Engine, select

from compliance.errors import EntryRefused, KeyUnavailable, LogInRefused, MustWait, NotAllowed
from compliance.ground.acts import SYSTEM, Actor, Purpose, Via, audit_outbox
from compliance.ground.home import Home
from compliance.keys.names import NameKey
from compliance.people.acting import allow, prove, withdraw_own
from compliance.people.person import Employment, EventKind, Particulars
from compliance.people.person_keys import enrolled_keys
from compliance.people.register import change, enter
from compliance.people.rights import SIGNED, Right, Role
from compliance.people.training_and_pledges import note_event
from compliance.sign_in import accounts as door
from compliance.sign_in import attempts, passwords, sessions, totp
from compliance.sign_in.accounts import (
    change_password,
    close_account,
    log_in,
    open_account,
    open_accounts,
    set_second,
)
from compliance.sign_in.sessions import Visitor, visitor_of
from compliance.sign_in.store import accounts
from compliance.sign_in.waiting import Waiting
from tests.support.people import bare_key

FIRST = date(2023, 11, 20)
AT = datetime(2023, 11, 20, 0, 30, tzinfo=UTC)
OFFICER = Actor("pm1", AT, proof="f" * 64)
FOUNDER = Actor(SYSTEM, AT, purpose=Purpose.FOUNDING)
KEY = NameKey(b"k" * 32)
PASSWORD = "回数券より 歩いて 札幌"
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _light(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked here is asked hundreds of times: the work of a hash is measured by a test of its own."""
    if "whole_work" not in request.fixturenames:
        monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)


@pytest.fixture
def whole_work() -> None:
    """Argon2id as it is used."""


def person(engine: Engine, staff_id: str, *roles: Role, **changes: Any) -> None:
    given = Particulars(frozenset(roles), Employment.REGULAR, FIRST, reported_on=FIRST)
    enter(engine, KEY, FOUNDER, staff_id, "表示 花子", replace(given, **changes))
    note_event(engine, FOUNDER, staff_id, EventKind.TRAINING_ATTENDED, FIRST)
    note_event(engine, FOUNDER, staff_id, EventKind.PLEDGE, FIRST)


def enters(
    engine: Engine, staff_id: str = "op1", password: str = PASSWORD, at: datetime = AT, **more: Any
) -> str:
    facts = {"code": "", "first_day": FIRST, "terminal": "10.0.0.5", **more}
    return log_in(engine, staff_id, password, now=at, **facts)


def seen(engine: Engine, token: str, at: datetime = AT, **more: Any) -> Visitor | None:
    return visitor_of(engine, token, now=at, first_day=FIRST, **more)


def changed(engine: Engine, staff_id: str, present: str, new: str, at: datetime = AT) -> str:
    return change_password(
        engine, staff_id, present, new, now=at, first_day=FIRST, terminal="10.0.0.5"
    )


def sets_second(
    engine: Engine, secret: bytes, code: str, present_code: str = "", password: str = PASSWORD,
    at: datetime = AT, terminal: str = "10.0.0.5",
) -> None:  # fmt: skip
    set_second(
        engine, KEY, "op1", password, present_code, secret, code,
        now=at, first_day=FIRST, terminal=terminal,
    )  # fmt: skip


@pytest.fixture
def desk(engine: Engine) -> Engine:
    """A home in which op1 has an account with a password of their own."""
    person(engine, "op1", Role.OPERATOR)
    changed(engine, "op1", open_account(engine, OFFICER, "op1"), PASSWORD)
    return engine


def noted(engine: Engine) -> list[tuple[str, str, str, str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(select(audit_outbox).order_by(audit_outbox.c.seq)).fetchall()
    return [(r.actor, r.action, r.object_id, r.result, r.via) for r in rows]


def rows(engine: Engine, name: str) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(f"select count(*) from {name}").scalar_one())


# ---- passwords


def test_argon2id_gives_the_known_answer_of_rfc_9106() -> None:
    kdf = Argon2id(
        salt=b"\x02" * 16, length=32, iterations=3, lanes=4, memory_cost=32,
        secret=b"\x03" * 8, ad=b"\x04" * 12,
    )  # fmt: skip
    answer = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"  # RFC 9106, 5.3
    assert kdf.derive(b"\x01" * 32).hex() == answer


def test_a_password_is_kept_under_the_second_recommended_choice(whole_work: None) -> None:
    kept = passwords.hash_password(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.is_password(PASSWORD, kept)
    assert passwords.hash_password(PASSWORD) != kept, "each has a salt of its own"
    assert not passwords.is_password(PASSWORD + "x", kept)
    assert not passwords.is_password(PASSWORD, None)


def test_a_changed_hash_opens_to_nobody() -> None:
    kept = passwords.hash_password(PASSWORD)
    for at in range(len(kept)):
        tampered = kept[:at] + ("A" if kept[at] != "A" else "B") + kept[at + 1 :]
        # the last character of unpadded base64 carries spare bits, which decode to nothing else
        assert not passwords.is_password(PASSWORD, tampered), at


def test_a_password_is_the_same_however_it_is_typed() -> None:
    kept = passwords.hash_password("ﾊﾟｽﾜｰﾄﾞ ｔｏ ｓａｐｐｏｒｏ")
    assert passwords.is_password("パスワード to sapporo", kept)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short", "12文字以上"),
        ("①②③", "12文字以上"),
        ("op1op1op1op1op1", "職員番号"),
        ("aaaaaaaaaaaaaaaa", "繰返し"),
        ("x" * 10_000, "128文字以内"),
        ("twelve letters\u202e", "表示されない"),
        ("twelve letters\n", "表示されない"),
        ("password1234", "当てられます"),
        ("ｐａｓｓｗｏｒｄ１２３４", "当てられます"),
        ("madoguchi-demo", "当てられます"),
    ],
)
def test_what_no_password_can_be(password: str, told: str) -> None:
    assert told in " ".join(passwords.problems(password, "op1"))


def test_a_first_password_can_be_one_and_is_never_the_same() -> None:
    made = {passwords.first_password() for _ in range(200)}
    assert len(made) == 200
    assert all(not list(passwords.problems(one, "op1")) for one in made)


# ---- codes


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    step = totp.step_of(datetime.fromtimestamp(seconds, UTC))
    assert totp.code_at(b"12345678901234567890", step, digits=8) == code
    assert totp.code_at(b"12345678901234567890", step) == code[-6:]


@pytest.mark.parametrize(
    ("steps", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_counts_one_step_early_or_late(steps: int, counts: bool) -> None:
    secret, step = totp.new_secret(), totp.step_of(AT) + steps
    shown = totp.step_shown(secret, totp.code_at(secret, step), AT, frozenset())
    assert shown == (step if counts else None)


def test_a_second_proof_is_asked_for_and_each_code_counts_once(desk: Engine) -> None:
    secret = door.offered_second()
    with pytest.raises(EntryRefused):
        sets_second(desk, secret, "000000x")
    sets_second(desk, secret, totp.code_at(secret, totp.step_of(AT)))
    code = totp.code_at(secret, totp.step_of(AT))
    with pytest.raises(LogInRefused):
        enters(desk, key=KEY)
    with pytest.raises(KeyUnavailable):
        enters(desk, code=code)
    assert seen(desk, enters(desk, code=code, key=KEY))
    with pytest.raises(LogInRefused):
        enters(desk, code=code, key=KEY)
    following = totp.code_at(secret, totp.step_of(AT) + 1)
    assert seen(desk, enters(desk, code=following, key=KEY))
    with desk.connect() as connection:
        kept = connection.execute(select(accounts.c.sealed_second)).scalars().all()
    assert not any(one and secret.hex().encode() in one for one in kept)


def test_a_session_alone_sets_and_replaces_no_second_proof(desk: Engine) -> None:
    """Whoever finds a terminal open has neither the password nor the authenticator that is set."""
    first, mine = totp.new_secret(), totp.new_secret()

    def code(secret: bytes, minutes: int = 0) -> str:
        return totp.code_at(secret, totp.step_of(AT + minutes * MINUTE))

    with pytest.raises(LogInRefused):
        sets_second(desk, mine, code(mine), password="found it open")
    sets_second(desk, first, code(first))
    at = AT + MINUTE
    for shown in ("", "000000", code(mine, 1)):
        with pytest.raises(LogInRefused):
            sets_second(desk, mine, code(mine, 1), shown, at=at, terminal=f"10.0.2.{len(shown)}")
    assert noted(desk)[-1][1:4] == ("logged_in", "op1", "refused"), "each try is an entry"
    later = AT + 20 * MINUTE
    present = code(first, 20)
    sets_second(desk, mine, code(mine, 20), present, at=later)
    assert [one[1] for one in noted(desk)].count("second_factor_set") == 2
    with pytest.raises(LogInRefused):
        enters(desk, code=present, key=KEY, at=later)
    assert enters(desk, code=code(mine, 21), key=KEY, at=AT + 21 * MINUTE)


def test_a_code_that_replaced_a_proof_counts_no_more(desk: Engine) -> None:
    first, mine = totp.new_secret(), totp.new_secret()
    step = totp.step_of(AT)
    sets_second(desk, first, totp.code_at(first, step))
    sets_second(desk, mine, totp.code_at(mine, step), totp.code_at(first, step))
    with pytest.raises(LogInRefused):
        sets_second(desk, first, totp.code_at(first, step), totp.code_at(mine, step))


# ---- accounts


def test_a_first_password_lets_in_and_must_be_changed(engine: Engine) -> None:
    person(engine, "op1", Role.OPERATOR)
    first = open_account(engine, OFFICER, "op1")
    token = enters(engine, password=first)
    visitor = seen(engine, token)
    assert visitor and visitor.must_change and not visitor.may(Right.WRITE_INQUIRY)
    rotated = changed(engine, "op1", first, PASSWORD)
    assert rotated != token
    assert seen(engine, token) is None, "the earlier token counts no more"
    now = seen(engine, rotated)
    assert now and not now.must_change and now.may(Right.WRITE_INQUIRY)
    with pytest.raises(LogInRefused):
        enters(engine, password=first)


def test_an_account_is_somebody_s_in_the_register(engine: Engine) -> None:
    with pytest.raises(EntryRefused, match="nobody9"):
        open_account(engine, OFFICER, "nobody9")


def test_a_new_password_is_another_and_a_good_one(desk: Engine) -> None:
    for new, told in ((PASSWORD, "同じ"), ("short", "12文字")):
        with pytest.raises(EntryRefused, match=told):
            changed(desk, "op1", PASSWORD, new)
    assert enters(desk)


def test_opening_again_gives_a_new_password_and_ends_everything(desk: Engine) -> None:
    token = enters(desk)
    first = open_account(desk, OFFICER, "op1")
    assert seen(desk, token) is None
    with pytest.raises(LogInRefused):
        enters(desk)
    assert enters(desk, password=first)
    with desk.connect() as connection:
        revisions = connection.execute(select(accounts.c.revision)).scalars().all()
    assert sorted(revisions) == [1, 2, 3], "each change is a further revision"


def test_a_closed_account_lets_nobody_in(desk: Engine) -> None:
    token = enters(desk)
    close_account(desk, OFFICER, "op1")
    assert seen(desk, token) is None and not open_accounts(desk)
    with pytest.raises(LogInRefused):
        enters(desk)
    with pytest.raises(EntryRefused):
        close_account(desk, OFFICER, "op1")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda e: enters(e, password="wrong wrong wrong"),
        lambda e: enters(e, "nobody9"),
        lambda e: enters(e, ""),
        lambda e: enters(e, "op1' or '1'='1"),
        lambda e: enters(e, "𠮷" * 100_000, "x" * 1_000_000),
        lambda e: enters(e, "op1\x00", "\ud800" * 20),
        lambda e: enters(e, at=AT - timedelta(days=1)),
        lambda e: enters(e, at=AT + timedelta(days=400)),
    ],
    ids=["wrong", "unknown", "blank", "sql", "huge", "no text", "not begun", "training ran out"],
)
def test_one_text_whatever_was_wrong(desk: Engine, attempt: Callable[[Engine], str]) -> None:
    with pytest.raises(LogInRefused) as refused:
        attempt(desk)
    assert str(refused.value) == door.REFUSED
    assert refused.value.__cause__ is None
    assert noted(desk)[-1][1:] in [
        ("logged_in", "op1", "refused", "desk"), ("logged_in", "unknown", "refused", "desk"),
    ]  # fmt: skip


def test_log_ins_are_entries_and_hold_no_password(desk: Engine) -> None:
    with pytest.raises(LogInRefused):
        enters(desk, PASSWORD, "op1")  # typed into the wrong field
    token = enters(desk)
    sessions.end(desk, token, AT)
    assert [one[:4] for one in noted(desk)[-3:]] == [
        (SYSTEM, "logged_in", "unknown", "refused"),
        ("op1", "logged_in", "op1", "done"),
        ("op1", "logged_out", "op1", "done"),
    ]
    with desk.connect() as connection:
        for name in ("accounts", "log_in_attempts", "sessions", "audit_outbox"):
            text = str(connection.exec_driver_sql(f"select * from {name}").fetchall())
            assert PASSWORD not in text and token not in text, name


def test_an_unknown_id_costs_the_work_of_a_known_one(
    desk: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    work = passwords.is_password

    def counted(password: str, kept: str | None) -> bool:
        asked.append(kept is None)
        return work(password, kept)

    monkeypatch.setattr(door, "is_password", counted)
    for staff_id in ("nobody9", "op1"):
        with pytest.raises(LogInRefused):
            enters(desk, staff_id, "wrong wrong wrong")
    assert asked == [True, False]


# ---- lock-out


def fails(engine: Engine, at: datetime, staff_id: str = "op1", terminal: str = "10.0.0.9") -> None:
    with pytest.raises(LogInRefused):
        enters(engine, staff_id, "wrong wrong wrong", at, terminal=terminal)


def test_five_failures_lock_for_fifteen_minutes_and_no_longer(desk: Engine) -> None:
    for n in range(5):
        fails(desk, AT + n * MINUTE, terminal=f"10.0.1.{n}")
    fifth = AT + 4 * MINUTE
    for at in (fifth + SECOND, fifth + 15 * MINUTE - SECOND):
        with pytest.raises(LogInRefused):
            enters(desk, at=at)
    assert enters(desk, at=fifth + 15 * MINUTE), "attempts in the meantime did not lengthen it"


def test_four_failures_lock_nobody_and_others_are_not_locked(desk: Engine) -> None:
    person(desk, "sv1", Role.SUPERVISOR)
    first = open_account(desk, OFFICER, "sv1")
    for n in range(4):
        fails(desk, AT + n * SECOND, terminal=f"10.0.1.{n}")
    assert enters(desk, at=AT + 5 * SECOND)
    fails(desk, AT + 6 * SECOND)
    with pytest.raises(LogInRefused):
        enters(desk, at=AT + 7 * SECOND)
    assert enters(desk, "sv1", first, AT + 7 * SECOND)


@pytest.mark.parametrize(
    ("minutes", "now", "locked"),
    [
        ([0, 0, 0, 0], 1, False),
        ([0, 1, 2, 3, 4], 5, True),
        ([0, 4, 8, 12, 15], 16, True),
        ([0, 4, 8, 12, 16], 17, False),
        ([0, 1, 2, 3, 4], 18, True),
        ([0, 1, 2, 3, 4], 19, False),
        ([-25, -24, -23, -22, -21, -5], 0, False),
    ],
)
def test_when_a_staff_id_is_locked(minutes: list[int], now: int, locked: bool) -> None:
    assert attempts.is_locked([AT + n * MINUTE for n in minutes], AT + now * MINUTE) is locked


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (10, 32), (11, 60), (5_000, 60)]
)
def test_a_terminal_waits_longer_each_time(failures: int, seconds: int) -> None:
    assert attempts.waits_until([AT] * failures, AT) == AT + seconds * SECOND


def test_a_terminal_that_guesses_over_many_ids_is_slowed(desk: Engine) -> None:
    for n in range(8):
        fails(desk, AT + n * MINUTE, f"guess{n}")
    with pytest.raises(LogInRefused):
        enters(desk, at=AT + 7 * MINUTE + SECOND, terminal="10.0.0.9")
    assert enters(desk, at=AT + 7 * MINUTE + SECOND, terminal="10.0.0.5")
    assert enters(desk, at=AT + 9 * MINUTE, terminal="10.0.0.9")


def test_a_terminal_that_must_wait_costs_neither_hash_nor_row_nor_entry(
    desk: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        fails(desk, AT + n * SECOND, f"guess{n}")
    fails(desk, AT + 6 * SECOND)
    before = rows(desk, "log_in_attempts"), rows(desk, "audit_outbox")
    monkeypatch.setattr(door, "is_password", lambda *_: pytest.fail("a hash was computed"))
    for n in range(20):
        with pytest.raises(MustWait) as refused:
            enters(desk, f"guess{n}", at=AT + 7 * SECOND, terminal="10.0.0.9")
        assert refused.value.until == AT + 8 * SECOND
        with pytest.raises(MustWait):
            change_password(
                desk, "op1", PASSWORD, "x", now=AT + 7 * SECOND, first_day=FIRST, terminal="10.0.0.9"
            )  # fmt: skip
    assert (rows(desk, "log_in_attempts"), rows(desk, "audit_outbox")) == before


def test_attempts_are_counted_by_the_system_s_clock(desk: Engine) -> None:
    """A simulated home's clock stands still, jumps and is set back by commands; whoever guesses does neither."""
    wall = datetime(2026, 11, 29, 9, tzinfo=UTC)
    for n in range(5):
        with pytest.raises(LogInRefused):
            enters(desk, password="wrong wrong wrong", at=AT + n * timedelta(days=2),
                   terminal=f"10.0.1.{n}", tried_at=wall + n * MINUTE)  # fmt: skip
    with pytest.raises(LogInRefused):
        enters(desk, at=AT, tried_at=wall + 5 * MINUTE)
    assert enters(desk, at=AT, tried_at=wall + 20 * MINUTE)


def test_attempts_that_lie_in_the_future_lock_nobody(desk: Engine) -> None:
    """As those of a home whose clock was set back since, or of before the system's clock was put right."""
    for n in range(9):
        with pytest.raises(LogInRefused):
            enters(desk, password="wrong wrong wrong", at=AT + timedelta(days=1, minutes=2 * n))
    assert enters(desk)


def test_a_flood_is_told_in_sums(desk: Engine) -> None:
    before, waiting = rows(desk, "audit_outbox"), Waiting()
    for n in range(5_000):
        waiting.refused("10.0.0.9", AT + MINUTE, AT + n * timedelta(milliseconds=1))
    for n in range(3_000):
        waiting.refused(f"2001:db8::{n:x}/64", AT + MINUTE, AT)
    assert waiting.until("10.0.0.9", AT) == AT + MINUTE
    assert waiting.until("10.0.0.9", AT + MINUTE) is None, "and it may try again"
    waiting.refused("10.0.0.8", AT + MINUTE, AT)
    assert waiting.until("10.0.0.8", AT - timedelta(days=1)) is None, "the clock was set back"
    assert waiting.tell(desk, AT, AT + 4 * MINUTE) == 0
    assert 2 < waiting.tell(desk, AT, AT + 5 * MINUTE) <= 1_025
    told = [one for one in noted(desk)[before:] if one[2].split(" ")[0] in ("10.0.0.9", "others")]
    assert told == [
        (SYSTEM, "log_ins_refused", "10.0.0.9 5000", "refused", "desk"),
        (SYSTEM, "log_ins_refused", told[1][2], "refused", "desk"),
    ]
    assert int(told[1][2].split()[1]) > 1_000
    assert waiting.tell(desk, AT, AT + MINUTE * 60) == 0, "once"


def test_guesses_at_the_same_moment_count_each_other(
    desk: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = 0
    guard = threading.Lock()
    work = attempts.is_too_soon

    def counted(*facts: Any) -> bool:
        nonlocal looked
        too_soon = work(*facts)
        with guard:
            looked += not too_soon
        return too_soon

    monkeypatch.setattr(attempts, "is_too_soon", counted)

    ends: list[str] = []

    def guess(n: int) -> None:
        try:
            enters(desk, password=f"guess number {n}", terminal=f"10.0.1.{n}")
        except Exception as error:  # noqa: BLE001 - whatever it was is looked at below
            ends.append(type(error).__name__)

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert ends == ["LogInRefused"] * 16
    assert looked <= 5


# ---- sessions


def test_a_session_ends_after_half_an_hour_of_silence(desk: Engine) -> None:
    token = enters(desk)
    assert seen(desk, token, AT + 29 * MINUTE)
    assert seen(desk, token, AT + 58 * MINUTE), "a sign of life keeps it"
    assert seen(desk, token, AT + 87 * MINUTE, is_sign_of_life=False)
    assert seen(desk, token, AT + 88 * MINUTE) is None, "a page that asks by itself does not"


def test_a_session_ends_after_twelve_hours_in_any_case(desk: Engine) -> None:
    token, at = enters(desk), AT
    while at + 20 * MINUTE < AT + timedelta(hours=12):
        at += 20 * MINUTE
        assert seen(desk, token, at), at
    assert seen(desk, token, AT + timedelta(hours=12)) is None


def test_a_clock_that_was_set_back_opens_nothing(desk: Engine) -> None:
    token = enters(desk, at=AT + timedelta(days=2))
    assert seen(desk, token, AT) is None


def test_a_session_that_ended_is_not_taken_up_again(desk: Engine) -> None:
    token, other = enters(desk), enters(desk)
    assert token != other
    sessions.end(desk, token, AT)
    sessions.end(desk, token, AT)
    assert seen(desk, token) is None and seen(desk, other)
    assert sessions.end_all(desk, OFFICER, "op1") == 2  # the one of the first password's change too
    assert seen(desk, other) is None


@pytest.mark.parametrize("token", ["", "x", "' or 1=1 --", "𠮷", "\ud800", "x" * 1_000_000])
def test_what_is_no_token_is_nobody(desk: Engine, token: str) -> None:
    assert seen(desk, token) is None


def test_whoever_leaves_is_out_at_once(desk: Engine) -> None:
    token = enters(desk)
    change(desk, KEY, FOUNDER, "op1", 1, ends_on=FIRST)
    assert seen(desk, token), "the last day is a day of work"
    late = datetime(2023, 11, 20, 14, 50, tzinfo=UTC)  # 23:50 in Japan
    token = enters(desk, at=late)
    assert seen(desk, token, late + 9 * MINUTE)
    assert seen(desk, token, late + 10 * MINUTE) is None, "midnight in Japan"


def test_whose_training_was_withdrawn_or_whose_role_changed_is_judged_anew(desk: Engine) -> None:
    token = enters(desk)
    change(desk, KEY, FOUNDER, "op1", 1, roles=frozenset({Role.CITY_VIEWER, Role.SUPERVISOR}))
    visitor = seen(desk, token)
    assert visitor and visitor.may(Right.TELL_THE_CITY)
    note_event(desk, FOUNDER, "op1", EventKind.TRAINING_ATTENDED, FIRST, is_withdrawn=True)
    assert seen(desk, token) is None


def test_a_form_of_one_session_counts_in_no_other(desk: Engine) -> None:
    mine, other = seen(desk, enters(desk)), seen(desk, enters(desk))
    assert mine and other and mine.csrf != other.csrf
    assert sessions.is_csrf(mine.csrf, mine.csrf)
    assert not any(sessions.is_csrf(shown, mine.csrf) for shown in (other.csrf, "", "𠮷", "\ud800"))


def test_a_session_proves_who_acts_but_signs_nothing(desk: Engine) -> None:
    person(desk, "mg1", Role.MANAGER)
    token = enters(desk, "mg1", open_account(desk, OFFICER, "mg1"))
    visitor = seen(desk, token)
    assert visitor
    actor = visitor.actor(AT)
    assert (actor.via, actor.proof) == (Via.DESK, sessions.digest_of(token))
    assert allow(desk, actor, Right.WRITE_INQUIRY, FIRST, FIRST).is_allowed
    for right in SIGNED:
        with pytest.raises(NotAllowed):
            allow(desk, actor, right, FIRST, FIRST)
    assert allow(
        desk, replace(actor, via=Via.COMMAND), Right.AUTHORISE_ERASURE, FIRST, FIRST
    ).is_allowed


def test_at_the_desk_the_own_key_signs_and_no_other(desk: Engine, home: Home) -> None:
    for staff_id in ("mg1", "pm2"):
        person(desk, staff_id, Role.MANAGER)
    for staff_id in ("mg1", "pm2"):
        bare_key(desk, home, staff_id, "a passphrase of mine", AT)
    proved = replace(prove(desk, home, "mg1", "a passphrase of mine", AT), via=Via.DESK)
    assert allow(desk, proved, Right.AUTHORISE_ERASURE, FIRST, FIRST).is_allowed
    others = enrolled_keys(desk)["pm2"].fingerprint
    withdraw_own(desk, proved)
    for actor in (proved, replace(proved, proof=others)):
        with pytest.raises(NotAllowed, match="署名鍵"):
            allow(desk, actor, Right.AUTHORISE_ERASURE, FIRST, FIRST)
