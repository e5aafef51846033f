"""録音の保全: which recordings are kept whatever their age, for a complaint, an accident or an audit (6(3)カ).

A hold and its end are rows of a recording's history; each is an entry of the log. What was erased, or is held already, is
refused by `EntryRefused`. Instants are aware.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    String,
    insert,
    select,
    update,
)

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.vault.catalogue import recordings
from compliance.vault.states import RecordingState

_GROUP = 500
recording_holds = table(
    "recording_holds",
    Kept("録音の保全（苦情・事故・監査）", Holds.CALL_FACTS),
    Column("recording_id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("is_held", Boolean, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("set_by", String(32), nullable=False),
)


class HoldReason(StrEnum):
    """Why a recording is kept whatever its age."""

    COMPLAINT = "complaint"
    INCIDENT = "incident"
    AUDIT = "audit"

    @property
    def title_ja(self) -> str:
        """What pages call it."""
        return {"complaint": "苦情", "incident": "事故", "audit": "監査"}[self.value]


@dataclass(frozen=True, slots=True)
class HoldInForce:
    """A hold in force: of which recording, the revision that set it, why, since when (aware) and by whose staff id."""

    recording_id: str
    revision: int
    reason: HoldReason
    set_at: datetime
    set_by: str


def holds(engine: Engine) -> frozenset[str]:
    """The recordings that somebody holds for a complaint, an accident or an audit."""
    with engine.connect() as connection:
        return holds_within(connection)


def held(engine: Engine) -> list[HoldInForce]:
    """Every hold in force, the newest first."""
    query = select(recording_holds).order_by(recording_holds.c.revision)
    with engine.connect() as connection:
        latest = {row.recording_id: row for row in connection.execute(query)}
    found = [
        HoldInForce(row.recording_id, row.revision, HoldReason(row.reason), row.set_at, row.set_by)
        for row in latest.values()
        if row.is_held
    ]
    return sorted(found, key=lambda hold: (hold.set_at, hold.recording_id), reverse=True)


def holds_within(connection: Connection) -> frozenset[str]:
    """The same, as a transaction sees it."""
    query = select(recording_holds).order_by(recording_holds.c.revision)
    latest = {row.recording_id: row.is_held for row in connection.execute(query)}
    return frozenset(recording_id for recording_id, is_held in latest.items() if is_held)


def keep_holds_as_they_are(connection: Connection, recording_ids: Collection[str]) -> None:
    """Let nobody hold one of these or let it go before this transaction ends; whoever tries, waits."""
    wanted = sorted(recording_ids)
    for start in range(0, len(wanted), _GROUP):
        theirs = recordings.c.recording_id.in_(wanted[start : start + _GROUP])
        connection.execute(update(recordings).where(theirs).values(state=recordings.c.state))


def set_hold(
    engine: Engine,
    actor: Actor,
    recording_id: str,
    reason: HoldReason,
    *,
    is_held: bool = True,
    must: Callable[[], None] = lambda: None,
) -> None:
    """Hold a recording, or let it go; the reason is one of a list, never a text. `must` raises what forbids it, and is asked when
    whoever keeps holds as they are (`keep_holds_as_they_are`) has ended.

    Raises:
        EntryRefused: there is no such recording, it was erased, or it is held, or not, already.
    """
    with engine.begin() as connection:
        keep_holds_as_they_are(connection, [recording_id])
        must()
        present = connection.execute(
            select(recordings.c.state).where(recordings.c.recording_id == recording_id)
        ).scalar()
        last = connection.execute(
            select(recording_holds)
            .where(recording_holds.c.recording_id == recording_id)
            .order_by(recording_holds.c.revision.desc())
        ).first()
        if present is None:
            raise EntryRefused(f"録音 {recording_id} は目録にありません。")
        if is_held and present == RecordingState.ERASED.value:
            raise EntryRefused(f"録音 {recording_id} は消去済みで、保全するものがありません。")
        if is_held == (last is not None and last.is_held):
            raise EntryRefused(
                f"録音 {recording_id} は、すでに保全中です。"
                if is_held
                else f"録音 {recording_id} は、保全されていません。"
            )
        connection.execute(
            insert(recording_holds).values(
                recording_id=recording_id,
                revision=1 if last is None else last.revision + 1,
                is_held=is_held,
                reason=reason.value,
                set_at=actor.at,
                set_by=actor.staff_id,
            )
        )
        action = Action.HOLD_SET if is_held else Action.HOLD_RELEASED
        note(connection, actor.entry(action, ObjectKind.RECORDING, recording_id))
