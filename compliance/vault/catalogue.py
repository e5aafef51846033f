"""The catalogue of recordings: which exist, and in whose custody (6(3)カ).

A recording enters as `spooled` when its file is first seen on the PBX. Sealing, archiving and erasure
move it on; what the file's header said stays with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine, insert, select

from compliance.ground.operations import note, recordings


class RecordingState(StrEnum):
    """Custody of a recording."""

    SPOOLED = "spooled"
    SEALED = "sealed"
    ERASED = "erased"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class RecordingSeen:
    """A recording file on the PBX's spool. Durations in seconds; null where the header tells none."""

    recording_id: str
    call_uniqueid: str
    size_bytes: int
    duration_seconds: float | None
    header_state: str
    is_audible: bool | None
    recorded_at: datetime


def register_recordings(engine: Engine, seen: Sequence[RecordingSeen], now: datetime) -> int:
    """Enter recordings that the catalogue does not know; returns how many. Safe to repeat."""
    with engine.begin() as connection:
        known = set(connection.execute(select(recordings.c.recording_id)).scalars())
        new = [r for r in seen if r.recording_id not in known]
        for recording in new:
            connection.execute(
                insert(recordings).values(
                    recording_id=recording.recording_id,
                    call_uniqueid=recording.call_uniqueid,
                    state=RecordingState.SPOOLED.value,
                    size_bytes=recording.size_bytes,
                    duration_seconds=recording.duration_seconds,
                    header_state=recording.header_state,
                    is_audible=recording.is_audible,
                    recorded_at=recording.recorded_at,
                    registered_at=now,
                )
            )
            note(connection, now, "recording_registered", "recording", recording.recording_id)
    return len(new)
