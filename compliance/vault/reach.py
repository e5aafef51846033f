"""Which copy of a recording can be opened now: the one at hand, else one on a mounted medium that is still what was
sealed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import Engine

from compliance.errors import EntryRefused, SealBroken
from compliance.ground.home import Home
from compliance.vault.catalogue import ONLINE, KeptCopy, kept_copies
from compliance.vault.custody import online_path
from compliance.vault.media import registered_media


def reachable(engine: Engine, home: Home, recording_id: str) -> tuple[KeptCopy, Path]:
    """A copy and where it lies; one on a medium was digested.

    Raises:
        EntryRefused: no copy is kept, or no medium that has one is mounted.
        SealBroken: the copy on the medium is not what was sealed.
    """
    copies = {c.place: c for c in kept_copies(engine) if c.recording_id == recording_id}
    if not copies:
        raise EntryRefused(f"録音 {recording_id} の開ける写しが、どこにもありません。")
    if ONLINE in copies:
        return copies[ONLINE], online_path(home, recording_id)
    mounted = [m for m in registered_media(engine) if m.medium_id in copies and m.is_mounted()]
    if not mounted:
        raise EntryRefused(
            f"録音 {recording_id} は媒体 {', '.join(sorted(copies))} にあります。先にどれかをマウントしてください。"
        )
    copy, path = copies[mounted[0].medium_id], mounted[0].place_of(recording_id)
    if not path.exists() or digest_of(path) != copy.sealed_sha256:
        raise SealBroken(f"The copy on {copy.place} is not the file that was sealed.")
    return copy, path


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
