"""What a sound file's header or size says, and whether anything is to be heard in it.

Asterisk writes RIFF/WAVE with 16-bit PCM and fills in the lengths when the recording ends. So a header
alone (44 bytes) is a call that nobody answered, lengths of zero before data are a recording that was
cut off, and a length beyond the file is one that was truncated. Of formats without a header the name's suffix tells which
(`main/format_*.c`), and the size the length. GSM (also within RIFF, "wav49") and G.722 give their length but not what is
heard in them; of the others nothing is measured, which is said and is no damage. Only numbers leave this module.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

_PCM, _GSM = 0x01, 0x31
_CHUNK = 1 << 20
_GSM_RIFF_BYTES, _GSM_RIFF_SECONDS = 65, 0.04
"""Two frames of GSM 06.10 as Microsoft packs them."""


@dataclass(frozen=True, slots=True)
class _Bare:
    """A format without a header: how many bytes a second has, and what decodes its samples, null where nothing here does."""

    bytes_per_second: int
    sample_rate_hz: int
    decode: Callable[[bytes], Any] | None = None


def _linear(raw: bytes) -> Any:
    import numpy as np

    return np.frombuffer(raw[: len(raw) - len(raw) % 2], dtype="<i2").astype(np.int32)


def _ulaw(raw: bytes) -> Any:
    """ITU-T G.711, mu-law: the magnitude of each sample."""
    import numpy as np

    code = ~np.frombuffer(raw, dtype=np.uint8)
    return ((((code & 0x0F).astype(np.int32) << 3) + 0x84) << ((code >> 4) & 0x07)) - 0x84


def _alaw(raw: bytes) -> Any:
    """ITU-T G.711, A-law: the magnitude of each sample."""
    import numpy as np

    code = np.frombuffer(raw, dtype=np.uint8) ^ 0x55
    step, part = (code >> 4) & 0x07, (code & 0x0F).astype(np.int32) << 4
    return np.where(step == 0, part + 8, (part + 0x108) << np.maximum(step, 1) - 1)


_BARE = {
    **{suffix: _Bare(8000, 8000, _ulaw) for suffix in (".ulaw", ".ul", ".pcm", ".mu")},
    **{suffix: _Bare(8000, 8000, _alaw) for suffix in (".alaw", ".al")},
    **{
        f".sln{kilohertz}": _Bare(hertz * 2, hertz, _linear)
        for kilohertz, hertz in (
            *(("", 8000), ("12", 12000), ("16", 16000), ("24", 24000), ("32", 32000)),
            *(("44", 44100), ("48", 48000), ("96", 96000), ("192", 192000)),
        )
    },
    ".gsm": _Bare(1650, 8000),
    ".g722": _Bare(8000, 16000),
}
_UNMEASURED = frozenset({".mp3", ".ogg", ".opus", ".g729", ".siren7", ".siren14", ".m4a"})
SUFFIXES = frozenset({".wav", ".wav49", *_BARE, *_UNMEASURED})
"""Of the names of sound files, in small letters."""


class HeaderState(StrEnum):
    """What the header says of the file."""

    OK = "ok"
    HEADER_ONLY = "header_only"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    UNFINALISED = "unfinalised"
    DAMAGED = "damaged"
    UNMEASURED = "unmeasured"


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
    """Read a sound file's header and samples, or measure it by its size.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    if size == 0:
        return Audio(0, HeaderState.EMPTY)
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(12)
        if suffix in _BARE and head[:4] != b"RIFF":
            file.seek(0)
            return _measured(file, size, _BARE[suffix])
        if suffix in _UNMEASURED and head[:4] != b"RIFF":
            return Audio(size, HeaderState.UNMEASURED)
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
    if kind == _GSM and channels == 1 and rate:
        seconds = (
            (present if promised == 0 else min(present, promised))
            // _GSM_RIFF_BYTES
            * _GSM_RIFF_SECONDS
        )
        return Audio(size, _state(present, promised), channels, rate, None, round(seconds, 3))
    if channels and rate and kind != _PCM:
        return Audio(size, HeaderState.UNMEASURED, channels, rate, bits or None)
    if not (channels and rate and frame) or kind != _PCM or bits != 16:
        return Audio(size, HeaderState.DAMAGED, channels or None, rate or None, bits or None)
    usable = present if promised == 0 else min(present, promised)
    peak, left = 0, usable - usable % 2
    while left > 0 and (raw := file.read(min(_CHUNK, left))):  # type: ignore[attr-defined]
        samples = np.frombuffer(raw[: len(raw) - len(raw) % 2], dtype="<i2").astype(np.int32)
        peak = max(peak, int(np.abs(samples).max(initial=0)))
        left -= len(raw)
    state = _state(present, promised)
    return Audio(size, state, channels, rate, bits, usable / (frame * rate), peak / 32768)


def _state(present: int, promised: int) -> HeaderState:
    if present <= 0:
        return HeaderState.HEADER_ONLY if promised == 0 else HeaderState.TRUNCATED
    if promised == 0:
        return HeaderState.UNFINALISED
    return HeaderState.TRUNCATED if promised > present else HeaderState.OK


def _measured(file: BinaryIO, size: int, bare: _Bare) -> Audio:
    import numpy as np

    peak = None
    if bare.decode is not None:
        peak = 0
        while raw := file.read(_CHUNK):
            peak = max(peak, int(np.abs(bare.decode(raw)).max(initial=0)))
    seconds = size / bare.bytes_per_second
    share = None if peak is None else peak / 32768
    return Audio(size, HeaderState.OK, 1, bare.sample_rate_hz, None, seconds, share)


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
