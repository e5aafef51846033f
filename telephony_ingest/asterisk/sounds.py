"""A sound file as the catalogue of recordings is told of it: a call's recording, or a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SeenRecording:
    """A sound for the catalogue; see `compliance.vault.catalogue.SpooledRecording`. `kind` is `call` or `message`;
    a message has no call's unique id, it is joined by its channel."""

    recording_id: str
    call_uniqueid: str
    size_bytes: int
    duration_seconds: float | None
    header_state: str
    is_audible: bool | None
    recorded_at: datetime
    kind: str = "call"
