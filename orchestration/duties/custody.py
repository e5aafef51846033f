"""Recordings in custody, for runs, jobs and commands: what is due for its media, and the bringing of it there."""

from __future__ import annotations

from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind, Result, note
from compliance.ground.japan import TOKYO
from compliance.vault.catalogue import holds
from compliance.vault.media import registered_media
from compliance.vault.rotation import RotationReport, due_for_rotation, held_at_hand, rotate
from orchestration.duties.people import ActingHome
from orchestration.opening.workplace import Outlook, Workplace


def due_recordings(place: Outlook | ActingHome) -> list[str]:
    """The recordings whose days at hand are over and that nobody holds (6(3)カ), the oldest first."""
    return due_for_rotation(
        held_at_hand(place.engine),
        place.settings.contract.retention.recordings_online_days,
        holds(place.engine),
        place.now.astimezone(TOKYO).date(),
    )


def rotated(workplace: Workplace) -> RotationReport:
    """Bring what is due to two media and let the copies at hand go. A rotation that is refused changes nothing
    and is an entry of the log."""
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
