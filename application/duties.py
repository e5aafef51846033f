"""What presses: a duty that somebody has on a day, and how much it presses on a morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

COMING_DAYS = timedelta(days=7)


class Urgency(StrEnum):
    """How much something presses."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    UNDATED = "undated"

    @property
    def title_ja(self) -> str:
        """What pages call it."""
        return {"overdue": "期限超過", "today": "本日", "soon": "まもなく", "undated": "提出待ち"}[
            self.value
        ]


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that a register holds a day for. `name` is the label that people gave it; `ref` the id by which pages, whose
    records outlive it, know it."""

    title: str
    name: str
    ref: str
    day: date
    urgency: Urgency


def urgency_of(day: date, today: date) -> Urgency:
    """How much a day presses on another."""
    if day < today:
        return Urgency.OVERDUE
    return Urgency.TODAY if day == today else Urgency.SOON
