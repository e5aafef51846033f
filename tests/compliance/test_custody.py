"""Custody: whatever is cut off, no recording is lost, none counted twice, none in clear in the home."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import Engine

from compliance.errors import KeyUnavailable, SealBroken, TransitionRefused
from compliance.ground import durable
from compliance.ground.acts import Action
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import (
    Sealed,
    SpooledRecording,
    counts,
    in_state,
    kept_copies,
    record_sealed,
    register_recordings,
)
from compliance.vault.custody import (
    online_path,
    verify_vault,
)
from compliance.vault.sealed import associated_data, unseal
from compliance.vault.states import FOLLOWS, RecordingState, may_follow
from tests.homes import ROOT
from tests.support.custody import COUNT, NOW, entries, recording_id, sound, spool, take


def assert_whole(engine: Engine, home: Home, folder: Path, count: int = COUNT) -> None:
    """Every recording is sealed once, opens as what it was, and none is in clear in the home."""
    ring = Keyring.open(home)
    assert verify_vault(engine, home, ring) == (count, [])
    assert counts(engine).keys() == {"sealed"}
    assert len(kept_copies(engine)) == count
    assert entries(engine, Action.RECORDING_SEALED) == count
    for number in range(count):
        key = ring.key(recording_id(number))
        with online_path(home, recording_id(number)).open("rb") as file:
            opened = b"".join(unseal(file, key, associated_data(recording_id(number))))
        assert opened == sound(number)
    for path in (p for p in home.root.rglob("*") if p.is_file()):
        assert b"RIFF" not in path.read_bytes(), path
    assert not list(folder.glob("*.wav")), "the plaintext went once all else was durable"


def test_recordings_are_sealed_entered_and_gone_from_the_spool(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    files = spool(tmp_path / "spool", engine)
    report = take(engine, home, files)
    assert (report.sealed, report.missing, report.refused) == (COUNT, 0, [])
    assert_whole(engine, home, tmp_path / "spool")
    assert take(engine, home, {}).sealed == 0


def test_plaintext_goes_only_where_it_is_what_was_sealed(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    files = spool(tmp_path / "spool", engine)
    take(engine, home, files, remove=False)
    other = files[recording_id(1)]
    other.write_bytes(sound(1)[:-1] + b"?")
    take(engine, home, files)
    assert [path for path in files.values() if path.exists()] == [other]


def test_a_folder_that_is_only_read_keeps_its_files(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    files = spool(tmp_path / "spool", engine)
    take(engine, home, files, remove=False)
    assert all(path.exists() for path in files.values())
    assert take(engine, home, files, remove=False).sealed == 0


@pytest.mark.slow
def test_a_fault_at_every_durable_step_of_sealing(tmp_path: Path) -> None:
    for step in range(80):
        root = tmp_path / str(step)
        home = Home.at(root / "home")
        home.create()
        engine = open_operations(home.operations_url)
        Keyring.open(home)
        is_cut = False
        with durable.failing_at(step):
            try:
                take(engine, home, spool(root / "spool", engine))
            except durable.InjectedFault:
                is_cut = True
        durable.sweep_temporaries(home.vault_online, is_deep=True)
        take(engine, home, spool(root / "spool", engine))
        assert_whole(engine, home, root / "spool")
        engine.dispose()
        if not is_cut:
            break
    assert 15 <= step < 79


_KILLED = """
    import os, signal, sys
    from pathlib import Path
    from compliance.ground import durable
    from compliance.ground.home import Home
    from compliance.ground.operations import open_operations
    from tests.support.custody import spool, take

    home = Home.at(Path(sys.argv[1]))
    engine = open_operations(home.operations_url)
    files = spool(Path(sys.argv[2]), engine)
    with durable.failing_at(int(sys.argv[3]), lambda: os.kill(os.getpid(), signal.SIGKILL)):
        take(engine, home, files)
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", range(26))
def test_killed_at_a_durable_step_of_sealing(home: Home, tmp_path: Path, step: int) -> None:
    folder = tmp_path / "spool"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_KILLED), str(home.root), str(folder), str(step)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}
    durable.sweep_temporaries(home.vault_online, is_deep=True)
    engine = open_operations(home.operations_url)
    take(engine, home, spool(folder, engine))
    assert_whole(engine, home, folder)
    engine.dispose()


def test_a_full_disk_takes_nothing_away(
    engine: Engine, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = spool(tmp_path / "spool", engine)
    real = os.fsync

    def fsync(file: int) -> None:
        if Path(f"/proc/self/fd/{file}").readlink().suffix == ".sealed":
            raise OSError(28, "No space left on device")
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space"):
        take(engine, home, files)
    monkeypatch.undo()
    assert all(path.exists() for path in files.values())
    assert counts(engine).keys() == {"spooled"}
    take(engine, home, files)
    assert_whole(engine, home, tmp_path / "spool")


def test_a_hostile_spool_is_told_one_by_one_and_the_rest_goes_on(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    files = spool(folder, engine, 6)
    outside = tmp_path / "outside.wav"
    outside.write_bytes(sound(0))
    paths = list(files.values())
    paths[0].unlink()
    paths[0].symlink_to(outside)
    paths[1].unlink()
    paths[2].write_bytes(sound(2) + b"it grew")
    paths[3].unlink()
    os.mkfifo(paths[3])
    report = take(engine, home, files)
    assert report.sealed == 2
    reasons = {one.recording_id: one.reason for one in report.refused}
    assert [reasons[recording_id(n)].split(" (")[0] for n in range(4)] == [
        "cannot be read", "cannot be read", "changed since it was taken in", "is no plain file",
    ]  # fmt: skip
    assert outside.exists() and paths[2].exists()
    assert len(in_state(engine, RecordingState.SPOOLED)) == 4
    assert verify_vault(engine, home, Keyring.open(home)) == (2, [])


def test_what_is_changed_gone_or_strange_in_the_vault_is_named(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    take(engine, home, spool(tmp_path / "spool", engine, 5))
    places = [online_path(home, recording_id(n)) for n in range(5)]
    touched = bytearray(places[0].read_bytes())
    touched[-1] ^= 1
    places[0].write_bytes(touched)
    places[1].unlink()
    places[2].write_bytes(places[3].read_bytes())
    places[2].with_name("ff.sealed").write_bytes(b"")
    opened, problems = verify_vault(engine, home, Keyring.open(home))
    assert opened == 5
    assert {p.recording_id for p in problems} == {
        recording_id(0), recording_id(1), recording_id(2), "ff",
    }  # fmt: skip
    some = frozenset({recording_id(4)})
    assert verify_vault(engine, home, Keyring.open(home), only=some)[0] == 1


def test_states_follow_in_their_legal_order_only(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    assert set(FOLLOWS) == set(RecordingState)
    assert not any(may_follow(RecordingState.ERASED, state) for state in RecordingState)
    assert not may_follow(RecordingState.SPOOLED, RecordingState.ERASED), "only what was sealed"
    take(engine, home, spool(tmp_path / "spool", engine))
    with pytest.raises(TransitionRefused):
        record_sealed(engine, [Sealed(recording_id(0), "0" * 64, 1)], NOW)


def test_what_does_not_read_back_alike_is_not_entered(
    engine: Engine, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that gives something else than what was written, in a way that still opens."""
    from compliance.vault import custody

    files = spool(tmp_path / "spool", engine)
    real = custody.unseal

    def otherwise(*words: object) -> object:
        for piece in real(*words):  # type: ignore[arg-type]
            yield piece[:-1] + b"?"

    monkeypatch.setattr(custody, "unseal", otherwise)
    with pytest.raises(SealBroken, match="read back"):
        take(engine, home, files)
    monkeypatch.undo()
    assert all(path.exists() for path in files.values())
    assert not list(home.vault_online.rglob("*.sealed"))
    take(engine, home, files)
    assert_whole(engine, home, tmp_path / "spool")


@pytest.mark.parametrize("is_at_hand", [True, False])
def test_a_lost_keyring_is_never_begun_anew(
    engine: Engine, home: Home, tmp_path: Path, is_at_hand: bool
) -> None:
    """Also where every recording lies on media, so that nothing sealed is left in the home."""
    take(engine, home, spool(tmp_path / "spool", engine))
    whole = (home.keyrings / "epoch-0001.keyring").read_bytes()
    (home.keyrings / "epoch-0001.keyring").unlink()
    if not is_at_hand:
        shutil.rmtree(home.vault_online)
    more = spool(tmp_path / "spool", engine, COUNT + 1)
    with pytest.raises(KeyUnavailable, match="restore"):
        take(engine, home, more)
    assert all(path.exists() for path in more.values())
    (home.keyrings / "epoch-0001.keyring").write_bytes(whole)
    assert take(engine, home, more).sealed == 1


def test_a_recording_that_grew_is_sealed_once_and_its_first_entry_is_unusable(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    files = spool(tmp_path / "spool", engine)
    grown = files[recording_id(0)]
    grown.write_bytes(sound(0) * 2)
    refused = take(engine, home, files, remove=False)
    assert [one.reason for one in refused.refused] == ["changed since it was taken in"]
    size = len(sound(0)) * 2
    seen = SpooledRecording("again", "1700438494.0", size, 1.0, "ok", True, NOW)
    register_recordings(engine, [seen], NOW)
    report = take(engine, home, {**files, "again": grown}, remove=False)
    assert (report.sealed, report.refused, report.missing) == (1, [], 0)
    assert counts(engine)["unusable"][0] == 1
    assert counts(engine)["sealed"][0] == COUNT
    assert "spooled" not in counts(engine)
    assert entries(engine, Action.RECORDING_UNUSABLE) == 1
    assert take(engine, home, {**files, "again": grown}, remove=False).sealed == 0
