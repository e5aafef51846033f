"""The vault's speed: sealing with both digests, fsync and read-back, against a plain copy with fsync."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import SpooledRecording, register_recordings
from compliance.vault.custody import seal_spooled

Compare = Callable[[Callable[[], object], Callable[[], object]], dict[str, float]]
FILES = 100
SIZE = 2_000_000
NOW = datetime(2023, 11, 20, tzinfo=UTC)


def sealing(folder: Path, compare: Compare) -> dict[str, float]:
    """A hundred files of 2 MB into custody, catalogue and log entries included, against copying them."""
    spool = folder / "spool"
    spool.mkdir()
    content = os.urandom(SIZE)
    files = {f"{n:064x}": spool / f"{n}.wav" for n in range(FILES)}
    for path in files.values():
        path.write_bytes(content)
    home = Home.at(folder / "sealed")
    home.create()
    engine = open_operations(home.operations_url)
    ring, count = Keyring.open(home), 0

    def ours() -> None:
        nonlocal count
        count += 1
        named = {f"{count}{i[1:]}": path for i, path in files.items()}
        seen = [SpooledRecording(i, "1.1", SIZE, 1.0, "ok", True, NOW) for i in named]
        register_recordings(engine, seen, NOW)
        report = seal_spooled(engine, home, ring, named, NOW, remove_after_seal=False)
        assert report.sealed == FILES
        shutil.rmtree(home.vault_online)

    def plain() -> None:
        target = folder / "copies"
        target.mkdir()
        for path in files.values():
            copy = target / path.name
            shutil.copyfile(path, copy)
            with copy.open("rb") as file:
                os.fsync(file.fileno())
        shutil.rmtree(target)

    found = compare(ours, plain)
    found["megabytes_per_second"] = round(FILES * SIZE / 1e6 / found["our_seconds"])
    return found
