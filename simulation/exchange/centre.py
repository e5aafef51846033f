"""A simulated centre: what it is like, and what a day of it was, as lives and acts of the staff (6(1)ウ・オ).

Times are epoch seconds; durations are seconds. How a day comes about, `day` and `floor` decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from simulation.exchange.lives import (
    InboundCall,
    OutboundCall,
)
from simulation.exchange.pbx import PEOPLE, SimulatedPerson


@dataclass(frozen=True, slots=True)
class Centre:
    """What the centre is like; figures of 6(1)ウ・オ, the rest plausible."""

    lines: int = 5
    operators: tuple[str, ...] = ("op1", "op2", "op3")
    supervisor: str = "sv1"
    people: Mapping[str, SimulatedPerson] = field(default_factory=lambda: PEOPLE)
    """Operators and supervisor as the exchange knows them."""
    queues: tuple[str, ...] = ("survey", "opinion")
    """In the order of the menu's digits; whoever chooses none in time is led to the first."""
    opens_at: time = time(9)
    closes_at: time = time(18)
    calls_per_day: float = 104.0
    calls_after_hours: float = 5.0
    calls_at_midnight: float = 0.15
    restart_chance: float = 0.1
    callers: int = 4000
    talk_seconds: float = 600.0
    after_call_seconds: float = 300.0
    patience_seconds: float = 480.0
    queue_seconds: int = 600
    notice_seconds: float = 9.0
    menu_seconds: float = 12.0
    closed_notice_seconds: float = 21.0


@dataclass(frozen=True, slots=True)
class StaffAct:
    """What an operator did at the telephone: `log_on`, `log_off`, `pause`, `resume`."""

    at: float
    operator: str
    act: str
    reason: str = ""


@dataclass(slots=True)
class LivedDay:
    """All that happened on one day, lives in order of their beginning; `callbacks` are the numbers that are
    still to be called when it ends, oldest first. `restarted_at` is when the PBX started again, if it did."""

    day: date
    calls: list[InboundCall | OutboundCall] = field(default_factory=list)
    acts: list[StaffAct] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)
    restarted_at: float | None = None


_FIRST = 0.72
"""The share of callers who choose the first queue; the others share the rest evenly."""


def chosen(queues: tuple[str, ...], dice: float) -> str:
    """The queue that a caller chooses, by a throw of 0..1. Pure."""
    if dice < _FIRST or len(queues) == 1:
        return queues[0]
    others = queues[1:]
    return others[min(len(others) - 1, int((dice - _FIRST) / (1 - _FIRST) * len(others)))]


def days_between(first: date, last: date) -> list[date]:
    """Every civil day from the first to the last."""
    return [first + timedelta(n) for n in range((last - first).days + 1)]
