"""日次報告書（苦情） as one value (6(3)オ): codes, ids and times; words stand blank until the paper is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from reporting.paper.head import Head
from reporting.paper.kind import Confirmation, Correction


@dataclass(frozen=True, slots=True)
class Report:
    """One time that the city was told. Moments are civil time in Japan; `reached` and `instruction` are words."""

    entry_id: str
    revision: int
    is_urgent_call: bool
    manner: str
    told_at: datetime
    told_by: str
    decided_by: str = ""
    decided_at: datetime | None = None
    answered_at: datetime | None = None
    reached: str = ""
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Callback:
    """The return call that a case asks for; null where nothing was noted yet."""

    due_on: date | None
    done_at: datetime | None
    done_by: str
    result: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the course: civil time in Japan, who (the number that papers print), and what, which is words."""

    entry_id: str
    revision: int
    at: datetime
    by: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """Where a case stands and since when it is closed; the rest is words."""

    entry_id: str
    revision: int
    status: str
    closed_on: date | None = None
    demand: str = ""
    course: str = ""
    request: str = ""
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class ComplaintCase:
    """One complaint. `received_at` is civil time in Japan; `operator` the number that papers print; `summary` is words.
    `recordings` is null where the call is not known yet."""

    receipt_number: str
    inquiry_id: str
    revision: int
    received_at: datetime
    call_id: str
    operator: str
    subject: str
    voice: str
    handling: str
    is_urgent: bool
    is_message: bool
    needs_city: bool
    needs_callback: bool
    has_contact: bool
    recordings: int | None
    reports: tuple[Report, ...]
    callback: Callback | None
    course: Course | None
    steps: tuple[Step, ...] = ()
    summary: str = ""

    @property
    def waits_for_city(self) -> bool:
        """市の対応要否: the record hands it to the city, or its course says that it waits there."""
        return self.needs_city or (self.course is not None and self.course.status == "city")

    @property
    def urgent_call(self) -> Report | None:
        """The telephone call to the city, null where none is noted."""
        return next((one for one in self.reports if one.is_urgent_call), None)


@dataclass(frozen=True, slots=True)
class ComplaintReport:
    """Everything that the paper of one business day prints, but the words and the time of printing. `last_day` is later
    than `day` where closed days follow."""

    head: Head
    day: date
    last_day: date
    due_date: date
    cases: tuple[ComplaintCase, ...]
    definition: str
    definition_confirmed_on: date | None
    edition: int = 1
    corrections: tuple[Correction, ...] = ()
    checkpoint: str | None = None
    confirmation: Confirmation | None = None

    @property
    def urgent(self) -> int:
        """How many of them are urgent."""
        return sum(case.is_urgent for case in self.cases)

    def as_edition(self, edition: int, corrections: Sequence[Correction]) -> ComplaintReport:
        """The same data as that edition, with what it corrects in the one before."""
        return replace(self, edition=edition, corrections=tuple(corrections))
