"""An erasure's speed: 10,000 of 100,000 keys, against `shred` on the files."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from compliance.erasure.execution import leave_behind
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring, settle

ALL, ERASED = 100_000, 10_000
SHREDDED, SIZE = 200, 2_000_000


def keys(folder: Path) -> dict[str, float]:
    """Re-wrap, read back, prove that no old record is left, destroy the old epoch; seconds of `shred -n1 -u` on as many
    files of 2 MB (from two hundred), per second of ours."""
    home = Home.at(folder / "epochs")
    home.create()
    ring = Keyring.open(home)
    ids = [hashlib.sha256(b"%d" % n).hexdigest() for n in range(ALL)]
    ring.make(ids)
    ratios, ours = [], []
    for turn in range(3):
        erased = set(ids[turn * ERASED : (turn + 1) * ERASED])
        began = time.perf_counter()
        leave_behind(home, turn + 1, erased)
        settle(home)
        ours.append(time.perf_counter() - began)
        ratios.append(_shredded(folder / "files") / SHREDDED * ERASED / ours[-1])
    ratios.sort()
    return {
        "ratio": ratios[1],
        "lowest": ratios[0],
        "highest": ratios[-1],
        "our_seconds": round(sorted(ours)[1], 2),
    }


def _shredded(folder: Path) -> float:
    folder.mkdir()
    content = os.urandom(SIZE)
    paths = [folder / f"{n}.sealed" for n in range(SHREDDED)]
    for path in paths:
        path.write_bytes(content)
    os.sync()
    began = time.perf_counter()
    subprocess.run([shutil.which("shred") or "shred", "-n1", "-u", *paths], check=True)
    seconds = time.perf_counter() - began
    folder.rmdir()
    return seconds
