"""The manager's morning as the desk shows it: ids, codes, counts and days, each with what to do next. Pure values.

Labels that people gave to entries are left out: a label may hold a name, and a page is no register.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

MOST_SHOWN = 50
"""So many lines of a list are shown; of the others their number."""


@dataclass(frozen=True, slots=True)
class MorningPaper:
    """A paper that is due, overdue or waits for the manager. `urgency` and `state` are words; `is_made`: it has a page.
    `asset_path` is the page of its making in the UI beside the desk, which whoever has this morning may see."""

    title: str
    kind: str
    period: str
    due: date | None
    urgency: str
    state: str
    is_made: bool
    next_step: str
    asset_path: str = ""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The newest business day that was counted."""

    day: date
    incoming: int
    answered: int
    overflow: int
    abandoned: int
    message: int


@dataclass(frozen=True, slots=True)
class Open:
    """Something of the floor that waits: its id, its time as a page shows it, and the inquiry that it is (blank: a call)."""

    ref: str
    at: str
    inquiry_id: str = ""


@dataclass(frozen=True, slots=True)
class OpenList:
    """What waits of one sort, the newest first, what to do about it, and the desk's page for that (blank: none)."""

    title: str
    found: tuple[Open, ...]
    next_step: str
    path: str = ""

    @property
    def shown(self) -> tuple[Open, ...]:
        """The newest ones."""
        return self.found[:MOST_SHOWN]

    @property
    def others(self) -> int:
        """How many more there are."""
        return max(0, len(self.found) - MOST_SHOWN)


@dataclass(frozen=True, slots=True)
class MorningDuty:
    """A day that a register holds; `ref` is the id by which the register knows the entry."""

    title: str
    ref: str
    day: date
    urgency: str


@dataclass(frozen=True, slots=True)
class UnsignedErasure:
    """An erasure that waits for a signature; `awaited` says whose."""

    case_id: str
    items_count: int
    awaited: str


@dataclass(frozen=True, slots=True)
class Morning:
    """Everything of one morning, in the order in which it is asked; `figures` is null before a day was counted."""

    today: date
    due: tuple[MorningPaper, ...]
    unconfirmed: tuple[MorningPaper, ...]
    figures: DayFigures | None
    floor: tuple[OpenList, ...]
    duties: tuple[MorningDuty, ...]
    open_erasure_tasks: int
    unsigned: tuple[UnsignedErasure, ...] = ()


@dataclass(frozen=True, slots=True)
class UnrecordedCall:
    """An answered call that nobody wrote down; `operators` are short ids."""

    call_id: str
    at: datetime
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnrecordedCalls:
    """Those of one business day, the newest first; `day` is null before one was counted."""

    day: date | None
    answered: int
    calls: tuple[UnrecordedCall, ...]
