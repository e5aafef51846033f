"""By which clock a home lives, and what time it is there.

The first command decides: without `--as-of` the system's clock, with it a simulated one that only
commands move. The two never mix, and neither goes back: due dates, editions and ages of recordings are
reckoned by it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Column, Engine, Integer, String, insert, select, update

from compliance.errors import ClockRefused
from compliance.ground.acts import SYSTEM, Action, Actor, Entry, ObjectKind, note
from compliance.ground.japan import TOKYO
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Kept

_THE_ONE = 1
MAX_STEP = timedelta(days=3)
"""A real home is run every night; a clock that is further on than this has jumped, until somebody says that it is right."""

home_clock = table(
    "home_clock",
    Kept("ホームの時計"),
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("present_at", Instant, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("jumped_from", Instant),
)


class ClockKind(StrEnum):
    """The two clocks."""

    REAL = "real"
    SIMULATED = "simulated"


def read_clock(engine: Engine) -> tuple[ClockKind, datetime] | None:
    """The home's clock and its present time; null where no command has run yet."""
    with engine.connect() as connection:
        row = connection.execute(select(home_clock.c.kind, home_clock.c.present_at)).first()
    return None if row is None else (ClockKind(row.kind), row.present_at)


def begun_at(engine: Engine, kind: ClockKind) -> datetime | None:
    """Since when the home lives by that clock; null where it does not."""
    query = select(home_clock.c.begun_at).where(home_clock.c.kind == kind.value)
    with engine.connect() as connection:
        moment: datetime | None = connection.execute(query).scalar()
    return moment


def claim_clock(engine: Engine, kind: ClockKind, now: datetime) -> None:
    """Live up to `now` by a clock; the first claim fixes which.

    Raises:
        ClockRefused: the home lives by the other clock, or is past `now` already.
    """
    with engine.begin() as connection:
        row = connection.execute(select(home_clock)).first()
        if row is None:
            connection.execute(
                insert(home_clock).values(
                    id=_THE_ONE, kind=kind.value, present_at=now, begun_at=now
                )
            )
            note(connection, Entry(now, SYSTEM, Action.CLOCK_BEGUN, ObjectKind.HOME, kind.value))
            return
        if row.kind != kind.value:
            remedy = (
                "give --as-of a time not before that"
                if row.kind == ClockKind.SIMULATED
                else "leave --as-of out, or name another home"
            )
            raise ClockRefused(
                f"This home lives by the {row.kind} clock and stands at {_said(row.present_at)} "
                f"(Japanese time), so it cannot be run by the {kind.value} one: {remedy}."
            )
        if now < row.present_at:
            raise ClockRefused(
                f"This home has lived until {_said(row.present_at)}; "
                f"{_said(now)} is earlier (both Japanese time). Name that time or a later one"
                + (", and check the system clock." if kind is ClockKind.REAL else ".")
            )
        if now > row.present_at:
            connection.execute(update(home_clock).values(present_at=now))
        if kind is ClockKind.REAL and now - row.present_at > MAX_STEP and row.jumped_from is None:
            connection.execute(update(home_clock).values(jumped_from=row.present_at))


def jumped_from(engine: Engine) -> datetime | None:
    """From when the clock jumped ahead, where nobody has said since that it is right; null where it did not.

    Meanwhile nothing is dropped or erased: ages are reckoned by the clock.
    """
    with engine.connect() as connection:
        moment: datetime | None = connection.execute(select(home_clock.c.jumped_from)).scalar()
    return moment


def confirm_clock(engine: Engine, actor: Actor) -> None:
    """Somebody looked: the clock is right, the home was left alone for a while."""
    with engine.begin() as connection:
        connection.execute(update(home_clock).values(jumped_from=None))
        note(connection, actor.entry(Action.CLOCK_CONFIRMED, ObjectKind.HOME, "clock"))


def _said(moment: datetime) -> str:
    """A moment as whoever typed it would write it: in Japanese time."""
    return f"{moment.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}"
