"""The weekly report 週次集計結果 as one value (6(3)エ, 9(1)).

PDF and workbook are two views of the same `WeeklyReport`; nothing is counted, looked up or decided after
it has been read. It holds counts, codes, ids and operator numbers, never a telephone number, a citizen's name, a pseudonym or
a caller's words (these are in the 別紙, `reporting.voices`). Where no inquiry was recorded its content is null, and the
papers print 「未記入」 there rather than a zero.

Left out: how it is read (`reader.py`) and compared (`corrections.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Literal, TypeVar

from reporting.paper.checks import SourceProblem, SourceVerdict
from reporting.paper.head import Head, Titles, shipped_titles
from reporting.paper.kind import Confirmation, Correction
from reporting.weekly.content import InquiryContent
from reporting.weekly.follow_ups import FollowUps
from reporting.weekly.off_hours import OffHours

REFERRED = ("voices", "complaints")
"""Kinds of papers that this one refers to."""

_Number = TypeVar("_Number", int, float)

Outcome = Literal[
    "answered",
    "abandoned",
    "abandoned_in_menu",
    "message",
    "overflow",
    "after_hours",
    "interrupted",
    "undetermined",
]


@dataclass(frozen=True, slots=True)
class Week:
    """The week reported on; `first_day` and `last_day` are its part within the service period."""

    number: int
    monday: date
    first_day: date
    last_day: date
    open_days: int
    due_date: date


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the open days that a sum speaks of could be measured: days that are over and on which
    some source wrote a row. Sums of parts that were not measured are no figures of the whole."""

    open_days: int
    measured_days: int

    @property
    def is_whole(self) -> bool:
        """Whether every open day was measured."""
        return self.measured_days == self.open_days

    @property
    def is_nothing(self) -> bool:
        """Whether there were open days and none was measured."""
        return self.open_days > 0 and self.measured_days == 0


@dataclass(frozen=True, slots=True)
class Counts:
    """The rows of page 1, in the words of 6(3)エ. Identity: incoming = answered + not_answered +
    message + interrupted_undetermined; not_answered = overflow + abandoned.

    `answer_rate` is 0..1, null when nothing came in. `carrier_busy` counts calls that the carrier
    turned away; null means that nobody has measured it, which is not zero.
    """

    incoming: int
    answered: int
    not_answered: int
    overflow: int
    abandoned: int
    message: int
    interrupted_undetermined: int
    after_hours: int
    answer_rate: float | None
    carrier_busy: int | None = None

    @property
    def difference(self) -> int:
        """By how much the classes miss 入電件数; 0 unless something is wrong."""
        return self.incoming - (
            self.answered + self.not_answered + self.message + self.interrupted_undetermined
        )


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What あふれ, 放棄 and 中断・判定不能 consist of, and what they say about the lines.

    Rates are 0..1, seconds whole or with fractions; null where there is nothing to divide or measure.
    """

    overflow_lines_busy: int
    overflow_queue_full: int
    overflow_no_staff: int
    overflow_timeout: int
    abandoned_waiting: int
    abandoned_in_menu: int
    interrupted: int
    undetermined: int
    overflow_rate: float | None
    abandon_rate: float | None
    max_concurrent_lines: int | None
    longest_wait_seconds: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """One column of page 1. `closed_reason` is null on an open day; counts are null where the day
    has not been counted yet (a paper made before the week was over), lies outside the period, or has
    not one row in any source (`has_records` false): then nobody can tell whether nothing happened."""

    day: date
    closed_reason: str | None
    counts: Counts | None
    breakdown: Breakdown | None
    has_records: bool = True


@dataclass(frozen=True, slots=True)
class HalfHour:
    """Thirty minutes of one day, or of the week's days together (then `day` is null)."""

    day: date | None
    starts_at: time
    incoming: int
    answered: int
    overflow: int
    abandoned: int
    message: int
    other: int
    max_concurrent_lines: int | None
    longest_wait_seconds: float | None


@dataclass(frozen=True, slots=True)
class Call:
    """One inbound call behind the counts. `receipt_number` names it on the telephone: day and minute of
    arrival, and which of that minute (1120-0903, 1120-0903-2), so that a line that comes late moves no
    other call's. `started_at` is civil time in Japan, without zone;
    `operator` is the number that papers print; seconds are null where the evidence is missing."""

    call_id: str
    started_at: datetime
    day: date
    outcome: Outcome
    reason: str | None
    menu_choice: str | None
    wait_seconds: float | None
    talk_seconds: float | None
    operator: str | None
    transfer_count: int
    recording_count: int
    is_complete: bool
    receipt_number: str = ""


@dataclass(frozen=True, slots=True)
class PrintedDefinition:
    """A definition in force in that week, as the contract words it, with the classes that it counts."""

    name: str
    version: str
    title: str
    formula: str
    numerator: tuple[Outcome, ...] = ()
    denominator: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How the PBX's own records agree with each other over the week; everything is a count.

    `non_calls` are linked ids that are no call between a citizen and the centre (feature codes,
    consultations, internal calls); they are no fault. `talked` are the calls that ought to be recorded
    (6(3)カ); `recorded` and the three reasons of a missing sound add up to them.
    """

    queue_log_lines: int
    cdr_rows: int
    cel_rows: int
    repeated_lines: int
    rejected_lines: int
    calls_without_cdr: int
    calls_without_cel: int
    answered_without_recording: int
    recordings_without_call: int
    classes_difference: int
    incomplete_calls: int
    answered_by_nobody_known: int = 0
    unknown_linked_ids: int = 0
    times_out_of_order: int = 0
    non_calls: int = 0
    talked: int = 0
    recorded: int = 0
    unrecorded_without_file: int = 0
    unrecorded_empty_file: int = 0
    unrecorded_silent: int = 0


OUGHT_TO_BE_ZERO = (
    "rejected_lines",
    "calls_without_cdr",
    "calls_without_cel",
    "answered_without_recording",
    "recordings_without_call",
    "classes_difference",
    "incomplete_calls",
    "answered_by_nobody_known",
    "unknown_linked_ids",
    "times_out_of_order",
)
"""Counts of `Reconciliation` that a reader should know of when they are not 0."""


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """Everything that the two papers of one week print, but the time of printing.

    `coverage` tells how much of the week was measured, the other two the same of the week before and of
    the running total. Half hours are those of measured days.

    `days` begin on Monday; the last two are there only where the centre is open on them, or somebody called or was written
    down all the same, so that the columns add up to the week. `off_hours` are calls beside the opening times.
    `previous` is the week before, null in week 1. `cumulative` runs from the first day of the service
    to the end of this week. `content` and `follow_ups` are
    null where no inquiry was recorded. `services` are the contract's, code and label; values kept before papers knew them
    are of the contract as shipped; so are `titles`, of the papers `REFERRED` to, by kind. `checkpoint` is the audit log's, null until there is one.
    """

    head: Head
    week: Week
    edition: int
    days: tuple[Day, ...]
    total: Counts
    breakdown: Breakdown
    previous: Counts | None
    cumulative: Counts
    half_hours: tuple[HalfHour, ...]
    calls: tuple[Call, ...]
    definitions: tuple[PrintedDefinition, ...]
    verdicts: tuple[SourceVerdict, ...]
    problems: tuple[SourceProblem, ...]
    reconciliation: Reconciliation
    coverage: Coverage = Coverage(0, 0)
    previous_coverage: Coverage | None = None
    cumulative_coverage: Coverage = Coverage(0, 0)
    corrections: tuple[Correction, ...] = ()
    checkpoint: str | None = None
    confirmation: Confirmation | None = None
    content: InquiryContent | None = None
    follow_ups: FollowUps | None = None
    off_hours: tuple[OffHours, ...] = ()
    services: tuple[tuple[str, str], ...] = (
        ("survey", "調査の問い合わせ"),
        ("opinion", "施策への意見等"),
    )
    titles: Titles = field(default_factory=lambda: shipped_titles(*REFERRED))

    def service(self, call: Call | None) -> str:
        """What the contract calls the service that a call chose; the code of one that it no longer names, blank without any."""
        code = (call.menu_choice if call else None) or ""
        return dict(self.services).get(code, code)

    def title_of(self, kind: str) -> str:
        """What the contract calls another paper; blank where it owes none."""
        return dict(self.titles).get(kind, "")

    @property
    def open_days(self) -> tuple[Day, ...]:
        """The days on which the centre was open."""
        return tuple(day for day in self.days if day.closed_reason is None)

    @property
    def uncounted_days(self) -> tuple[Day, ...]:
        """Open days that have not been counted yet; the totals leave them out."""
        return tuple(day for day in self.open_days if day.counts is None and day.has_records)

    @property
    def unrecorded_days(self) -> tuple[Day, ...]:
        """Open days on which no source wrote a single row; they cannot be measured."""
        return tuple(day for day in self.open_days if not day.has_records)

    @property
    def is_comparable(self) -> bool:
        """Whether the change against the week before is a change, and not a difference of coverage."""
        before = self.previous_coverage
        return (
            self.previous is not None
            and before is not None
            and (self.coverage.is_whole and before.is_whole)
        )

    @property
    def messages(self) -> tuple[Call, ...]:
        """The calls that left a message, in order."""
        return tuple(call for call in self.calls if call.outcome == "message")

    @property
    def has_quality_findings(self) -> bool:
        """Whether section 13 has anything that a reader should know before using the figures."""
        found = self.reconciliation
        return (
            bool(self.problems or self.uncounted_days or self.unrecorded_days)
            or self.total.difference != 0
            or len(self.calls) != self.total.incoming + self.total.after_hours
            or any(not check.is_met for verdict in self.verdicts for check in verdict.checks)
            or any(getattr(found, name) for name in OUGHT_TO_BE_ZERO)
        )

    def as_edition(self, edition: int, corrections: Sequence[Correction]) -> WeeklyReport:
        """The same data as that edition, with what it corrects in the one before."""
        return replace(self, edition=edition, corrections=tuple(corrections))


def half_hour_profile(report: WeeklyReport) -> tuple[HalfHour, ...]:
    """The week by time of day: counts are sums, lines and waits the highest seen."""
    starts = sorted({row.starts_at for row in report.half_hours})
    return tuple(
        _together([r for r in report.half_hours if r.starts_at == start], start) for start in starts
    )


def _together(rows: Sequence[HalfHour], start: time) -> HalfHour:
    return HalfHour(
        day=None,
        starts_at=start,
        incoming=sum(r.incoming for r in rows),
        answered=sum(r.answered for r in rows),
        overflow=sum(r.overflow for r in rows),
        abandoned=sum(r.abandoned for r in rows),
        message=sum(r.message for r in rows),
        other=sum(r.other for r in rows),
        max_concurrent_lines=_highest([r.max_concurrent_lines for r in rows]),
        longest_wait_seconds=_highest([r.longest_wait_seconds for r in rows]),
    )


def _highest(values: Sequence[_Number | None]) -> _Number | None:
    seen = [value for value in values if value is not None]
    return max(seen) if seen else None
