"""The contract as data: frozen models of `contract.toml`, except what the PBX's own section says.

Read once per process and never changed. A value that only the contractor can know (its name, a
telephone number) may stay blank; papers print 「未記入」 there. Problems are told by key, value and
remedy; `application.home.settings` turns them into one message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from compliance.contract.campaigns import Campaign
from compliance.contract.changes import ContractChange, changed_on
from compliance.contract.destinations import Destination, MailDestination
from compliance.contract.due_terms import DueTerms, Unit, terms_of
from compliance.contract.folder import FORM, SHIPPED
from compliance.contract.opening import OpeningException, OpeningRule, always
from compliance.contract.paper_terms import DeliverableTerms
from compliance.contract.section import Section
from compliance.contract.services import Queue, Service, disagreements, with_both
from compliance.contract.targets import Target
from compliance.contract.words import ContractWords


class Outcome(StrEnum):
    """The one class that an inbound call ends in (KPI identity, 6(3)エ)."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    ABANDONED_IN_MENU = "abandoned_in_menu"
    MESSAGE = "message"
    OVERFLOW = "overflow"
    AFTER_HOURS = "after_hours"
    INTERRUPTED = "interrupted"
    UNDETERMINED = "undetermined"


class Parties(Section):
    """Who has the contract with whom; printed at the head of every paper."""

    work_name: str = Field(min_length=1)
    client: str = Field(min_length=1)
    client_section: str = Field(min_length=1)
    contractor_name: str = ""
    contractor_address: str = ""
    contractor_representative: str = ""
    manager_name: str = ""
    contact_telephone: str = ""


class Period(Section):
    """First and last day of the service (6(1)ア) and the day of the contract."""

    start_date: date
    end_date: date
    contract_date: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end_date < self.start_date:
            raise ValueError(
                f"end_date {self.end_date} lies before start_date {self.start_date}: exchange them"
            )
        return self


class Hours(Section):
    """Opening hours (6(1)イ): `opens_at` belongs to them, `closes_at` does not."""

    opens_at: time
    closes_at: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes_at <= self.opens_at:
            raise ValueError(f"closes_at {self.closes_at} is not after opens_at {self.opens_at}")
        return self


class Closure(Section):
    """Days of the year on which the centre is closed besides weekends and public holidays."""

    name: str = Field(min_length=1)
    from_month_day: Annotated[str, Field(pattern=r"^\d\d-\d\d$")]
    to_month_day: Annotated[str, Field(pattern=r"^\d\d-\d\d$")]

    def contains(self, day: date) -> bool:
        """Whether the day falls into the closure; one that spans the new year does so on both sides."""
        mark = f"{day:%m-%d}"
        if self.from_month_day <= self.to_month_day:
            return self.from_month_day <= mark <= self.to_month_day
        return mark >= self.from_month_day or mark <= self.to_month_day


class Holidays(Section):
    """Which days are closed (6(1)ア)."""

    weekends: bool = True
    public_holidays: bool = True
    closures: tuple[Closure, ...] = ()


class Capacity(Section):
    """Lines, seats and the plan (6(1)ウ(イ), 6(1)オ)."""

    lines: int = Field(ge=1)
    operators: int = Field(ge=1)
    supervisors: int = Field(ge=0)
    managers: int = Field(ge=0)
    planned_calls_per_day: int = Field(ge=0)
    planned_handling_minutes: int = Field(ge=0)
    planned_calls_per_hour: float = Field(ge=0)


class Staff(Section):
    """One person who talks for the centre, by short id; names never stand here."""

    operator: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,15}$")]
    role: Literal["operator", "supervisor", "manager"]
    spellings: tuple[str, ...] = Field(min_length=1)
    extension: str = ""
    display_number: str = Field(min_length=1)


class Definition(Section):
    """A KPI: which classes count where. Appended with a new version, never edited in place."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    version: str = Field(min_length=1)
    valid_from: date
    title: str = Field(min_length=1)
    formula: str = Field(min_length=1)
    numerator: tuple[Outcome, ...] = ()
    denominator: tuple[Outcome, ...] = ()
    threshold_seconds: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _without_repeats(self) -> Self:
        for name, classes in (("numerator", self.numerator), ("denominator", self.denominator)):
            repeated = sorted({c.value for c in classes if classes.count(c) > 1})
            if repeated:
                raise ValueError(f"{name} names {', '.join(repeated)} more than once: keep it once")
        return self


class Retention(Section):
    """How long recordings stay online (6(3)カ) and logs are kept (別紙1-5(6))."""

    recordings_online_days: int = Field(ge=1)
    access_log_days_after_end: int = Field(ge=365)
    ui_history_days: int = Field(default=90, ge=7)
    """How long the UI remembers runs that are about no day, week or month."""
    standing_erasure_consent: bool = False
    """Whether the city gave a 包括承諾 that a batch may rest on."""


class FloorTerms(Section):
    """What the floor agreed on. `inbox` is a folder where sheets of inquiries are dropped, blank where there is none; written
    whole, since commands and the daemon stand in different folders. The exchange's log of the queues has a line of the day so many
    minutes after opening, and while the centre is open is not silent for longer than so many: else the board knows nothing. It
    raises an alarm once somebody has waited for so many seconds, or so many wait in one queue."""

    inbox: str = ""
    first_line_minutes: int = Field(default=15, ge=1, le=1_440)
    longest_silence_minutes: int = Field(default=60, ge=1, le=1_440)
    alarm_wait_seconds: int = Field(default=60, ge=1, le=3_600)
    alarm_waiting: int = Field(default=3, ge=1, le=1_000)

    @field_validator("inbox")
    @classmethod
    def _is_whole(cls, value: str) -> str:
        if value and not PurePath(value).is_absolute():
            raise ValueError(f"{value!r} is no absolute path: write the folder from the root on")
        return value


class BriefTerms(Section):
    """How the manager's morning reaches him besides the screen. `mail` names a mail destination, blank where none does."""

    mail: str = ""


class Contract(Section):
    """Everything that `contract.toml` says but the PBX's own section, with the words of `words.toml` beside it."""

    parties: Parties
    period: Period
    hours: Hours | None = None
    holidays: Holidays = Holidays()
    opening: tuple[OpeningRule, ...] = ()
    exceptions: tuple[OpeningException, ...] = ()
    client: Holidays | None = None
    """The working days of the city hall, where they are not those of `[holidays]`."""
    capacity: Capacity
    changes: tuple[ContractChange, ...] = ()
    services: tuple[Service, ...] = Field(min_length=1)
    queues: tuple[Queue, ...] = Field(min_length=1)
    staff: tuple[Staff, ...] = ()
    definitions: tuple[Definition, ...]
    targets: tuple[Target, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    deliverables: tuple[DeliverableTerms, ...] = Field(min_length=1)
    destinations: tuple[Destination, ...] = ()
    retention: Retention
    floor: FloorTerms = FloorTerms()
    morning_brief: BriefTerms = BriefTerms()
    words: ContractWords = ContractWords()
    form_file: Path = Field(default=SHIPPED / FORM, exclude=True)
    """Where the form of inquiries lies; not a term, so no digest of the terms holds it."""

    @property
    def opening_rules(self) -> tuple[OpeningRule, ...]:
        """When the centre is open, by `[[opening]]` or by `[hours]`."""
        if self.hours is None:
            return self.opening
        return always(
            self.hours.opens_at, self.hours.closes_at, weekends_off=self.holidays.weekends
        )

    def on(self, day: date) -> Contract:
        """The contract as it is on a day, its `[[changes]]` up to then in force."""
        parties = self.parties.model_copy(update=changed_on(self.changes, day, "parties"))
        capacity = self.capacity.model_copy(update=changed_on(self.changes, day, "capacity"))
        return self.model_copy(update={"parties": parties, "capacity": capacity})

    @property
    def client_days(self) -> Holidays:
        """Which days the client does not work: `[client]`, else `[holidays]`."""
        return self.client or self.holidays

    @property
    def log_kept_until(self) -> date:
        """The first day on which the audit log may be erased itself (別紙1-5(6))."""
        return self.period.end_date + timedelta(days=self.retention.access_log_days_after_end + 1)

    def deliverable(self, kind: str) -> DeliverableTerms:
        """The terms of one kind of paper.

        Raises:
            KeyError: the contract file names no such paper.
        """
        for terms in self.deliverables:
            if terms.kind == kind:
                return terms
        raise KeyError(kind)

    def due_of(self, kind: str, unit: Unit) -> DueTerms:
        """The due rule of one kind of paper; the first working day after its period where the contract names no such paper."""
        found = next((terms.due for terms in self.deliverables if terms.kind == kind), None)
        return DueTerms(after=unit, working_day=1) if found is None else terms_of(found)

    def destination(self, kind: str) -> Destination | None:
        """Where papers of a kind go by themselves; null where somebody carries them on a medium.

        Raises:
            KeyError: the contract file names no such paper.
        """
        name = self.deliverable(kind).destination
        return next((one for one in self.destinations if one.name == name), None)

    def brief_destination(self) -> MailDestination | None:
        """Where the manager's morning goes by mail; null where it does not."""
        return next(
            (
                one
                for one in self.destinations
                if isinstance(one, MailDestination) and one.name == self.morning_brief.mail
            ),
            None,
        )

    def definition(self, name: str, day: date) -> Definition:
        """The version of a definition that is in force on a day.

        Raises:
            KeyError: none is.
        """
        valid = [d for d in self.definitions if d.name == name and d.valid_from <= day]
        if not valid:
            raise KeyError(name)
        return max(valid, key=lambda d: d.valid_from)

    @model_validator(mode="before")
    @classmethod
    def _with_services(cls, values: Any) -> Any:
        return with_both(values) if isinstance(values, Mapping) else values

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        problems = [
            *disagreements(self.services, self.queues),
            *_repeats("changes.valid_from", [str(c.valid_from) for c in self.changes]),
            *_repeats(
                "targets",
                [
                    f"{t.definition} of {t.service or 'all'} from {t.valid_from or self.period.start_date}"
                    for t in self.targets
                ],
            ),
            *_repeats("campaigns.code", [c.code for c in self.campaigns]),
            *_repeats("services.code", [s.code for s in self.services]),
            *_of_no_service(self),
            *_repeats("queues.name", [q.name for q in self.queues]),
            *_repeats("staff.operator", [s.operator for s in self.staff]),
            *_repeats("staff.spellings", [x for s in self.staff for x in s.spellings]),
            *_repeats("deliverables.kind", [d.kind for d in self.deliverables]),
            *_repeats("destinations.name", [d.name for d in self.destinations]),
            *_repeats("definitions", [f"{d.name} version {d.version}" for d in self.definitions]),
            *_repeats(
                "definitions.valid_from",
                [f"{d.name} from {d.valid_from}" for d in self.definitions],
            ),
        ]
        if bool(self.opening) == (self.hours is not None):
            problems.append("opening: write either [[opening]] or [hours], and one of them")
        names = {d.name for d in self.definitions if d.valid_from <= self.period.start_date}
        problems += [
            f"definitions: {name} has no version in force on {self.period.start_date}: add one"
            for name in REQUIRED_DEFINITIONS
            if name not in names
        ]
        known = {d.name for d in self.destinations}
        problems += [
            f"deliverables.destination = {d.destination!r} of {d.kind}: no [[destinations]] has that name: "
            "add one or mend its spelling"
            for d in self.deliverables
            if d.destination and d.destination not in known
        ]
        by_mail = {d.name for d in self.destinations if d.way == "smtp"}
        if self.morning_brief.mail and self.morning_brief.mail not in by_mail:
            problems.append(
                f"morning_brief.mail = {self.morning_brief.mail!r}: no [[destinations]] of way smtp has that name: "
                "add one or mend its spelling"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _of_no_service(contract: Contract) -> list[str]:
    codes = {"", *(one.code for one in contract.services)}
    said = [("targets.service", one.service) for one in contract.targets]
    said += [("deliverables.service", one.service) for one in contract.deliverables]
    return [
        f"{where} = {code!r}: no [[services]] has that code: write one of {', '.join(sorted(codes - {''}))}"
        for where, code in said
        if code not in codes
    ]


REQUIRED_DEFINITIONS = (
    "incoming",
    "not_answered",
    "answer_rate",
    "abandon_rate",
    "overflow_rate",
    "service_level",
    "short_abandon",
)
"""Definitions that the reports print or count with."""


def _repeats(where: str, values: list[str]) -> list[str]:
    return [
        f"{where}: {value!r} stands more than once: keep it once"
        for value in sorted({v for v in values if values.count(v) > 1})
    ]
