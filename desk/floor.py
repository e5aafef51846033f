"""The floor of this moment as the board shows it: queues, operators by id, the day's counts. Pure values; no caller's number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class QueueNow:
    """Callers who wait in a queue, by its title; `longest_since` is null where nobody does."""

    title: str
    waiting: int
    longest_since: datetime | None


@dataclass(frozen=True, slots=True)
class OperatorNow:
    """Somebody logged on: what they do as a word of the page (`free`, `talking`, `paused`), since when (null: not known), why."""

    staff_id: str
    doing: str
    since: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything of one moment; counts of calls since today's opening, each once. `last_at` is the time of the log's newest line,
    null without one; `unknown` says why nothing can be told of this moment, blank where it can: then no figure is one."""

    queues: tuple[QueueNow, ...]
    operators: tuple[OperatorNow, ...]
    incoming: int
    answered: int
    abandoned: int
    overflow: int
    mailbox: int
    last_at: datetime | None = None
    unknown: str = ""


def lasted(since: datetime | None, now: datetime) -> str:
    """How long something lasts, as minutes and seconds, hours where it does that long; blank where it is not known."""
    if since is None:
        return ""
    seconds = max(0, int((now - since) / timedelta(seconds=1)))
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
