"""How a home's service is, on one screen: what runs, what is overdue, how much room is left, whether a second copy is tried.

Looked at without holding the home, so it answers whatever else is at work. Ids, counts, places and times only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from application.home.session import Outlook
from application.machine import DiskRoom, asked, clock_set_by, rooms_of
from application.migrating import is_under_way
from application.today import Brief, brief_of
from compliance.backup.register import BackupDeed, BackupEvent, last_event
from compliance.errors import HomeBusy
from compliance.ground.home import Home
from compliance.ground.run_lock import is_locked

NEXT_RUN_WITHIN = timedelta(hours=26)
"""A schedule that did not run for longer than a day and two hours stands still."""


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
    is_upgrading: bool = False

    @property
    def problems(self) -> tuple[str, ...]:
        """What needs a hand, each in a line."""
        found = []
        if not self.is_served:
            found.append(
                "no service answers for this home: start madoguchi-web (`madoguchi serve`)"
            )
        if self.is_upgrading:
            found.append("an upgrade was not ended: run the newer bundle's `install.sh --upgrade`")
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
    clock, is_right = clock_set_by(ask or asked)
    return ServiceState(
        version=version("madoguchi"),
        home=home.root,
        at=wall,
        is_served=is_locked(home.service_lock_file),
        is_running=is_locked(home.lock_file),
        log_written_at=_written(home, wall),
        brief=brief,
        rooms=rooms_of(home),
        clock=clock,
        is_clock_right=is_right,
        backup=last_event(place.engine, BackupDeed.MADE),
        drill=last_event(place.engine, BackupDeed.DRILLED),
        is_upgrading=is_under_way(home),
    )


def _written(home: Home, wall: datetime) -> datetime | None:
    times = [path.stat().st_mtime for path in home.audit.rglob("*") if path.is_file()]
    return datetime.fromtimestamp(max(times), wall.tzinfo) if times else None
