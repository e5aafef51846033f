"""Where recordings ought to lie, in numbers: of each place its copies, of the sealed ones whether at hand, on media alone, or nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, exists, func, select

from compliance.vault.catalogue import ONLINE, recording_copies, recordings
from compliance.vault.states import RecordingState


@dataclass(frozen=True, slots=True)
class PlaceCopies:
    """The copies that ought to lie at one place: how many, when the newest was written; each was looked at since `looked_since`, the
    newest look was at `looked_at`."""

    number: int
    written_at: datetime
    looked_since: datetime
    looked_at: datetime


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """How many sealed recordings have a copy at hand, have copies on media alone, and have none."""

    at_hand: int
    only_on_media: int
    nowhere: int


def copies_by_place(engine: Engine) -> dict[str, PlaceCopies]:
    """The copies of each place that has any."""
    looks = recording_copies.c.verified_at
    query = select(
        recording_copies.c.place,
        func.count().label("number"),
        func.max(recording_copies.c.made_at).label("written_at"),
        func.min(looks).label("looked_since"),
        func.max(looks).label("looked_at"),
    ).group_by(recording_copies.c.place)
    with engine.connect() as connection:
        return {
            row.place: PlaceCopies(row.number, row.written_at, row.looked_since, row.looked_at)
            for row in connection.execute(query)
        }


def whereabouts(engine: Engine) -> Whereabouts:
    """Where the sealed recordings ought to lie, counted at one moment."""
    theirs = recording_copies.c.recording_id == recordings.c.recording_id
    there = (
        select(
            exists().where(theirs, recording_copies.c.place == ONLINE).label("at_hand"),
            exists().where(theirs).label("anywhere"),
        )
        .where(recordings.c.state == RecordingState.SEALED.value)
        .subquery()
    )
    query = select(there.c.at_hand, there.c.anywhere, func.count()).group_by(
        there.c.at_hand, there.c.anywhere
    )
    with engine.connect() as connection:
        found = {(bool(a), bool(b)): int(n) for a, b, n in connection.execute(query)}
    return Whereabouts(
        found.get((True, True), 0), found.get((False, True), 0), found.get((False, False), 0)
    )
