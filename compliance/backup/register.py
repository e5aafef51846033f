"""Which backups were made, and which were tried: what the morning asks for (a drill within 35 days)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Engine, Integer, String, func, insert, select

from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.ground.japan import civil_date
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Kept

DRILL_EVERY = timedelta(days=35)
"""A month and some days: a drill older than this is overdue."""

DRILL_AFTER = timedelta(days=28)
"""So old is the last one when the next is begun by itself."""

backup_events = table(
    "backup_events",
    Kept("バックアップと復元訓練の記録（件数のみ）"),
    Column("event_id", Integer, primary_key=True),
    Column("what", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("backup", String(64), nullable=False),
    Column("result", String(16), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("files", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
)


class BackupDeed(StrEnum):
    """What was done with a backup."""

    MADE = "made"
    DRILLED = "drilled"


_ACTIONS = {
    BackupDeed.MADE: Action.HOME_BACKED_UP,
    BackupDeed.DRILLED: Action.BACKUP_DRILLED,
}


@dataclass(frozen=True, slots=True)
class BackupEvent:
    """One backup, or one drill. `backup` is its folder's name, blank where a drill found none; `epoch` the keyring's then."""

    what: str
    at: datetime
    backup: str
    result: str
    epoch: int
    files: int
    size_bytes: int

    @property
    def is_right(self) -> bool:
        """Whether it ended as it should."""
        return self.result == Result.DONE.value


def record_event(engine: Engine, actor: Actor, event: BackupEvent) -> None:
    """Enter what was done, with its entry of the log."""
    deed = BackupDeed(event.what)
    with engine.begin() as connection:
        last = connection.execute(select(func.coalesce(func.max(backup_events.c.event_id), 0)))
        connection.execute(
            insert(backup_events).values(
                event_id=int(last.scalar_one()) + 1,
                what=event.what,
                at=event.at,
                backup=event.backup,
                result=event.result,
                epoch=event.epoch,
                files=event.files,
                size_bytes=event.size_bytes,
            )
        )
        name = event.backup or "none"
        note(connection, actor.entry(_ACTIONS[deed], ObjectKind.HOME, name, Result(event.result)))


def is_drill_due(last: BackupEvent | None, today: date) -> bool:
    """Whether a backup is to be tried on a day: never yet, wrongly, or `DRILL_AFTER` ago."""
    return last is None or not last.is_right or civil_date(last.at) + DRILL_AFTER <= today


def last_event(engine: Engine, deed: BackupDeed) -> BackupEvent | None:
    """The newest of a kind, or null."""
    query = (
        select(backup_events)
        .where(backup_events.c.what == deed.value)
        .order_by(backup_events.c.event_id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    return BackupEvent(
        row.what, row.at, row.backup, row.result, row.epoch, row.files, row.size_bytes
    )
