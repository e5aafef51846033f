"""What a WAV header says, for every way in which a recording can be broken."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_ingest.asterisk.audio import HeaderState, examine


def wav(samples: bytes, promised: int | None = None, rate: int = 8000) -> bytes:
    size = len(samples) if promised is None else promised
    head = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16
    )
    return head + struct.pack("<4sI", b"data", size) + samples


SOUND = struct.pack("<800h", *([0, 12000] * 400))
SILENCE = bytes(1600)


@pytest.mark.parametrize(
    ("raw", "state", "seconds", "audible"),
    [
        (wav(SOUND), HeaderState.OK, 0.1, True),
        (wav(SILENCE), HeaderState.OK, 0.1, False),
        (wav(b""), HeaderState.HEADER_ONLY, 0.0, False),
        (wav(SOUND, promised=0), HeaderState.UNFINALISED, 0.1, True),
        (wav(SOUND, promised=99999), HeaderState.TRUNCATED, 0.1, True),
        (b"", HeaderState.EMPTY, None, None),
        (b"RIFFxxxxWAVE", HeaderState.DAMAGED, None, None),
        (b"no sound at all, but text", HeaderState.DAMAGED, None, None),
    ],
)
def test_each_state_of_a_header_is_told_apart(
    tmp_path: Path, raw: bytes, state: HeaderState, seconds: float | None, audible: bool | None
) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(raw)
    audio = examine(path)
    assert audio.header_state is state
    assert audio.duration_seconds == (None if seconds is None else pytest.approx(seconds))
    assert audio.is_audible(0.003) is audible


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 60), st.integers(0, 255), st.integers(0, 1700))
def test_no_damage_raises(
    tmp_path_factory: pytest.TempPathFactory, at: int, value: int, cut: int
) -> None:
    raw = bytearray(wav(SOUND))
    raw[at] = value
    path = tmp_path_factory.mktemp("damage") / "x.wav"
    path.write_bytes(bytes(raw[:cut]))
    examine(path)


def test_the_recorded_set_has_sound_where_an_operator_answered(pbx_dir: Path) -> None:
    states = {path.name: examine(path) for path in (pbx_dir / "recordings").glob("*.wav")}
    assert len(states) == 13
    only_header = [a for a in states.values() if a.header_state is HeaderState.HEADER_ONLY]
    assert len(only_header) == 2
    assert sum(a.is_audible(0.003) is True for a in states.values()) == 11
