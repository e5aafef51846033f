"""Playback: any part of a recording, decrypted as it is asked for and kept nowhere, in memory of a few segments.

Opening one hands out nothing yet. Whoever plays writes the entry of the log (`listening.note_heard`) before the first byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from compliance.errors import EntryRefused, SealBroken
from compliance.ground.acts import Purpose
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.vault.listening import PURPOSES
from compliance.vault.reach import reachable
from compliance.vault.sealed import LATER, associated_data, plain_size, read_range


@dataclass(frozen=True, slots=True)
class Playback:
    """A recording that can be opened now; `size_bytes` of its plaintext."""

    recording_id: str
    size_bytes: int
    _path: Path
    _sealed_bytes: int
    _key: bytes = field(repr=False)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The plaintext from `start` to before `end`, in pieces of at most a segment. The file is open while one is read.

        Raises:
            SealBroken: the file is gone, or is not what was sealed.
        """
        associated = associated_data(self.recording_id)
        at, end = start, min(end, self.size_bytes)
        while at < end:
            length = min(LATER, end - at)
            try:
                with self._path.open("rb") as file:
                    piece = read_range(file, self._sealed_bytes, self._key, associated, at, length)
            except OSError as error:
                raise SealBroken(f"A sealed file cannot be read ({error.strerror}).") from error
            yield piece
            at += length


def open_playback(
    engine: Engine, home: Home, ring: Keyring, recording_id: str, purpose: Purpose
) -> Playback:
    """A recording to be heard for a purpose.

    Raises:
        EntryRefused: no copy can be reached, or it may not be heard for that purpose.
        KeyUnavailable: its key was destroyed.
        SealBroken: the copy is not what was sealed.
    """
    if purpose not in PURPOSES:
        raise EntryRefused("その目的で録音を聴くことはできません。")
    path = reachable(engine, home, recording_id)[1]
    key = ring.key(recording_id)
    try:
        sealed_bytes = path.stat().st_size
    except OSError as error:
        raise SealBroken(f"A sealed file cannot be read ({error.strerror}).") from error
    return Playback(recording_id, plain_size(sealed_bytes), path, sealed_bytes, key)
