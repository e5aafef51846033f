"""Sounds in a spool, and their taking into custody."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select

from compliance.ground.acts import Action, audit_outbox
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import SpooledRecording, in_state, register_recordings
from compliance.vault.custody import SealReport, seal_spooled
from compliance.vault.states import RecordingState

NOW = datetime(2023, 11, 20, 9, 0, tzinfo=UTC)
COUNT = 3


def sound(number: int) -> bytes:
    return b"RIFF" + bytes(4) + b"WAVE" + hashlib.sha256(bytes([number])).digest() * (60 + number)


def recording_id(number: int) -> str:
    return hashlib.sha256(f"id {number}".encode()).hexdigest()


def spool(folder: Path, engine: Engine, count: int = COUNT) -> dict[str, Path]:
    """Recordings on a PBX, registered."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for number in range(count):
        path = folder / f"{number}.wav"
        if not path.exists() and recording_id(number) not in _sealed_ids(engine):
            path.write_bytes(sound(number))
        files[recording_id(number)] = path
    seen = [
        SpooledRecording(recording_id(n), f"1700438494.{n}", len(sound(n)), 1.0, "ok", True, NOW)
        for n in range(count)
    ]
    register_recordings(engine, seen, NOW)
    return {i: path for i, path in files.items() if path.exists()}


def _sealed_ids(engine: Engine) -> set[str]:
    return set(in_state(engine, RecordingState.SEALED))


def take(engine: Engine, home: Home, files: dict[str, Path], *, remove: bool = True) -> SealReport:
    ring = Keyring.open(home)
    return seal_spooled(engine, home, ring, files, NOW, remove_after_seal=remove)


def entries(engine: Engine, action: Action) -> int:
    with engine.connect() as connection:
        query = select(func.count()).where(audit_outbox.c.action == action.value)
        return connection.execute(query).scalar_one()
