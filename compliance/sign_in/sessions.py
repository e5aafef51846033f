"""Sessions: who is behind a token, asked of the registers anew at every call (別紙1-5(3)).

A token is 256 random bits that only the browser keeps; the table knows its SHA-256. A session ends by log-out, after half
an hour without a sign of life, after twelve hours in any case, and at once when the person leaves, their training runs
out or their account closes, since nothing but the person's id is taken from it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Column, Connection, Engine, String, func, insert, select, update

from compliance.ground.acts import Action, Actor, ObjectKind, Via, note
from compliance.ground.japan import civil_date
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.people.present import persons
from compliance.people.rights import Right, Role, roles_with
from compliance.people.standing import counted_roles, not_in_force
from compliance.sign_in.attempts import TERMINAL_LENGTH
from compliance.sign_in.store import account_of

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=1)
"""A sign of life is written down once a minute, not at each request."""
_BACKWARDS = timedelta(minutes=1)
"""By how much the clock may have been set back since a session began."""
_TOKEN_BYTES, _LONGEST_TOKEN = 32, 64
_CSRF = b"madoguchi/csrf/1"

sessions = table(
    "sessions",
    Kept("画面のセッション（トークンはハッシュのみ）", Holds.STAFF),
    Column("token_sha256", String(64), primary_key=True),
    Column("staff_id", String(32), nullable=False, index=True),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("terminal", String(TERMINAL_LENGTH), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is behind a session. `roles` are those that count today; `session` is the SHA-256 of the token, `csrf` what a form
    of this session carries. Whoever `must_change` has still the first password, and may do nothing but change it."""

    staff_id: str
    roles: frozenset[Role]
    session: str
    must_change: bool
    csrf: str

    def may(self, right: Right) -> bool:
        """Whether their roles have a right: what a page offers. `people.acting.allow` decides."""
        return not self.must_change and bool(self.roles & roles_with(right))

    def actor(self, at: datetime) -> Actor:
        """As the actor of what they do on the desk, proved by the session."""
        return Actor(self.staff_id, at, proof=self.session, via=Via.DESK)


def visitor_of(
    engine: Engine, token: str, *, now: datetime, first_day: date, is_sign_of_life: bool = True
) -> Visitor | None:
    """Who is behind a token at an instant, or null. A request that comes by itself (a page that asks for news) is no sign of
    life, and keeps no session alive."""
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    digest = digest_of(token)
    with engine.connect() as connection:
        row = connection.execute(select(sessions).where(sessions.c.token_sha256 == digest)).first()
        account = None if row is None else account_of(connection, row.staff_id)
    if row is None or account is None or row.ended_at is not None:
        return None
    if not row.began_at - _BACKWARDS <= now < min(row.seen_at + IDLE, row.began_at + LONGEST):
        return None
    today = civil_date(now)
    person = persons(engine, first_day).get(row.staff_id)
    if person is None or not_in_force(person, today) is not None:
        return None
    if is_sign_of_life and now >= row.seen_at + _SEEN_EVERY:
        with engine.begin() as connection:
            connection.execute(
                update(sessions)
                .where(sessions.c.token_sha256 == digest, sessions.c.ended_at.is_(None))
                .values(seen_at=now)
            )
    return Visitor(
        staff_id=row.staff_id,
        roles=counted_roles(person, today),
        session=digest,
        must_change=account.must_change,
        csrf=csrf_of(token),
    )


def begin(connection: Connection, staff_id: str, terminal: str, now: datetime) -> str:
    """Begin a session within a transaction; its token, which stands nowhere else."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    connection.execute(
        insert(sessions).values(
            token_sha256=digest_of(token),
            staff_id=staff_id,
            began_at=now,
            seen_at=now,
            terminal=terminal,
        )
    )
    return token


def end(engine: Engine, token: str, now: datetime) -> None:
    """Log out. A token of no open session changes nothing."""
    digest = digest_of(token)
    with engine.begin() as connection:
        row = connection.execute(
            select(sessions.c.staff_id).where(
                sessions.c.token_sha256 == digest, sessions.c.ended_at.is_(None)
            )
        ).first()
        if row is None:
            return
        connection.execute(
            update(sessions).where(sessions.c.token_sha256 == digest).values(ended_at=now)
        )
        actor = Actor(row.staff_id, now, proof=digest, via=Via.DESK)
        note(connection, actor.entry(Action.LOGGED_OUT, ObjectKind.ACCOUNT, row.staff_id))


def end_all(engine: Engine, actor: Actor, staff_id: str) -> int:
    """End every open session of somebody; how many there were."""
    with engine.begin() as connection:
        ended = end_open(connection, staff_id, actor.at)
        note(connection, actor.entry(Action.SESSIONS_ENDED, ObjectKind.ACCOUNT, staff_id))
    return ended


def end_open(connection: Connection, staff_id: str, at: datetime) -> int:
    """End somebody's open sessions within a transaction that notes why."""
    which = (sessions.c.staff_id == staff_id) & sessions.c.ended_at.is_(None)
    count = connection.execute(select(func.count()).select_from(sessions).where(which)).scalar_one()
    connection.execute(update(sessions).where(which).values(ended_at=at))
    return int(count)


def digest_of(token: str) -> str:
    """The SHA-256 of a token, in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_of(token: str) -> str:
    """What the forms of a session carry: HMAC-SHA-256 under its token, in hexadecimal."""
    return hmac.digest(token.encode("utf-8", "surrogatepass"), _CSRF, "sha256").hex()


def is_csrf(shown: str, expected: str) -> bool:
    """Whether a form carries what it should; constant time."""
    return hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), expected.encode("ascii"))
