"""One opened home: its settings, stores, keys and present time, held under the run lock.

Every command and every Dagster step works on a `Workplace`. Opening one is the only place where the
system clock is read: a home that lives by a simulated clock never sees it. A process that already
holds a home (a headless run driving Dagster in process) hands it to the steps it executes as their
resource, since the run lock is exclusive.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from application.home.run_report import Journal
from application.home.settings import PBX_OVERRIDE, Settings, load_settings
from compliance.audit.log import AuditLog
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.definitions import fixed_terms, register_definitions
from compliance.contract.reference import write_reference
from compliance.contract.terms import Contract
from compliance.erasure.certificate import certificate_keys
from compliance.erasure.execution import settle_unless_begun
from compliance.errors import ClockRefused
from compliance.ground.acts import Actor
from compliance.ground.clock import ClockKind, claim_clock, read_clock
from compliance.ground.durable import sweep_temporaries
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO, civil_date
from compliance.ground.operations import open_operations
from compliance.ground.run_lock import run_lock
from compliance.inquiries.extract import write_extract
from compliance.keys.pseudonym_key import load_or_create_pseudonym_key
from telephony_ingest.exchange import PbxSettings
from telephony_ingest.landing.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from telephony_ingest.quality.verdict import Verdict


class AskedAside(Protocol):
    """Questions to the rows that another process is asked meanwhile."""

    def answer_to(self, asked: Any) -> Mapping[str, Verdict] | None:
        """The verdict of each dataset, had once; null where none comes, or something else was asked: then it is asked in person."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A home that is only looked at. `now` is an aware instant."""

    settings: Settings
    home: Home
    engine: Engine
    calendar: BusinessCalendar
    now: datetime

    @property
    def contract(self) -> Contract:
        """The contract as it is today, its changes up to now in force."""
        return self.settings.contract.on(civil_date(self.now))


@dataclass(frozen=True, slots=True)
class Workplace(Outlook):
    """A home that this process holds, at its present time. `by`: whoever started at a page what works here; null where
    no page did. `aside`: what another process was asked of the rows meanwhile."""

    pseudonyms: Pseudonyms
    pbx: PbxSettings
    clock: ClockKind
    journal: Journal = field(default_factory=Journal)
    by: Actor | None = None
    aside: AskedAside | None = None


def read_settings(
    config: Path | None = None,
    home: Path | None = None,
    pbx: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from `contract.toml` and the environment; what a command was told comes first."""
    env = dict(os.environ if environment is None else environment)
    if home is not None:
        env["MADOGUCHI_HOME"] = str(home)
    if pbx is not None:
        env[PBX_OVERRIDE] = str(pbx)
    return load_settings(config, env)


@contextmanager
def open_workplace(
    settings: Settings,
    *,
    as_of: datetime | None = None,
    pbx: PbxSettings | None = None,
    journal: Journal | None = None,
    lock_wait_seconds: float = 0.0,
) -> Iterator[Workplace]:
    """Open the home, make what it lacks, and hold it until the block ends.

    `as_of` makes (and moves) a simulated clock; without it the home lives by the system clock. What
    is done there is noted in `journal`.

    Raises:
        HomeBusy: another run holds the home.
        ClockRefused: the home lives by the other clock, or by a later time.
        DefinitionRewritten: a definition that was in force says something else now.
        KeyUnavailable, HomeDamaged, StoreUnavailable: as their messages say.
    """
    home = Home.at(settings.home_root, settings.keys_root)
    home.create()
    guard(settings, home)
    with run_lock(home, wait_seconds=lock_wait_seconds):
        _sweep(home)
        engine = open_operations(settings.operations_url)
        try:
            kind = ClockKind.REAL if as_of is None else ClockKind.SIMULATED
            now = datetime.now(UTC) if as_of is None else as_of
            claim_clock(engine, kind, now)
            log = AuditLog(home)
            log.keys.signing_key()
            certificate_keys(home).signing_key()
            settle_unless_begun(engine, home)
            yield _furnish(
                settings, home, engine, pbx or settings.pbx, kind, now, journal or Journal()
            )
            if log.drain(engine):
                log.checkpoint()
        finally:
            engine.dispose()


@contextmanager
def workplace_for_step(lock_wait_seconds: float = 900.0) -> Iterator[Workplace]:
    """The workplace of a Dagster step that nobody handed one: the environment's home, opened and locked.

    A home with a simulated clock keeps the time it has; a real one, or a new one, takes the present.
    """
    settings = read_settings()
    with open_workplace(
        settings,
        as_of=present_of_simulated_home(settings),
        pbx=settings.pbx,
        lock_wait_seconds=lock_wait_seconds,
    ) as workplace:
        yield workplace


def present_of_simulated_home(settings: Settings) -> datetime | None:
    """The simulated clock's present time, or null where the home lives by the system clock."""
    clock = peek_clock(settings)
    return clock[1] if clock and clock[0] is ClockKind.SIMULATED else None


@contextmanager
def outlook(settings: Settings, now: datetime) -> Iterator[Outlook]:
    """Look at a home without taking it: for schedules, which decide and change nothing.

    Raises:
        HomeUnusable: others may write there.
    """
    home = Home.at(settings.home_root, settings.keys_root)
    guard(settings, home)
    engine = open_operations(settings.operations_url)
    try:
        yield Outlook(settings, home, engine, BusinessCalendar(settings.contract), now)
    finally:
        engine.dispose()


def peek_clock(settings: Settings) -> tuple[ClockKind, datetime] | None:
    """The home's clock without taking the home, or null where no command has run there yet.

    Raises:
        HomeUnusable: others may write there.
    """
    home = Home.at(settings.home_root, settings.keys_root)
    guard(settings, home)
    if settings.operations_url.startswith("sqlite") and not home.operations_database.is_file():
        return None
    engine = open_operations(settings.operations_url)
    try:
        return read_clock(engine)
    finally:
        engine.dispose()


def guard(settings: Settings, home: Home) -> None:
    """Look at who may write in a home, and at an inbox that lies in it.

    Raises:
        HomeUnusable: others may, or the inbox is a link out of the home.
    """
    inbox = Path(settings.contract.floor.inbox)
    home.guard(*[inbox] if inbox.is_relative_to(home.root) else [])


def parse_as_of(text: str) -> datetime:
    """An instant from what a person typed; civil time is Japan's, a bare date means its end.

    Raises:
        ClockRefused: the text is not a time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ClockRefused(
            f"{text!r} is not a time: write it as 2023-11-27T18:00+09:00, 2023-11-27T18:00 "
            "(Japanese time) or 2023-11-27 (the end of that day)."
        ) from error
    if len(text.strip()) <= len("2023-11-27"):
        moment = moment.replace(hour=23, minute=59, second=59)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=TOKYO)
    return moment.astimezone(UTC)


def _sweep(home: Home) -> None:
    """Remove what a killed run left half-written; landing sweeps its own folders."""
    for folder in (home.root, home.keys, home.keyrings, home.reference, home.dagster):
        sweep_temporaries(folder)
    for folder in (home.outbox, home.audit, home.vault_online):
        sweep_temporaries(folder, is_deep=True)


def _furnish(
    settings: Settings,
    home: Home,
    engine: Engine,
    pbx: PbxSettings,
    kind: ClockKind,
    now: datetime,
    journal: Journal,
) -> Workplace:
    contract = settings.contract
    calendar = BusinessCalendar(contract)
    register_definitions(engine, fixed_terms(contract), now)
    key = load_or_create_pseudonym_key(home)
    pseudonyms = Pseudonyms.from_key(key)
    write_reference(
        home.reference,
        contract,
        calendar,
        pbx.dialplan.rows(),
        pbx.dialplan.trunk_prefixes,
        pseudonyms.names,
        key,
    )
    write_extract(home, engine)
    return Workplace(settings, home, engine, calendar, now, pseudonyms, pbx, kind, journal)
