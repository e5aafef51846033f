"""Custody of a recording: its states, and which may follow which. Nothing else moves one on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class RecordingState(StrEnum):
    """In whose custody a recording is."""

    SPOOLED = "spooled"
    """Seen on the PBX, in clear there."""
    SEALED = "sealed"
    """Encrypted in our custody; where its copies lie is in `recording_copies`."""
    ERASED = "erased"
    """Its key was destroyed under the city's consent."""
    UNUSABLE = "unusable"
    """It cannot be sealed, and never could be."""


FOLLOWS: Mapping[RecordingState, frozenset[RecordingState]] = {
    RecordingState.SPOOLED: frozenset({RecordingState.SEALED, RecordingState.UNUSABLE}),
    RecordingState.SEALED: frozenset({RecordingState.ERASED}),
    RecordingState.ERASED: frozenset(),
    RecordingState.UNUSABLE: frozenset({RecordingState.SEALED}),
}
"""The legal transitions. What is erased stays so; what was unusable may be delivered again."""


def may_follow(present: RecordingState, following: RecordingState) -> bool:
    """Whether a recording may go from one state to the other."""
    return following in FOLLOWS[present]
