"""What a WAV file's header says, and whether anything is to be heard in it.

Asterisk writes RIFF/WAVE with 16-bit PCM and fills in the lengths when the recording ends. So a header
alone (44 bytes) is a call that nobody answered, lengths of zero before data are a recording that was
cut off, and a length beyond the file is one that was truncated. Only numbers leave this module.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_PCM = 1
_CHUNK = 1 << 20


class HeaderState(StrEnum):
    """What the header says of the file."""

    OK = "ok"
    HEADER_ONLY = "header_only"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    UNFINALISED = "unfinalised"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Audio:
    """One file. `duration_seconds` counts what is there, not what the header promises; `peak` is the
    largest sample as a share of full scale; null where the header is beyond use."""

    size_bytes: int
    header_state: HeaderState
    channels: int | None = None
    sample_rate_hz: int | None = None
    bits: int | None = None
    duration_seconds: float | None = None
    peak: float | None = None

    def is_audible(self, threshold: float) -> bool | None:
        """Whether anything is to be heard; null where nobody can tell."""
        return None if self.peak is None else self.peak >= threshold


def examine(path: Path) -> Audio:
    """Read a WAV file's header and samples.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    if size == 0:
        return Audio(0, HeaderState.EMPTY)
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return Audio(size, HeaderState.DAMAGED)
        layout = None
        while len(piece := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", piece)
            if name == b"data":
                return _with_samples(file, size, layout, length)
            if name == b"fmt ":
                layout = file.read(length)
                if len(layout) < 16:
                    break
            else:
                file.seek(length + (length & 1), 1)
    return Audio(size, HeaderState.DAMAGED)


def _with_samples(file: object, size: int, layout: bytes | None, promised: int) -> Audio:
    import numpy as np

    if layout is None:
        return Audio(size, HeaderState.DAMAGED)
    kind, channels, rate, _, frame, bits = struct.unpack("<HHIIHH", layout[:16])
    present = size - file.tell()  # type: ignore[attr-defined]
    if not (channels and rate and frame) or kind != _PCM or bits != 16:
        return Audio(size, HeaderState.DAMAGED, channels or None, rate or None, bits or None)
    if present <= 0:
        state = HeaderState.HEADER_ONLY if promised == 0 else HeaderState.TRUNCATED
    elif promised == 0:
        state = HeaderState.UNFINALISED
    else:
        state = HeaderState.TRUNCATED if promised > present else HeaderState.OK
    usable = present if promised == 0 else min(present, promised)
    peak, left = 0, usable - usable % 2
    while left > 0 and (raw := file.read(min(_CHUNK, left))):  # type: ignore[attr-defined]
        samples = np.frombuffer(raw[: len(raw) - len(raw) % 2], dtype="<i2").astype(np.int32)
        peak = max(peak, int(np.abs(samples).max(initial=0)))
        left -= len(raw)
    return Audio(size, state, channels, rate, bits, usable / (frame * rate), peak / 32768)


AUDIO_COLUMNS = {
    "size_bytes": "bigint",
    "header_state": "varchar",
    "is_audible": "boolean",
    "peak": "double",
}
"""What landing keeps of a file's sound, and its SQL types."""


def audio_values(audio: Audio, threshold: float) -> dict[str, object]:
    """The values of `AUDIO_COLUMNS`."""
    return {
        "size_bytes": audio.size_bytes,
        "header_state": audio.header_state.value,
        "is_audible": audio.is_audible(threshold),
        "peak": audio.peak,
    }
