"""The catalogue of recordings: which exist, and in whose custody (6(3)カ).

A recording enters as `spooled` when its file is first seen on the PBX. Sealing, archiving and erasure
move it on; what the file's header said stays with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    String,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from compliance.errors import TransitionRefused
from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind, note, note_all
from compliance.ground.operations import Instant, row_as, table
from compliance.ground.stores import Holds, Kept
from compliance.vault.states import RecordingState, may_follow

recordings = table(
    "recordings",
    Kept("録音の目録", Holds.CALL_FACTS),
    Column("recording_id", String(64), primary_key=True),
    Column("call_uniqueid", String(64), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("duration_seconds", Float),
    Column("header_state", String(16), nullable=False),
    Column("is_audible", Boolean),
    Column("recorded_at", Instant, nullable=False),
    Column("registered_at", Instant, nullable=False),
    Column("kind", String(16), nullable=False, server_default="call"),
    Column("sealed_at", Instant),
    Column("sealed_sha256", String(64), nullable=False, server_default=""),
    Column("sealed_bytes", BigInteger, nullable=False, server_default="0"),
)
PORTION = 500
"""So many ids in one question: every database takes them."""
ONLINE = "online"
"""The place of copies at hand; any other place is a registered medium."""

recording_copies = table(
    "recording_copies",
    Kept("録音の写しの所在", Holds.CALL_FACTS),
    Column("recording_id", String(64), primary_key=True),
    Column("place", String(64), primary_key=True),
    Column("sealed_sha256", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("verified_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is known of a recording once it is sealed. Of its plaintext nothing is kept: no digest outlives the key."""

    recording_id: str
    sealed_sha256: str
    sealed_bytes: int


@dataclass(frozen=True, slots=True)
class KeptCopy:
    """One sealed file that ought to lie somewhere."""

    recording_id: str
    place: str
    sealed_sha256: str
    sealed_bytes: int


@dataclass(frozen=True, slots=True)
class SpooledRecording:
    """A sound file on the PBX's spool, a `call`'s or a `message`. Durations in seconds; null where the header tells none."""

    recording_id: str
    call_uniqueid: str
    size_bytes: int
    duration_seconds: float | None
    header_state: str
    is_audible: bool | None
    recorded_at: datetime
    kind: str = "call"


def register_recordings(engine: Engine, seen: Sequence[SpooledRecording], now: datetime) -> int:
    """Enter recordings that the catalogue does not know; returns how many. Safe to repeat."""
    with engine.begin() as connection:
        known = set(connection.execute(select(recordings.c.recording_id)).scalars())
        new = [r for r in seen if r.recording_id not in known]
        rows = [
            {**asdict(one), "state": RecordingState.SPOOLED.value, "registered_at": now}
            for one in new
        ]
        if rows:
            connection.execute(insert(recordings), rows)
        names = [one.recording_id for one in new]
        note_all(connection, _entries(Action.RECORDING_REGISTERED, names, now))
    return len(new)


def in_state(engine: Engine, state: RecordingState, kind: str | None = None) -> dict[str, int]:
    """Recordings in a state (of one kind, or of both), with the size in bytes that they had on the PBX."""
    query = select(recordings.c.recording_id, recordings.c.size_bytes).where(
        recordings.c.state == state.value
    )
    if kind is not None:
        query = query.where(recordings.c.kind == kind)
    with engine.connect() as connection:
        return {row.recording_id: row.size_bytes for row in connection.execute(query)}


def record_sealed(engine: Engine, sealed: Sequence[Sealed], now: datetime) -> None:
    """Enter recordings as sealed, with their copy at hand; each act is an entry of the log.

    Raises:
        TransitionRefused: one of them may not be sealed from the state that it is in.
    """
    ids = [one.recording_id for one in sealed]
    with engine.begin() as connection:
        present = _states(connection, ids)
        for recording_id in ids:
            if not may_follow(RecordingState(present[recording_id]), RecordingState.SEALED):
                raise TransitionRefused(
                    f"録音 {recording_id} は `{present[recording_id]}` の状態なので、暗号化して預かれません。"
                )
        if not ids:
            return
        connection.execute(
            update(recordings)
            .where(recordings.c.recording_id == bindparam("of_recording"))
            .values(state=RecordingState.SEALED.value, sealed_at=now),
            [
                {
                    "of_recording": one.recording_id,
                    "sealed_sha256": one.sealed_sha256,
                    "sealed_bytes": one.sealed_bytes,
                }
                for one in sealed
            ],
        )
        connection.execute(
            insert(recording_copies),
            [_copy_row(one.recording_id, ONLINE, one.sealed_sha256, now) for one in sealed],
        )
        note_all(connection, _entries(Action.RECORDING_SEALED, ids, now))


def _states(connection: Connection, recording_ids: Sequence[str]) -> dict[str, str]:
    """The state of each of them; in portions that every database takes."""
    found: dict[str, str] = {}
    for start in range(0, len(recording_ids), PORTION):
        portion = recording_ids[start : start + PORTION]
        rows = connection.execute(
            select(recordings.c.recording_id, recordings.c.state).where(
                recordings.c.recording_id.in_(portion)
            )
        )
        found.update((row.recording_id, row.state) for row in rows)
    return found


def _copy_row(recording_id: str, place: str, sealed_sha256: str, now: datetime) -> dict[str, Any]:
    return {
        "recording_id": recording_id,
        "place": place,
        "sealed_sha256": sealed_sha256,
        "made_at": now,
        "verified_at": now,
    }


def _entries(action: Action, names: Iterable[str], now: datetime) -> Iterator[Entry]:
    """What the system did to each of them."""
    return (Entry(now, SYSTEM, action, ObjectKind.RECORDING, name) for name in names)


def kept_copies(engine: Engine) -> list[KeptCopy]:
    """Every copy that ought to lie somewhere, in order."""
    query = (
        select(
            recording_copies.c.recording_id,
            recording_copies.c.place,
            recording_copies.c.sealed_sha256,
            recordings.c.sealed_bytes,
        )
        .join(recordings, recordings.c.recording_id == recording_copies.c.recording_id)
        .order_by(recording_copies.c.recording_id, recording_copies.c.place)
    )
    with engine.connect() as connection:
        return [row_as(KeptCopy, row) for row in connection.execute(query)]


def counts(engine: Engine) -> dict[str, tuple[int, int]]:
    """Recordings and sealed bytes by state."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(
                recordings.c.state,
                func.count(),
                func.coalesce(func.sum(recordings.c.sealed_bytes), 0),
            ).group_by(recordings.c.state)
        )
        return {state: (int(number), int(size)) for state, number, size in rows}


def record_copies(engine: Engine, copies: Sequence[KeptCopy], place: str, now: datetime) -> None:
    """Enter that those recordings were copied to a place and read back there; safe to repeat."""
    with engine.begin() as connection:
        known = set(
            connection.execute(
                select(recording_copies.c.recording_id).where(recording_copies.c.place == place)
            ).scalars()
        )
        new = [copy for copy in copies if copy.recording_id not in known]
        if new:
            rows = [_copy_row(copy.recording_id, place, copy.sealed_sha256, now) for copy in new]
            connection.execute(insert(recording_copies), rows)
        names = (f"{copy.recording_id}/{place}" for copy in new)
        note_all(connection, _entries(Action.RECORDING_COPIED, names, now))


def drop_copies(engine: Engine, recording_ids: Sequence[str], place: str, now: datetime) -> None:
    """Enter that copies are no longer kept at a place; the files go afterwards."""
    with engine.begin() as connection:
        if not recording_ids:
            return
        connection.execute(
            delete(recording_copies).where(
                recording_copies.c.recording_id == bindparam("of_recording"),
                recording_copies.c.place == place,
            ),
            [{"of_recording": recording_id} for recording_id in recording_ids],
        )
        names = (f"{recording_id}/{place}" for recording_id in recording_ids)
        note_all(connection, _entries(Action.COPY_DROPPED, names, now))


def copies_by_last_look(engine: Engine, place: str) -> list[KeptCopy]:
    """The copies at a place, those first that were looked at longest ago."""
    query = (
        select(
            recording_copies.c.recording_id,
            recording_copies.c.place,
            recording_copies.c.sealed_sha256,
            recordings.c.sealed_bytes,
        )
        .join(recordings, recordings.c.recording_id == recording_copies.c.recording_id)
        .where(recording_copies.c.place == place)
        .order_by(recording_copies.c.verified_at, recording_copies.c.recording_id)
    )
    with engine.connect() as connection:
        return [row_as(KeptCopy, row) for row in connection.execute(query)]


def last_look(engine: Engine, place: str) -> datetime | None:
    """When the copy at a place was looked at that was looked at longest ago."""
    query = (
        select(recording_copies.c.verified_at)
        .where(recording_copies.c.place == place)
        .order_by(recording_copies.c.verified_at)
        .limit(1)
    )
    with engine.connect() as connection:
        moment: datetime | None = connection.execute(query).scalar()
    return moment


def record_looks(engine: Engine, recording_ids: Sequence[str], place: str, now: datetime) -> None:
    """Note that copies at a place were read and are what was sealed."""
    with engine.begin() as connection:
        for start in range(0, len(recording_ids), PORTION):
            connection.execute(
                update(recording_copies)
                .where(
                    recording_copies.c.place == place,
                    recording_copies.c.recording_id.in_(recording_ids[start : start + PORTION]),
                )
                .values(verified_at=now)
            )


def record_unusable(engine: Engine, recording_ids: Sequence[str], now: datetime) -> None:
    """Enter that spooled recordings can never be sealed: another entry has their file.

    Raises:
        TransitionRefused: one of them is not spooled.
    """
    with engine.begin() as connection:
        for recording_id in recording_ids:
            present = connection.execute(
                select(recordings.c.state).where(recordings.c.recording_id == recording_id)
            ).scalar_one()
            if not may_follow(RecordingState(present), RecordingState.UNUSABLE):
                raise TransitionRefused(
                    f"録音 {recording_id} は `{present}` の状態なので、そのままにします。"
                )
            connection.execute(
                update(recordings)
                .where(recordings.c.recording_id == recording_id)
                .values(state=RecordingState.UNUSABLE.value)
            )
            entry = Entry(
                now, SYSTEM, Action.RECORDING_UNUSABLE, ObjectKind.RECORDING, recording_id
            )
            note(connection, entry)


def sealed_per_day(engine: Engine, now: datetime, days: int = 14) -> float:
    """Sealed bytes a day, in the mean of the last so many days; 0 where nothing was sealed."""
    query = select(func.coalesce(func.sum(recordings.c.sealed_bytes), 0)).where(
        recordings.c.sealed_at > now - timedelta(days=days)
    )
    with engine.connect() as connection:
        return float(connection.execute(query).scalar_one()) / days


def recorded_at(engine: Engine, place: str) -> dict[str, datetime]:
    """When each recording was made that has a copy at a place."""
    query = (
        select(recordings.c.recording_id, recordings.c.recorded_at)
        .join(recording_copies, recordings.c.recording_id == recording_copies.c.recording_id)
        .where(recording_copies.c.place == place)
        .order_by(recordings.c.recording_id)
    )
    with engine.connect() as connection:
        return {row.recording_id: row.recorded_at for row in connection.execute(query)}
