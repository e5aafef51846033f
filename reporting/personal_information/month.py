"""The month that a report is of, as each of its tables asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from compliance.audit.activity import LoggedAct
from compliance.ground.japan import civil
from compliance.registers.description import Register
from compliance.registers.entries import KeptEntry
from reporting.paper import wareki
from reporting.personal_information.holdings import Span

NOTHING = "―"


@dataclass(frozen=True, slots=True)
class Month:
    """The month as everything below asks for it: its days, its instants (`until`: the end of the day on which it was due;
    `counted_until`: that of the month before), what was done until then."""

    first_day: date
    last_day: date
    first: datetime
    after: datetime
    until: datetime
    counted_until: datetime
    acts: Sequence[LoggedAct]
    entries: Callable[[Register], Sequence[KeptEntry]]

    @property
    def span(self) -> Span:
        """Its instants, as holdings are counted by them."""
        return Span(self.first, self.after, self.counted_until, max(self.after, self.until))

    def holds(self, day: str) -> bool:
        """Whether a day as registers keep it (2023-11-20, or a moment) lies in it."""
        return bool(day) and self.first_day <= date.fromisoformat(day[:10]) <= self.last_day

    def day(self, text: str, otherwise: str = NOTHING) -> str:
        """A day or a moment as registers keep it, as papers print it; what stands in place of none is `otherwise`."""
        if not text:
            return otherwise
        if len(text) == len("2023-11-20"):
            return wareki.plain(date.fromisoformat(text))
        at = civil(datetime.fromisoformat(text))
        return f"{wareki.plain(at.date())} {wareki.clock(at)}"

    def in_force(self, entry: KeptEntry) -> bool:
        """Whether something with a beginning and an end was in force on its last day."""
        starts, ends = entry.get("starts_on"), entry.get("ends_on")
        last = self.last_day.isoformat()
        return (not starts or starts <= last) and (not ends or ends >= last)
