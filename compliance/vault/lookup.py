"""What the catalogue says of some recordings, by their ids: state, length, and where their copies ought to lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from compliance.vault.catalogue import PORTION, recording_copies, recordings
from compliance.vault.states import RecordingState


@dataclass(frozen=True, slots=True)
class Catalogued:
    """What the catalogue says of one recording."""

    recording_id: str
    kind: str
    state: RecordingState
    duration_seconds: float | None


def catalogued(engine: Engine, recording_ids: Sequence[str]) -> dict[str, Catalogued]:
    """Those of them that the catalogue knows."""
    found: dict[str, Catalogued] = {}
    with engine.connect() as connection:
        for start in range(0, len(recording_ids), PORTION):
            query = select(recordings).where(
                recordings.c.recording_id.in_(recording_ids[start : start + PORTION])
            )
            for row in connection.execute(query):
                state = RecordingState(row.state)
                found[row.recording_id] = Catalogued(
                    row.recording_id, row.kind, state, row.duration_seconds
                )
    return found


def copies_of(engine: Engine, recording_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Where copies of each of them ought to lie."""
    found: dict[str, tuple[str, ...]] = {}
    with engine.connect() as connection:
        for start in range(0, len(recording_ids), PORTION):
            query = select(recording_copies.c.recording_id, recording_copies.c.place).where(
                recording_copies.c.recording_id.in_(recording_ids[start : start + PORTION])
            )
            for row in connection.execute(query.order_by(recording_copies.c.place)):
                found[row.recording_id] = (*found.get(row.recording_id, ()), row.place)
    return found
