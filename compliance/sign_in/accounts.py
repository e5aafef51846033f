"""Accounts: opened by whoever keeps the people, used by their owner (別紙1-5(3), 別紙1-5(8)).

Whoever logs in is somebody that the register of people lets work today. What was wrong is never said, and an id that
nobody has costs the same work as one that somebody has. Each log-in that was looked at, granted or refused, is an entry of
the log; no password and no code stands in it, in an exception, or anywhere else. A terminal that must wait is refused before
that work, and is no entry of its own: whoever asks sums it up (`waiting`).

Two clocks: `now` is the home's, by which somebody is in force and a session lives; `tried_at` is the system's, by which
attempts are counted and codes change. Where it is null they are one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from compliance.errors import (
    EntryRefused,
    KeyUnavailable,
    LogInRefused,
    MustWait,
    Outdated,
    PersonUnproved,
)
from compliance.ground.acts import SYSTEM, Action, Actor, ObjectKind, Result, Via, note
from compliance.ground.japan import civil_date
from compliance.keys.names import NameKey
from compliance.people.person_keys import enrolled_keys
from compliance.people.present import persons
from compliance.people.register import history
from compliance.people.standing import not_in_force
from compliance.sign_in import attempts, sessions
from compliance.sign_in.attempts import TERMINAL_LENGTH, AttemptResult
from compliance.sign_in.passwords import first_password, hash_password, is_password, problems
from compliance.sign_in.store import (
    Account,
    account_of,
    accounts,
    add_revision,
    latest_of,
    used_codes,
)
from compliance.sign_in.totp import new_secret, step_of, step_shown

REFUSED = (
    "ログインできません。職員番号、パスワード、確認コードを確かめてください。"
    "続けて失敗したときは、15分待ってください。"
)
MUST_WAIT = "この端末では続けて失敗しました。少し待ってから、もう一度ログインしてください。"
_UNKNOWN = "unknown"
"""Stands in the log for an id that nobody has."""
_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class _Asked:
    """Somebody at the sign-in, and the attempt as it was entered."""

    staff_id: str
    terminal: str
    account: Account | None
    seq: int
    at: datetime
    """By the system's clock."""


def open_account(engine: Engine, actor: Actor, staff_id: str) -> str:
    """Open somebody's account, or give it a new first password, which is returned once and kept nowhere; it must be changed
    at first use. Sessions end, and a second proof that was set counts no more.

    Raises:
        EntryRefused: nobody has that staff id.
    """
    if not history(engine, staff_id):
        raise EntryRefused(
            f"職員番号 {staff_id} の人はいません。先に従事者として登録してください。"
        )
    password = first_password()
    with engine.begin() as connection:
        before = latest_of(connection, staff_id)
        add_revision(
            connection,
            actor,
            before,
            staff_id,
            password_hash=hash_password(password),
            must_change=True,
            sealed_second=None,
        )
        sessions.end_open(connection, staff_id, actor.at)
        note(connection, actor.entry(Action.ACCOUNT_OPENED, ObjectKind.ACCOUNT, staff_id))
    return password


def close_account(engine: Engine, actor: Actor, staff_id: str) -> None:
    """Let an account count no more; its sessions end.

    Raises:
        EntryRefused: none is open.
    """
    with engine.begin() as connection:
        before = account_of(connection, staff_id)
        if before is None:
            raise EntryRefused(f"{staff_id} のアカウントは開かれていません。")
        add_revision(
            connection,
            actor,
            before,
            staff_id,
            is_open=False,
            password_hash=before.password_hash,
            must_change=True,
            sealed_second=None,
        )
        sessions.end_open(connection, staff_id, actor.at)
        note(connection, actor.entry(Action.ACCOUNT_CLOSED, ObjectKind.ACCOUNT, staff_id))


def open_accounts(engine: Engine) -> Mapping[str, Account]:
    """The accounts that are open, by staff id."""
    with engine.connect() as connection:
        ids = connection.execute(select(accounts.c.staff_id).distinct()).scalars().all()
        found = [account_of(connection, staff_id) for staff_id in sorted(ids)]
    return {one.staff_id: one for one in found if one is not None}


def log_in(
    engine: Engine,
    staff_id: str,
    password: str,
    code: str = "",
    *,
    now: datetime,
    first_day: date,
    terminal: str,
    key: NameKey | None = None,
    tried_at: datetime | None = None,
) -> str:
    """Let somebody in; the token of a new session. `key` opens the secrets of second proofs; `terminal` says from where.

    Raises:
        MustWait: the terminal tries before its time; nothing was looked at.
        LogInRefused: unknown, wrong, locked, or not in force; one text for all.
        KeyUnavailable: they have a second proof and its key was not handed in.
    """
    asked = _asked(engine, staff_id, terminal, tried_at or now)
    is_theirs = _is_theirs(engine, asked, password)
    step = _step(engine, asked, code, key)
    if not is_theirs or not _is_in_force(engine, asked.staff_id, now, first_day) or step is None:
        _refuse(engine, asked, now)
    try:
        with engine.begin() as connection:
            if step:  # of a code; its row can be there once
                connection.execute(insert(used_codes).values(staff_id=asked.staff_id, step=step))
            token = sessions.begin(connection, asked.staff_id, asked.terminal, now)
            attempts.end(connection, asked.seq, AttemptResult.GRANTED)
            actor = _by(asked.staff_id, now, token)
            note(connection, actor.entry(Action.LOGGED_IN, ObjectKind.ACCOUNT, asked.staff_id))
    except IntegrityError:
        _refuse(engine, asked, now)
    return token


def change_password(
    engine: Engine,
    staff_id: str,
    present: str,
    new: str,
    *,
    now: datetime,
    first_day: date,
    terminal: str,
    tried_at: datetime | None = None,
    show_key: Callable[[], object] | None = None,
) -> str:
    """Change one's own password, knowing the present one; the token of a new session, all earlier ones end. A first password is
    known to whoever opened the account: somebody with a key of their own shows that as well (`show_key`, which raises
    `PersonUnproved`), so that nobody enters as them.

    Raises:
        MustWait: the terminal tries before its time.
        LogInRefused: the present one or the key is wrong, or may not be tried now.
        EntryRefused: the new one cannot be one; why, in Japanese.
        Outdated: it was changed at the same moment elsewhere.
    """
    asked = _asked(engine, staff_id, terminal, tried_at or now)
    is_theirs = _is_theirs(engine, asked, present)
    if not is_theirs or not _is_in_force(engine, asked.staff_id, now, first_day):
        _refuse(engine, asked, now)
    account = asked.account
    assert account is not None  # noqa: S101 - nobody is known by the password of no account
    if account.must_change and staff_id in enrolled_keys(engine) and not _shows(show_key):
        _refuse(engine, asked, now)
    with engine.begin() as connection:
        attempts.end(connection, asked.seq, AttemptResult.GRANTED)
    found = list(problems(new, staff_id))
    if not found and is_password(new, account.password_hash):
        found = ["今と同じパスワードです。別のものにしてください。"]
    if found:
        raise EntryRefused(" ".join(found))
    try:
        with engine.begin() as connection:
            sessions.end_open(connection, staff_id, now)
            token = sessions.begin(connection, staff_id, asked.terminal, now)
            actor = _by(staff_id, now, token)
            add_revision(
                connection,
                actor,
                account,
                staff_id,
                password_hash=hash_password(new),
                must_change=False,
                sealed_second=account.sealed_second,
            )
            note(connection, actor.entry(Action.PASSWORD_CHANGED, ObjectKind.ACCOUNT, staff_id))
    except IntegrityError:
        raise Outdated("パスワードは別の画面で変更されました。開き直してください。") from None
    return token


def _shows(show_key: Callable[[], object] | None) -> bool:
    try:
        return show_key is not None and show_key() is not None
    except PersonUnproved:
        return False


def has_second(engine: Engine, staff_id: str) -> bool:
    """Whether somebody's log-in asks for a code."""
    with engine.connect() as connection:
        account = account_of(connection, staff_id)
    return account is not None and account.sealed_second is not None


def offered_second() -> bytes:
    """A secret for a second proof, to be put into an authenticator; it counts once `set_second` took it. Whoever offers keeps
    it: what comes back from a page is no secret that we offered."""
    return new_secret()


def set_second(
    engine: Engine,
    key: NameKey,
    staff_id: str,
    password: str,
    present_code: str,
    secret: bytes,
    code: str,
    *,
    now: datetime,
    first_day: date,
    terminal: str,
    proof: str = "",
    tried_at: datetime | None = None,
) -> None:
    """Ask somebody for a code at each further log-in, once they have shown their password, the code of the proof that is set
    already (`present_code`, blank where none is), and one of the offered `secret`. `proof` is the session it is asked from.

    Raises:
        MustWait: the terminal tries before its time.
        LogInRefused: password or present code is wrong, or may not be tried now.
        EntryRefused: the code is not that of the secret.
        Outdated: the account was changed at the same moment elsewhere.
    """
    asked = _asked(engine, staff_id, terminal, tried_at or now)
    is_theirs = _is_theirs(engine, asked, password)
    used = _step(engine, asked, present_code, key)
    if not is_theirs or not _is_in_force(engine, asked.staff_id, now, first_day) or used is None:
        _refuse(engine, asked, now)
    account = asked.account
    assert account is not None  # noqa: S101 - nobody is known by the password of no account
    with engine.begin() as connection:
        attempts.end(connection, asked.seq, AttemptResult.GRANTED)
    if step_shown(secret, code, asked.at, frozenset()) is None:
        raise EntryRefused("確認コードが違います。時計が合っているかも確かめてください。")
    actor = Actor(staff_id, now, proof=proof, via=Via.DESK)
    try:
        with engine.begin() as connection:
            if used:
                connection.execute(insert(used_codes).values(staff_id=staff_id, step=used))
            add_revision(
                connection,
                actor,
                account,
                staff_id,
                password_hash=account.password_hash,
                must_change=account.must_change,
                sealed_second=key.seal(secret.hex(), _place(staff_id)),
            )
            note(connection, actor.entry(Action.SECOND_FACTOR_SET, ObjectKind.ACCOUNT, staff_id))
    except IntegrityError:
        raise Outdated("アカウントは別の画面で変更されました。開き直してください。") from None


def _asked(engine: Engine, staff_id: str, terminal: str, at: datetime) -> _Asked:
    """Enter the attempt; an id that no account has is not kept.

    Raises:
        MustWait: the terminal tries before its time. It is asked again once the attempt is entered, so that many at once are
            no more than one after the other.
    """
    place = "".join(one for one in terminal[:TERMINAL_LENGTH] if one.isprintable())
    if (free := attempts.free_at(engine, place, at)) > at:
        raise MustWait(MUST_WAIT, free)
    plain = unicodedata.normalize("NFKC", staff_id[:_ID_LENGTH]).strip()
    is_text = plain.isascii() and plain.isprintable()
    with engine.connect() as connection:
        account = account_of(connection, plain) if is_text else None
    known = "" if account is None else account.staff_id
    seq = attempts.begin(engine, known, place, at)
    if (free := attempts.free_at(engine, place, at, but=seq)) > at:
        with engine.begin() as connection:
            attempts.end(connection, seq, AttemptResult.TOO_SOON)
        raise MustWait(MUST_WAIT, free)
    return _Asked(known, place, account, seq, at)


def _is_theirs(engine: Engine, asked: _Asked, password: str) -> bool:
    """Whether the password is theirs and may be tried now; the same work in any case."""
    too_soon = attempts.is_too_soon(engine, asked.seq, asked.staff_id, asked.terminal, asked.at)
    kept = None if asked.account is None else asked.account.password_hash
    is_theirs = is_password(password, kept)
    if too_soon:
        with engine.begin() as connection:
            attempts.end(connection, asked.seq, AttemptResult.TOO_SOON)
    return is_theirs and not too_soon


def _is_in_force(engine: Engine, staff_id: str, now: datetime, first_day: date) -> bool:
    person = persons(engine, first_day).get(staff_id)
    return person is not None and not_in_force(person, civil_date(now)) is None


def _step(engine: Engine, asked: _Asked, code: str, key: NameKey | None) -> int | None:
    """The step of a right code, 0 where none is asked, null where it is wrong or was used."""
    account = asked.account
    if account is None or account.sealed_second is None:
        return 0
    if key is None:
        raise KeyUnavailable("The key that opens the secrets of second proofs was not handed in.")
    secret = bytes.fromhex(key.open(account.sealed_second, _place(account.staff_id)))
    return step_shown(secret, code, asked.at, _used(engine, account.staff_id, asked.at))


def _used(engine: Engine, staff_id: str, now: datetime) -> frozenset[int]:
    """The steps that count no more, among those that might be shown now."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(used_codes.c.step).where(
                used_codes.c.staff_id == staff_id, used_codes.c.step >= step_of(now) - 2
            )
        )
        return frozenset(rows.scalars())


def _refuse(engine: Engine, asked: _Asked, now: datetime) -> NoReturn:
    actor = Actor(asked.staff_id or SYSTEM, now, via=Via.DESK)
    about = asked.staff_id or _UNKNOWN
    with engine.begin() as connection:
        note(
            connection,
            actor.entry(Action.LOGGED_IN, ObjectKind.ACCOUNT, about, Result.REFUSED),
        )
    raise LogInRefused(REFUSED) from None


def _by(staff_id: str, now: datetime, token: str) -> Actor:
    return Actor(staff_id, now, proof=sessions.digest_of(token), via=Via.DESK)


def _place(staff_id: str) -> str:
    """Where a sealed secret belongs, so that it opens for nobody else."""
    return f"second/{staff_id}"
