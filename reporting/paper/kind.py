"""A paper is described once, as a `PaperKind`; one driver issues, registers, restores and corrects all.

A kind's value is a frozen dataclass that holds everything its renderings print, with `edition`,
`corrections` and `checkpoint` beside the data. Which kinds a centre owes, when and in which forms is the
contract's to say (`[[deliverables]]`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from compliance.contract.due_terms import Unit
from reporting.errors import ReportUnreadable

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from sqlalchemy import Engine

    from compliance.contract.due import PaperPeriod
    from compliance.contract.terms import Contract
    from compliance.ground.home import Home
    from compliance.inquiries.kept import KeptInquiry
    from compliance.registers.description import Register
    from compliance.registers.entries import KeptEntry
    from reporting.paper.checks import SourceProblem, SourceVerdict


class Scope(StrEnum):
    """What a paper is made of."""

    SINCE_THE_FIRST_DAY = "since_the_first_day"
    """Calls and records of its period and of every day before."""
    OWN_DAYS = "own_days"
    """Calls and records of its own days."""
    REGISTERS = "registers"
    """What registers and log said at the end of the day on which it was due."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing that a later edition says differently, as the papers print it."""

    item: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing about which two sources of a paper differ: what it is counted as, by how much (more than the source that the
    paper counts from: positive), its id, its civil day, and in Japanese what is wrong and how it is mended."""

    item: str
    difference: int
    object_id: str
    on: date
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """責任者確認 (6(3)オ, 責任者を通じて): who confirmed an edition, as papers print it, and when, in civil time of Japan."""

    by: str
    at: datetime


class PaperValue(Protocol):
    """What every paper's value has beside its data. `checkpoint` is the audit log's, null until then. One that prints who
    confirmed has a field `confirmation` too (`with_confirmation`)."""

    @property
    def edition(self) -> int: ...
    @property
    def corrections(self) -> tuple[Correction, ...]: ...
    @property
    def checkpoint(self) -> str | None: ...
    def as_edition(self, edition: int, corrections: Sequence[Correction]) -> Self: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a paper may be read from. `counted_until` is the last civil day that is over; `verdicts` asks
    the questions only where the paper prints them. `inquiries` gives the records in force and `entries` those of
    a register (as they stood at an instant, where one is given), both without words; `made_at` is the moment at which
    the paper is due to be made. A paper of registers reads them from `engine` and the log of `home`."""

    connection: DuckDBPyConnection
    contract: Contract
    period: PaperPeriod
    counted_until: date
    problems: Sequence[SourceProblem]
    verdicts: Callable[[], Sequence[SourceVerdict]]
    inquiries: Callable[[], Sequence[KeptInquiry]]
    entries: Callable[[Register, datetime | None], Sequence[KeptEntry]]
    made_at: datetime
    engine: Engine
    home: Home


class Words(Protocol):
    """What callers said and the city answered, opened for a paper that is being printed; blank once erased."""

    def summary(self, inquiry_id: str, revision: int) -> str:
        """The summary of one revision of a record."""

    def entry(self, register: str, entry_id: str, revision: int) -> Mapping[str, str]:
        """The words of one revision of a register's entry, by field."""


def _nobody(_: Any) -> tuple[str, ...]:
    """Whom a paper quotes that prints no words."""
    return ()


Value = TypeVar("Value", bound=PaperValue)
Render = Callable[[Value, datetime], bytes]
"""A value and the moment of printing (an aware instant) to a file's bytes."""


def with_confirmation(value: Value, confirmation: Confirmation | None) -> Value:
    """The value as its manager confirmed it; unchanged where a kind's values say nothing of it."""
    if all(field.name != "confirmation" for field in fields(value)):  # type: ignore[arg-type]
        return value
    return replace(value, confirmation=confirmation)  # type: ignore[type-var]


@dataclass(frozen=True, slots=True)
class PaperKind(Generic[Value]):
    """One kind of paper.

    A paper that prints words holds ids in their place: `told` fills them in when it is printed, and
    `subjects` names the inquiries whose words these are, under whose keys its files are sealed.
    `scope` says what it is made of, and so what makes it be looked at again. `mismatches`, where a kind has it, names what does
    not add up in what a paper is read from; each of its papers is then asked. `is_still_owed`, where a kind has it, says
    whether a month after the service (from an instant, as known at another) had something to report: it is owed too.
    A paper that is not `is_by_period` is made when somebody asks for it, and no contract owes it by a day.
    `of_earlier_days` is what a paper prints of days before its period, null where that is nothing.
    `contradictions` are sentences for whoever confirms: what a paper says in two ways.
    The files of one that `is_fixed` were made and signed elsewhere and are never made a second time; `folder` is where its
    papers lie in the outbox, where that is not by the kind's own name. Papers of a kind that `names_staff` lie sealed under the key of
    names, and only whoever keeps the register of people opens them.

    One that `asks_rows` prints what was asked of its period's rows.

    `unit` is by what its periods go; `assets` name the warehouse's tables that it is made of; `clause` (the name by
    which the words of the contract cite it) and `summary_ja` are said of it in the UI. `renderings` give a function per form (`pdf`, `xlsx`), loaded when
    it is first asked for. `headline` is what a run shows of a paper: counts under Japanese words.
    """

    kind: str
    unit: Unit
    clause: str
    summary_ja: str
    assets: tuple[str, ...]
    value: Callable[[], type[Value]]
    read: Callable[[Reading], Value]
    corrections: Callable[[Value, Value], tuple[Correction, ...]]
    renderings: Mapping[str, Callable[[], Render[Value]]]
    headline: Callable[[Value], tuple[tuple[str, int], ...]]
    subjects: Callable[[Value], tuple[str, ...]] = _nobody
    told: Callable[[Value, Words], Value] = lambda value, _: value
    scope: Scope = Scope.SINCE_THE_FIRST_DAY
    mismatches: Callable[[Reading], Sequence[Mismatch]] | None = None
    is_still_owed: Callable[[Engine, Home, datetime, datetime], bool] | None = None
    contradictions: Callable[[Value], tuple[str, ...]] = lambda _: ()
    is_by_period: bool = True
    of_earlier_days: Callable[[Value], object] | None = None
    is_fixed: bool = False
    names_staff: bool = False
    asks_rows: bool = False
    folder: str = ""

    def lies_in(self, outbox: Path, period: str) -> Path:
        """The folder of every edition of one paper."""
        return outbox / (self.folder or self.kind) / period

    @property
    def may_quote_callers(self) -> bool:
        """Whether papers of this kind print callers' words."""
        return self.subjects is not _nobody

    def to_json(self, value: Value) -> str:
        """The value as JSON text, its fields in order; a later edition is compared with it."""
        return str(self._adapter().dump_json(value).decode())

    def from_json(self, text: str) -> Value:
        """A value that `to_json` wrote.

        Raises:
            ReportUnreadable: the text is not one.
        """
        from pydantic import ValidationError

        try:
            value: Value = self._adapter().validate_json(text)
        except ValidationError as error:
            raise ReportUnreadable(
                f"A stored report cannot be read ({error.error_count()} fields do not fit): it was written "
                "by another version of the programme. Restore that version, or re-issue the paper by hand."
            ) from None
        return value

    def digest(self, value: Value) -> str:
        """SHA-256 in hex over everything that decides about a new edition: the data alone, so that
        printing the same data again makes no new edition."""
        bare = replace(value, edition=1, corrections=(), checkpoint=None)  # type: ignore[type-var]
        bare = with_confirmation(bare, None)
        return hashlib.sha256(self.to_json(bare).encode()).hexdigest()

    def render(self, form: str, value: Value, printed_at: datetime) -> bytes:
        """The value in one of its forms."""
        return self.renderings[form]()(value, printed_at)

    def _adapter(self) -> Any:
        from pydantic import TypeAdapter

        return TypeAdapter(self.value())
