"""The catalogue of recordings: which exist, and in whose custody (6(3)カ).

A recording enters as `spooled` when its file is first seen on the PBX. Sealing, archiving and erasure
move it on; what the file's header said stays with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Column, Engine, Float, String, insert, select

from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind, note
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept

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
)


class RecordingState(StrEnum):
    """Custody of a recording."""

    SPOOLED = "spooled"
    SEALED = "sealed"
    ERASED = "erased"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class SpooledRecording:
    """A recording file on the PBX's spool. Durations in seconds; null where the header tells none."""

    recording_id: str
    call_uniqueid: str
    size_bytes: int
    duration_seconds: float | None
    header_state: str
    is_audible: bool | None
    recorded_at: datetime


def register_recordings(engine: Engine, seen: Sequence[SpooledRecording], now: datetime) -> int:
    """Enter recordings that the catalogue does not know; returns how many. Safe to repeat."""
    with engine.begin() as connection:
        known = set(connection.execute(select(recordings.c.recording_id)).scalars())
        new = [r for r in seen if r.recording_id not in known]
        for recording in new:
            connection.execute(
                insert(recordings).values(
                    **asdict(recording), state=RecordingState.SPOOLED.value, registered_at=now
                )
            )
            note(
                connection,
                Entry(
                    now,
                    SYSTEM,
                    Action.RECORDING_REGISTERED,
                    ObjectKind.RECORDING,
                    recording.recording_id,
                ),
            )
    return len(new)
