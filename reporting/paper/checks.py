"""What a paper says about the records that it was made from: sources, questions put to them, answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One question put to the rows of a source."""

    title: str
    is_met: bool
    rows_failed: int


@dataclass(frozen=True, slots=True)
class SourceVerdict:
    """What was asked of one source's rows of the period, and how many rows there were."""

    kind: str
    rows: int
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A source that could not be read as it should: `missing`, `unreadable`, `partial`, `other_clock`."""

    kind: str
    name: str
    state: str
