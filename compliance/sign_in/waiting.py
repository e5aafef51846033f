"""Terminals that must wait: refused by a look into memory, before a place is taken, a row is written or a hash is computed.

What is refused so is counted, and the log is told in sums: one entry for a terminal and `WINDOW`, however many tried. So a
flood costs its sender's time and fills no log. `attempts` decides who must wait; this remembers it until then. All instants
are the system's. What a killed service had counted since the last sum is lost; the failures that led to it are not.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from compliance.ground.acts import SYSTEM, Action, Actor, ObjectKind, Result, Via, note_all
from compliance.sign_in.attempts import LONGEST_WAIT

WINDOW = timedelta(minutes=5)
_MOST = 1024
"""So many terminals are told apart; the refusals of more are summed under one name."""
_OTHERS = "others"


@dataclass(slots=True)
class _Sum:
    since: datetime
    count: int = 0


class Waiting:
    """Who must wait in this service, and how often they came meanwhile. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, datetime] = {}
        self._sums: dict[str, _Sum] = {}

    def until(self, terminal: str, now: datetime) -> datetime | None:
        """Until when a terminal must wait; null where it may try. A clock that was set back frees everybody."""
        with self._lock:
            until = self._until.get(terminal)
            if until is None:
                return None
            if now < until <= now + 2 * LONGEST_WAIT:
                return until
            del self._until[terminal]
            return None

    def refused(self, terminal: str, until: datetime, now: datetime) -> None:
        """Count a refusal, and remember until when there will be more."""
        with self._lock:
            if terminal not in self._until and len(self._until) >= _MOST:
                self._until = {one: at for one, at in self._until.items() if at > now}
            if terminal in self._until or len(self._until) < _MOST:
                self._until[terminal] = max(until, self._until.get(terminal, until))
            name = terminal if terminal in self._sums or len(self._sums) < _MOST else _OTHERS
            self._sums.setdefault(name, _Sum(now)).count += 1

    def tell(self, engine: Engine, at: datetime, now: datetime, *, all_: bool = False) -> int:
        """Enter the sums whose window is over into the log, at the home's present `at`; how many. `all_` at the end."""
        with self._lock:
            due = {
                name: one
                for name, one in self._sums.items()
                if all_ or not one.since <= now < one.since + WINDOW
            }
            for name in due:
                del self._sums[name]
        if due:
            actor = Actor(SYSTEM, at, via=Via.DESK)
            with engine.begin() as connection:
                note_all(
                    connection,
                    [
                        actor.entry(
                            Action.LOG_INS_REFUSED,
                            ObjectKind.TERMINAL,
                            f"{name or 'unknown'} {one.count}",
                            Result.REFUSED,
                        )
                        for name, one in sorted(due.items())
                    ],
                )
        return len(due)
