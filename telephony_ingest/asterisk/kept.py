"""Every file that lies where the exchange keeps sounds, whatever it is called: for whoever looks whether one is still there.

A recording that was renamed, moved to another folder of the same tree or left by a rotation of the site's own is found, since all
files below the fixed beginning of the site's patterns are listed. Links are not followed. Where a folder cannot be read it is not
known what lies there, which is something else than nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from telephony_ingest.asterisk.settings import PbxSettings

_WILD = frozenset("*?[")


def sound_files(settings: PbxSettings, kinds: Collection[str]) -> Sequence[Path] | None:
    """Every file below the folders of those kinds of sounds (`call`, `message`), in order; null where one cannot be read."""
    patterns = {"call": settings.sources.recordings, "message": settings.sources.messages}
    found: set[Path] = set()
    for kind in kinds:
        if not patterns[kind]:
            continue
        try:
            found |= _below(settings.root / _fixed(patterns[kind]))
        except OSError:
            return None
    return sorted(found)


def _below(folder: Path) -> set[Path]:
    def stop(error: OSError) -> None:
        raise error

    return {
        Path(place) / name
        for place, _, names in os.walk(folder, onerror=stop, followlinks=False)
        for name in names
    }


def _fixed(pattern: str) -> Path:
    """The folders of a pattern before its first wild one."""
    parts = PurePosixPath(pattern).parts[:-1]
    wild = next((at for at, part in enumerate(parts) if _WILD & set(part)), len(parts))
    return Path(*parts[:wild])
