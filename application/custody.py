"""Recordings in custody, for runs, jobs and commands: what is due for its media, and the bringing of it there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from application.home.session import Outlook, Workplace
from application.people import ActingHome
from compliance.errors import EntryRefused
from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind, Result, note
from compliance.ground.clock import jumped_from
from compliance.ground.japan import TOKYO, civil_date
from compliance.vault.catalogue import sealed_per_day
from compliance.vault.media import registered_media
from compliance.vault.preservation import holds
from compliance.vault.rotation import (
    MediumLooked,
    RotationReport,
    due_for_rotation,
    held_at_hand,
    least_looked_at,
    look_at_medium,
    rotate,
)

_JUMPED = (
    "The clock jumped ahead from {:%Y-%m-%d %H:%M} (Japanese time): look at it, then `madoguchi clock confirm`. "
    "Nothing was dropped."
)


def due_recordings(place: Outlook | ActingHome) -> list[str]:
    """The recordings whose days at hand are over and that nobody holds (6(3)カ), the oldest first."""
    return due_for_rotation(
        held_at_hand(place.engine),
        place.settings.contract.retention.recordings_online_days,
        holds(place.engine),
        civil_date(place.now),
    )


def rotated(workplace: Workplace) -> RotationReport:
    """Bring what is due to two media and let the copies at hand go. A rotation that is refused changes nothing
    and is an entry of the log."""
    if (moment := jumped_from(workplace.engine)) is not None:
        report = RotationReport(
            due=len(due_recordings(workplace)), refused=_JUMPED.format(moment.astimezone(TOKYO))
        )
    else:
        report = rotate(
            workplace.engine,
            workplace.home,
            registered_media(workplace.engine),
            due_recordings(workplace),
            workplace.now,
        )
    if report.refused:
        entry = Entry(
            workplace.now,
            SYSTEM,
            Action.ROTATION,
            ObjectKind.RECORDING,
            "due",
            result=Result.REFUSED,
        )
        with workplace.engine.begin() as connection:
            note(connection, entry)
    workplace.journal.rotated(report)
    return report


@dataclass(frozen=True, slots=True)
class Room:
    """How long the disk of the home lasts at the present rate. `free_bytes` of its file system, `bytes_per_day` sealed
    in the mean of two weeks; `days` is null where nothing was sealed lately."""

    free_bytes: int
    bytes_per_day: int
    days: int | None


def room_left(place: Outlook | Workplace) -> Room:
    """The forecast: a disk that fills up stops the sealing of recordings."""
    free = shutil.disk_usage(place.home.root).free
    rate = sealed_per_day(place.engine, place.now)
    return Room(free, round(rate), int(free / rate) if rate else None)


SAMPLE = 200
"""So many copies of each mounted medium are read every week."""


def sampled_media(workplace: Workplace) -> list[MediumLooked]:
    """A rotating sample of every mounted medium: the copies that were looked at longest ago."""
    return [
        look_at_medium(workplace.engine, medium, workplace.now, SAMPLE)
        for medium in registered_media(workplace.engine)
        if medium.is_mounted()
    ]


def whole_medium(workplace: Workplace, medium_id: str = "") -> MediumLooked | None:
    """One whole medium: the one that is named, else the one that was looked at longest ago; null where none is mounted.

    Raises:
        EntryRefused: the one that is named is not registered or not mounted.
    """
    media = registered_media(workplace.engine)
    if medium_id:
        named = next((m for m in media if m.medium_id == medium_id), None)
        if named is None:
            raise EntryRefused(f"媒体 {medium_id} は登録されていません。")
        return look_at_medium(workplace.engine, named, workplace.now)
    chosen = least_looked_at(workplace.engine, media)
    return None if chosen is None else look_at_medium(workplace.engine, chosen, workplace.now)
