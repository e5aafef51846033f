"""Playback from the vault: any part is what was sealed, in pieces of a segment, and nothing of what was changed or erased."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from sqlalchemy import Engine

from compliance.errors import EntryRefused, KeyUnavailable, SealBroken
from compliance.ground.acts import Purpose
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import ONLINE, SpooledRecording, drop_copies, register_recordings
from compliance.vault.custody import online_path, seal_spooled
from compliance.vault.lookup import Catalogued, catalogued, copies_of
from compliance.vault.playing import Playback, open_playback
from compliance.vault.sealed import FIRST, LATER
from compliance.vault.states import RecordingState
from tests.support.custody import NOW, recording_id

ONE = recording_id(7)


@pytest.fixture(params=["sqlite"])
def url(home: Home) -> str:
    """SQLite alone: the vault's files are what is asked here."""
    return home.operations_url


def sealed(engine: Engine, home: Home, folder: Path, content: bytes) -> Playback:
    """A message of that content, sealed, and opened for playback."""
    folder.mkdir(exist_ok=True)
    path = folder / "msg.wav"
    path.write_bytes(content)
    seen = SpooledRecording(ONE, "1700438494.0", len(content), 2.5, "ok", True, NOW, "message")
    register_recordings(engine, [seen], NOW)
    seal_spooled(engine, home, Keyring.open(home), {ONE: path}, NOW, remove_after_seal=True)
    return open_playback(engine, home, Keyring.open(home), ONE, Purpose.MESSAGE)


@pytest.mark.parametrize(
    "size", [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + LATER, FIRST + 2 * LATER + 3]
)
def test_every_part_is_what_was_sealed(
    engine: Engine, home: Home, tmp_path: Path, size: int
) -> None:
    content = bytes((7 * n + n // 251) % 256 for n in range(1000)) * (size // 1000 + 1)
    content = content[:size]
    playback = sealed(engine, home, tmp_path / "spool", content)
    assert playback.size_bytes == size
    for start, end in ((0, size), (0, 12), (size - 1, size), (FIRST - 1, FIRST + 1), (FIRST, size + 9), (size, size + 1)):  # fmt: skip
        pieces = list(playback.pieces(max(0, start), end))
        assert b"".join(pieces) == content[max(0, start) : end]
        assert all(0 < len(piece) <= LATER for piece in pieces)
    assert "_key" not in repr(playback)


def test_memory_stays_at_a_few_segments(engine: Engine, home: Home, tmp_path: Path) -> None:
    playback = sealed(engine, home, tmp_path / "spool", bytes(24 * LATER))
    tracemalloc.start()
    total = sum(len(piece) for piece in playback.pieces(0, playback.size_bytes))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 24 * LATER and peak < 8 * LATER


def test_what_was_changed_or_is_gone_gives_nothing(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    playback = sealed(engine, home, tmp_path / "spool", bytes(100))
    path = online_path(home, ONE)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(SealBroken):
        next(playback.pieces(0, 100))
    path.unlink()
    with pytest.raises(SealBroken):
        next(playback.pieces(0, 100))
    with pytest.raises(SealBroken):
        open_playback(engine, home, Keyring.open(home), ONE, Purpose.MESSAGE)


def test_nothing_opens_for_another_purpose_without_a_copy_or_a_key(
    engine: Engine, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(engine, home, tmp_path / "spool", bytes(100))
    for purpose in (Purpose.OPERATION, Purpose.ERASURE, Purpose.RETURN, Purpose.FOUNDING):
        with pytest.raises(EntryRefused):
            open_playback(engine, home, Keyring.open(home), ONE, purpose)
    with pytest.raises(EntryRefused):
        open_playback(engine, home, Keyring.open(home), recording_id(8), Purpose.MESSAGE)

    def gone(self: Keyring, key_id: str) -> bytes:
        raise KeyUnavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(Keyring, "key", gone)
        with pytest.raises(KeyUnavailable):
            open_playback(engine, home, Keyring.open(home), ONE, Purpose.MESSAGE)
    drop_copies(engine, [ONE], ONLINE, NOW)
    with pytest.raises(EntryRefused):
        open_playback(engine, home, Keyring.open(home), ONE, Purpose.MESSAGE)


def test_the_catalogue_tells_of_those_that_it_knows(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    sealed(engine, home, tmp_path / "spool", bytes(100))
    many = [recording_id(n) for n in range(600)]
    assert catalogued(engine, many) == {ONE: Catalogued(ONE, "message", RecordingState.SEALED, 2.5)}
    assert copies_of(engine, many) == {ONE: (ONLINE,)} and catalogued(engine, []) == {}
