"""A really full disk: a small file system of 4 MiB, filled up, then made larger; nothing is lost and nothing doubled."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import SpooledRecording, counts, kept_copies, register_recordings
from compliance.vault.custody import SealReport, seal_spooled, verify_vault
from compliance.vault.media import register_medium, registered_media
from compliance.vault.rotation import RotationReport, rotate
from tests.support.custody import NOW
from tests.support.rotation import ACTOR, LATER

SIZE = 1_500_000
COUNT = 4
Grow = Callable[[int], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Grow]]:
    """A file system of 4 MiB, and how to make it larger (in MiB)."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> None:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)],
            check=True,
            capture_output=True,
        )

    try:
        mount("size=4m")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this account may not mount a tmpfs")
    try:
        yield place, lambda size: mount(f"remount,size={size}m")
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def spooled(folder: Path) -> tuple[dict[str, Path], list[SpooledRecording]]:
    folder.mkdir()
    files, seen = {}, []
    for number in range(COUNT):
        path = folder / f"{number}.wav"
        path.write_bytes(hashlib.sha256(bytes([number])).digest() * (SIZE // 32))
        name = hashlib.sha256(f"full {number}".encode()).hexdigest()
        files[name] = path
        size = path.stat().st_size
        seen.append(SpooledRecording(name, f"1.{number}", size, 1.0, "ok", True, NOW))
    return files, seen


def test_sealing_stops_with_all_that_is_in_clear_still_there_and_goes_on(
    disk: tuple[Path, Grow], tmp_path: Path
) -> None:
    place, grow = disk
    home = Home.at(tmp_path / "home")
    home.create()
    (home.root / "vault").symlink_to(place)
    engine = open_operations(home.operations_url)
    files, seen = spooled(tmp_path / "spool")
    register_recordings(engine, seen, NOW)

    def take() -> SealReport:
        ring = Keyring.open(home)
        return seal_spooled(engine, home, ring, files, NOW, remove_after_seal=True)

    with pytest.raises(OSError) as full:
        take()
    assert full.value.errno == errno.ENOSPC
    assert all(path.exists() for path in files.values())
    assert set(counts(engine)) == {"spooled"}
    grow(16)
    assert take().sealed == COUNT
    assert not any(path.exists() for path in files.values())
    assert verify_vault(engine, home, Keyring.open(home)) == (COUNT, [])
    assert counts(engine)["sealed"][0] == COUNT
    assert not [p for p in home.vault_online.rglob("*") if p.name.startswith(".tmp")]
    engine.dispose()


def test_rotation_to_a_full_medium_drops_nothing_and_goes_on(
    disk: tuple[Path, Grow], tmp_path: Path
) -> None:
    place, grow = disk
    home = Home.at(tmp_path / "home")
    home.create()
    engine = open_operations(home.operations_url)
    files, seen = spooled(tmp_path / "spool")
    register_recordings(engine, seen, NOW)
    seal_spooled(engine, home, Keyring.open(home), files, NOW, remove_after_seal=True)
    roomy = tmp_path / "roomy"
    roomy.mkdir()
    register_medium(engine, ACTOR, "m-a", "Sa", "金庫", roomy)
    register_medium(engine, ACTOR, "m-b", "Sb", "金庫", place)

    def turn() -> RotationReport:
        return rotate(engine, home, registered_media(engine), list(files), LATER)

    with pytest.raises(OSError) as full:
        turn()
    assert full.value.errno == errno.ENOSPC
    assert verify_vault(engine, home, Keyring.open(home)) == (COUNT, [])
    grow(16)
    assert turn().rotated == COUNT
    places = sorted((copy.recording_id, copy.place) for copy in kept_copies(engine))
    assert places == sorted((name, medium) for name in files for medium in ("m-a", "m-b"))
    assert not list(home.vault_online.rglob("*.sealed"))
    assert os.statvfs(place).f_bfree > 0
    engine.dispose()
