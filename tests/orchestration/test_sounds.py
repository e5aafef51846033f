"""What the desk is handed of a home's messages: which wait, their sound from the vault, and why one cannot be heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Engine, update

from application.message_sounds import MessageSounds, NoSound, Sound, sounds_of
from compliance.errors import KeyUnavailable
from compliance.ground.acts import Actor, Purpose, Via
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import (
    ONLINE,
    SpooledRecording,
    drop_copies,
    kept_copies,
    record_copies,
    recordings,
    register_recordings,
)
from compliance.vault.custody import online_path, seal_spooled
from compliance.vault.media import register_medium
from compliance.vault.preservation import HoldReason, set_hold
from compliance.vault.states import RecordingState
from tests.compliance.conftest import address, engine, home, migrated
from tests.support.custody import recording_id
from tests.support.desk_of_a_home import noted

__all__ = ["engine", "home", "migrated"]
NOW = datetime(2023, 11, 21, 3, tzinfo=UTC)
WAV = b"RIFF\x24\x00\x00\x00WAVE" + bytes(range(256)) * 9
SEALED, SPOOLED, CALL = recording_id(1), recording_id(2), recording_id(3)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, home: Home) -> Iterator[str]:
    yield from address(request.param, home)


@pytest.fixture
def sounds(home: Home, engine: Engine, tmp_path: Path) -> MessageSounds:
    """A sealed message, one still on the PBX, one whose recording never came; and a sealed recording of a call."""
    path, call = tmp_path / "msg.wav", tmp_path / "call.wav"
    path.write_bytes(WAV)
    call.write_bytes(WAV)
    seen = [
        SpooledRecording(SEALED, "1700528400.10", len(WAV), 12.0, "ok", True, NOW, "message"),
        SpooledRecording(SPOOLED, "1700528400.11", len(WAV), None, "ok", True, NOW, "message"),
        SpooledRecording(CALL, "1700528400.12", len(WAV), 9.0, "ok", True, NOW),
    ]
    register_recordings(engine, seen, NOW)
    files = {SEALED: path, CALL: call}
    seal_spooled(engine, home, Keyring.open(home), files, NOW, remove_after_seal=True)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_calls as select * from (values "
            "('1700528400.10', 'message', date '2023-11-21', timestamptz '2023-11-21 01:00:00+00'), "
            "('1700528400.11', 'message', date '2023-11-21', timestamptz '2023-11-21 02:00:00+00'), "
            "('1700528400.13', 'message', date '2023-11-20', timestamptz '2023-11-20 02:00:00+00'), "
            "('1700528400.12', 'answered', date '2023-11-21', timestamptz '2023-11-21 02:30:00+00')) "
            "t(call_id, outcome, call_date, started_at)"
        )
        connection.execute(
            "create table marts.fct_message_recordings as select * from (values "
            f"('1700528400.10', '{SEALED}'), ('1700528400.11', '{SPOOLED}')) t(call_id, recording_id)"
        )
    return sounds_of(home, engine, lambda: Keyring.open(home))


def opened(sounds: MessageSounds, one: str = SEALED) -> Sound | NoSound:
    return sounds.open(one, Purpose.MESSAGE)


def refusal(sounds: MessageSounds, one: str = SEALED) -> tuple[int, str]:
    found = opened(sounds, one)
    assert isinstance(found, NoSound)
    return found.status, found.text


def set_state(engine: Engine, one: str, state: RecordingState) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(recordings).where(recordings.c.recording_id == one).values(state=state.value)
        )


def test_what_waits_is_told_with_what_can_be_heard(sounds: MessageSounds, engine: Engine) -> None:
    set_hold(engine, Actor("mg1", NOW), SEALED, HoldReason.COMPLAINT)
    told = [
        (m.call_id, m.at.isoformat(), m.recording_id, m.seconds, m.refusal, m.is_held)
        for m in sounds.waiting()
    ]
    assert told == [
        ("1700528400.11", "2023-11-21T02:00:00+00:00", SPOOLED, None, "まだ保管庫に入っていません。次の処理の後に聴けます。", False),
        ("1700528400.10", "2023-11-21T01:00:00+00:00", SEALED, 12.0, "", True),
        ("1700528400.13", "2023-11-20T02:00:00+00:00", "", None, "録音がありません。", False),
    ]  # fmt: skip


def test_a_message_is_heard_under_a_name_and_lies_nowhere_in_clear(
    sounds: MessageSounds, engine: Engine, home: Home
) -> None:
    sound = opened(sounds)
    assert isinstance(sound, Sound)
    before = len(noted(engine))
    assert b"".join(sound.pieces(0, sound.size_bytes)) == WAV
    assert b"".join(sound.pieces(100, 200)) == WAV[100:200] and len(noted(engine)) == before
    actor = Actor("sv1", NOW, proof="f" * 64, via=Via.DESK)
    sounds.note(actor, SEALED, Purpose.MESSAGE)
    assert noted(engine)[-1] == ("sv1", "recording_heard", SEALED, "done", "desk")
    for path in (p for p in home.root.rglob("*") if p.is_file()):
        assert WAV[:64] not in path.read_bytes(), path


def test_a_recording_of_a_call_is_no_message(sounds: MessageSounds) -> None:
    assert refusal(sounds, CALL)[0] == refusal(sounds, "none")[0] == 404


@pytest.mark.parametrize(
    ("state", "status", "word"),
    [
        (RecordingState.SPOOLED, 409, "まだ保管庫に"),
        (RecordingState.ERASED, 410, "消去済み"),
        (RecordingState.UNUSABLE, 410, "使えません"),
    ],
)
def test_why_one_cannot_be_heard_is_said(
    sounds: MessageSounds, engine: Engine, state: RecordingState, status: int, word: str
) -> None:
    set_state(engine, SEALED, state)
    told = refusal(sounds)
    assert told[0] == status and word in told[1]
    assert told[1] in {one.refusal for one in sounds.waiting()}


def test_a_key_that_was_destroyed_or_a_file_that_was_changed_opens_nothing(
    sounds: MessageSounds, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: Keyring, key_id: str) -> bytes:
        raise KeyUnavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(Keyring, "key", gone)
        assert refusal(sounds)[0] == 410
    online_path(home, SEALED).unlink()
    assert refusal(sounds)[0] == 409


def test_one_on_a_medium_says_which_until_it_is_there(
    sounds: MessageSounds, engine: Engine, home: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "media-a"
    folder.mkdir()
    medium = register_medium(engine, Actor("pm1", NOW), "a", "SIM-A", "鍵付き保管庫", folder)
    place = medium.place_of(SEALED)
    place.parent.mkdir()
    place.write_bytes(online_path(home, SEALED).read_bytes())
    copies = [
        replace(copy, place="a") for copy in kept_copies(engine) if copy.recording_id == SEALED
    ]
    record_copies(engine, copies, "a", NOW)
    drop_copies(engine, [SEALED], ONLINE, NOW)
    online_path(home, SEALED).unlink()
    sound = opened(sounds)
    assert isinstance(sound, Sound) and b"".join(sound.pieces(0, 4)) == b"RIFF"
    assert SEALED in [one.recording_id for one in sounds.waiting() if not one.refusal]
    folder.rename(tmp_path / "gone")
    assert refusal(sounds) == (409, "録音は媒体 a にあります。媒体をつないでから聴いてください。")
    assert refusal(sounds)[1] in {one.refusal for one in sounds.waiting()}
