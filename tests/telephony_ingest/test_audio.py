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


def wav49(frames: int) -> bytes:
    """GSM in RIFF, as Asterisk writes `.WAV`: two frames, 40 ms, in 65 bytes."""
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    chunks = (
        struct.pack("<4sI", b"fmt ", 20) + form + struct.pack("<4sII", b"fact", 4, frames * 320)
    )
    data = struct.pack("<4sI", b"data", frames * 65) + bytes(frames * 65)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks) + len(data), b"WAVE") + chunks + data


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


@pytest.mark.parametrize(
    ("name", "raw", "state", "seconds", "audible"),
    [
        ("a.WAV", wav49(75), HeaderState.OK, 3.0, None),
        ("a.wav", wav49(75), HeaderState.OK, 3.0, None),
        ("a.WAV", wav49(75)[:-650], HeaderState.TRUNCATED, 2.6, None),
        ("a.WAV", wav49(0), HeaderState.HEADER_ONLY, 0.0, None),
        ("a.gsm", b"\xd2" + bytes(32), HeaderState.OK, 0.02, None),
        ("a.g722", bytes(16000), HeaderState.OK, 2.0, None),
        ("a.sln", SOUND, HeaderState.OK, 0.1, True),
        ("a.sln16", SILENCE, HeaderState.OK, 0.05, False),
        ("a.sln", SOUND + b"\x01", HeaderState.OK, 0.1, True),
        ("a.ulaw", b"\xff" * 8000, HeaderState.OK, 1.0, False),
        ("a.ul", b"\xff\x00" * 4000, HeaderState.OK, 1.0, True),
        ("a.alaw", b"\xd5" * 8000, HeaderState.OK, 1.0, False),
        ("a.al", b"\xd5\x2a" * 4000, HeaderState.OK, 1.0, True),
        ("a.mp3", b"\xff\xfb\x90" + bytes(100), HeaderState.UNMEASURED, None, None),
        ("a.gsm", b"", HeaderState.EMPTY, None, None),
    ],
)
def test_every_usual_format_is_measured_as_far_as_it_can_be_and_is_no_damage(
    tmp_path: Path,
    name: str,
    raw: bytes,
    state: HeaderState,
    seconds: float | None,
    audible: bool | None,
) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    audio = examine(path)
    assert audio.header_state is state
    assert audio.duration_seconds == (
        None if seconds is None else pytest.approx(seconds, abs=0.001)
    )
    assert audio.is_audible(0.003) is audible


@pytest.mark.parametrize(
    ("code", "magnitude"), [(0x00, 32124), (0x80, 32124), (0xFF, 0), (0xF0, 120)]
)
def test_a_sample_in_mu_law_is_as_loud_as_g_711_says(
    tmp_path: Path, code: int, magnitude: int
) -> None:
    (tmp_path / "a.ulaw").write_bytes(bytes([code]))
    assert examine(tmp_path / "a.ulaw").peak == magnitude / 32768


@pytest.mark.parametrize(
    ("code", "magnitude"), [(0x2A, 32256), (0xAA, 32256), (0xD5, 8), (0x55, 8)]
)
def test_a_sample_in_a_law_is_as_loud_as_g_711_says(
    tmp_path: Path, code: int, magnitude: int
) -> None:
    (tmp_path / "a.alaw").write_bytes(bytes([code]))
    assert examine(tmp_path / "a.alaw").peak == magnitude / 32768
