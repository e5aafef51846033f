"""How a home's service is, on one screen: what runs, what is overdue, how much room is left, whether a second copy is tried.

Looked at without holding the home, so it answers whatever else is at work. Ids, counts, places and times only.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from application.home.session import Outlook
from application.today import Brief, brief_of
from compliance.backup.register import BackupDeed, BackupEvent, last_event
from compliance.errors import HomeBusy
from compliance.ground.home import Home
from compliance.ground.run_lock import is_locked

LEAST_FREE = 0.1
"""A disk with less than a tenth of its room left needs a hand."""
NEXT_RUN_WITHIN = timedelta(hours=26)
"""A schedule that did not run for longer than a day and two hours stands still."""
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


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Everything of one moment. `log_written_at` is the last writing into the audit log's folder, null before the first; `brief` is null
    while the warehouse is built; `clock` says by what the machine's clock is set, in English; `problems` are what needs a hand."""

    version: str
    home: Path
    at: datetime
    is_served: bool
    is_running: bool
    log_written_at: datetime | None
    brief: Brief | None
    rooms: tuple[DiskRoom, ...]
    clock: str
    is_clock_right: bool | None
    backup: BackupEvent | None
    drill: BackupEvent | None

    @property
    def problems(self) -> tuple[str, ...]:
        """What needs a hand, each in a line."""
        found = []
        if not self.is_served:
            found.append(
                "no service answers for this home: start madoguchi-web (`madoguchi serve`)"
            )
        if self.log_written_at is None or self.at - self.log_written_at > NEXT_RUN_WITHIN:
            found.append("nothing was noted for over a day: look at the service's journal")
        if self.brief is not None:
            late = [one for one in self.brief.overdue if one.state is None]
            if late:
                found.append(f"{len(late)} papers are overdue: `madoguchi today`")
            if self.brief.pressing:
                found.append(f"{len(self.brief.pressing)} duties press: `madoguchi today`")
        found += [
            f"{room.place}: {room.free_bytes / 2**30:.1f} GiB left"
            for room in self.rooms
            if room.is_short
        ]
        if self.is_clock_right is False:
            found.append(
                f"the machine's clock is not set by anything ({self.clock}): `timedatectl`"
            )
        return tuple(found)


def service_state(
    place: Outlook,
    wall: datetime,
    ask: Callable[[tuple[str, ...]], str | None] | None = None,
) -> ServiceState:
    """What there is to say. `wall` is the system's clock, by which services are measured; `ask` runs a command of the machine and gives what
    it says, null where it is not there."""
    home = place.home
    try:
        brief = brief_of(place)
    except HomeBusy:
        brief = None
    clock, is_right = _clock(ask or _asked)
    return ServiceState(
        version=version("madoguchi"),
        home=home.root,
        at=wall,
        is_served=is_locked(home.service_lock_file),
        is_running=is_locked(home.lock_file),
        log_written_at=_written(home, wall),
        brief=brief,
        rooms=_rooms(home),
        clock=clock,
        is_clock_right=is_right,
        backup=last_event(place.engine, BackupDeed.MADE),
        drill=last_event(place.engine, BackupDeed.DRILLED),
    )


def _written(home: Home, wall: datetime) -> datetime | None:
    times = [path.stat().st_mtime for path in home.audit.rglob("*") if path.is_file()]
    return datetime.fromtimestamp(max(times), wall.tzinfo) if times else None


def _rooms(home: Home) -> tuple[DiskRoom, ...]:
    """Each disk once, under the first place that lies on it."""
    seen: dict[int, DiskRoom] = {}
    for name, path in (("home", home.root), ("keys", home.keys), ("papers", home.outbox)):
        if path.exists():
            usage = shutil.disk_usage(path)
            seen.setdefault(path.stat().st_dev, DiskRoom(name, usage.total, usage.free))
    return tuple(seen.values())


def _clock(ask: Callable[[tuple[str, ...]], str | None]) -> tuple[str, bool | None]:
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


def _asked(command: tuple[str, ...]) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - two commands, written here
            command, capture_output=True, text=True, timeout=_ASKED_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
