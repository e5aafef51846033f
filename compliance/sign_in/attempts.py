"""Attempts to log in: what slows a stranger down. An attempt is entered before it is looked at, so that a hundred at the
same moment count each other (別紙1-5(3)). They are counted by the system's clock, whatever a home's simulated one says.

Five failures within fifteen minutes lock a staff id for fifteen minutes; attempts in the meantime are refused, and do not
lengthen it. From the fifth failure on a terminal waits, twice as long each time, up to a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    String,
    insert,
    select,
    update,
)

from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept

FAILURES = 5
WITHIN = timedelta(minutes=15)
LOCKED_FOR = timedelta(minutes=15)
LONGEST_WAIT = timedelta(minutes=1)
_AHEAD = timedelta(minutes=1)
"""Later than this an attempt is none of the present: the clock was set back since, and it counts no more."""
TERMINAL_LENGTH = 64

log_in_attempts = table(
    "log_in_attempts",
    Kept("ログインの試行（職員番号は台帳にあるものだけ、パスワードなし）", Holds.STAFF),
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("at", Instant, nullable=False, index=True),
    Column("staff_id", String(32), nullable=False),
    Column("terminal", String(TERMINAL_LENGTH), nullable=False),
    Column("outcome", String(16), nullable=False),
)


class AttemptResult(StrEnum):
    """How an attempt ended."""

    FAILED = "failed"
    """Also one that was cut off: it was entered before it was looked at."""
    TOO_SOON = "too_soon"
    """Refused unseen: locked, or the terminal has to wait."""
    GRANTED = "granted"


def is_locked(failures: Sequence[datetime], now: datetime) -> bool:
    """Whether a staff id is locked, given the instants of its failures of the last half hour."""
    times = sorted(failures)
    for first, fifth in zip(times, times[FAILURES - 1 :], strict=False):
        if fifth - first <= WITHIN and now < fifth + LOCKED_FOR:
            return True
    return False


def waits_until(failures: Sequence[datetime], now: datetime) -> datetime:
    """When a terminal may try again, given the instants of its failures."""
    recent = [at for at in failures if now - at <= WITHIN]
    if len(recent) < FAILURES:
        return now
    wait = timedelta(seconds=2 ** min(len(recent) - FAILURES, 10))
    return max(recent) + min(wait, LONGEST_WAIT)


def begin(engine: Engine, staff_id: str, terminal: str, now: datetime) -> int:
    """Enter an attempt as failed. `staff_id` is blank for one that stands in no register: somebody may have typed a password
    there."""
    with engine.begin() as connection:
        made = connection.execute(
            insert(log_in_attempts).values(
                at=now, staff_id=staff_id, terminal=terminal, outcome=AttemptResult.FAILED.value
            )
        )
        key = made.inserted_primary_key
        assert key is not None  # noqa: S101 - an inserted row has one
        return int(key[0])


def free_at(engine: Engine, terminal: str, now: datetime, *, but: int = 0) -> datetime:
    """When a terminal may try, `now` or later; what stands before an attempt takes a place or a hash. `but` is an attempt
    that does not count, the caller's own."""
    query = select(log_in_attempts.c.at).where(
        log_in_attempts.c.at > now - WITHIN - LOCKED_FOR,
        log_in_attempts.c.at <= now + _AHEAD,
        log_in_attempts.c.seq != but,
        log_in_attempts.c.outcome == AttemptResult.FAILED.value,
        log_in_attempts.c.terminal == terminal,
    )
    with engine.connect() as connection:
        return max(waits_until(connection.execute(query).scalars().all(), now), now)


def is_too_soon(engine: Engine, seq: int, staff_id: str, terminal: str, now: datetime) -> bool:
    """Whether an attempt comes while its staff id is locked or its terminal has to wait."""
    query = select(log_in_attempts).where(
        log_in_attempts.c.at > now - WITHIN - LOCKED_FOR,
        log_in_attempts.c.at <= now + _AHEAD,
        log_in_attempts.c.seq != seq,
        log_in_attempts.c.outcome == AttemptResult.FAILED.value,
        (log_in_attempts.c.staff_id == staff_id) | (log_in_attempts.c.terminal == terminal),
    )
    with engine.connect() as connection:
        rows = connection.execute(query).fetchall()
    of_person = [row.at for row in rows if staff_id and row.staff_id == staff_id]
    of_terminal = [row.at for row in rows if row.terminal == terminal]
    return is_locked(of_person, now) or now < waits_until(of_terminal, now)


def end(connection: Connection, seq: int, outcome: AttemptResult) -> None:
    """Say how an attempt ended."""
    connection.execute(
        update(log_in_attempts).where(log_in_attempts.c.seq == seq).values(outcome=outcome.value)
    )
