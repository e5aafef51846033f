"""The machine below a home: how much room its disks have left, and by what its clock is set. Looked at, never set."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from compliance.ground.home import Home

LEAST_FREE = 0.1
"""A disk with less than a tenth of its room left needs a hand."""
_ASKED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DiskRoom:
    """A disk below one of the home's places: bytes in all and left."""

    place: str
    total_bytes: int
    free_bytes: int

    @property
    def is_short(self) -> bool:
        """Whether it runs out."""
        return self.free_bytes < self.total_bytes * LEAST_FREE


def rooms_of(home: Home) -> tuple[DiskRoom, ...]:
    """Each disk once, under the first place that lies on it."""
    seen: dict[int, DiskRoom] = {}
    for name, path in (("home", home.root), ("keys", home.keys), ("papers", home.outbox)):
        if path.exists():
            usage = shutil.disk_usage(path)
            seen.setdefault(path.stat().st_dev, DiskRoom(name, usage.total, usage.free))
    return tuple(seen.values())


def clock_set_by(ask: Callable[[tuple[str, ...]], str | None]) -> tuple[str, bool | None]:
    """By what the clock is set, as chrony or systemd says, and whether it is; null where neither is there."""
    if (told := ask(("chronyc", "-c", "tracking"))) is not None:
        fields = told.split(",")
        is_set = len(fields) > 13 and fields[13].strip() == "Normal"
        return f"chrony: {fields[1] if len(fields) > 1 else 'no source'}", is_set
    if (told := ask(("timedatectl", "show"))) is not None:
        said: Mapping[str, str] = dict(
            line.partition("=")[::2] for line in told.splitlines() if "=" in line
        )
        return "systemd-timesyncd", said.get("NTPSynchronized") == "yes"
    return "not known: neither chrony nor systemd answers", None


def asked(command: tuple[str, ...]) -> str | None:
    """What a command of the machine says; null where it is not there, fails or takes too long."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - two commands, written here
            command, capture_output=True, text=True, timeout=_ASKED_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
