"""Which papers are due, what they are read from, and the issuing of them: one way for every kind.

The contract names the papers that a centre owes; `reporting.kinds` knows how each is made; the driver in
`reporting.paper.issue` decides about editions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from application.audit_log import checkpointed
from application.home.session import Outlook, Workplace
from application.home.settings import Settings
from application.outbox import outbox_of
from application.rows_asked import RowsAsked, answered, asked_of_period
from application.warehouse.days import wanted_state
from application.warehouse.state import BuildState, DayRange
from application.warehouse.verdicts import identities
from compliance.contract.due import PaperPeriod, months_after, periods
from compliance.contract.paper_terms import DeliverableTerms
from compliance.deliverables.register import (
    editions,
    judged_inputs,
    kinds_made,
    periods_made,
)
from compliance.ground.japan import TOKYO, civil_date
from compliance.ground.source_states import read_states
from compliance.inquiries.register import complaint_days, digest_of_entries, latest, told_days
from compliance.registers.entries import digest_until, entries
from compliance.registers.known import OUTBOUND
from compliance.vault.catalogue import recordings
from reporting.figures.campaigns import attempts_of
from reporting.figures.kind import is_figures
from reporting.kinds import KINDS
from reporting.paper.checks import CheckResult, SourceProblem, SourceVerdict
from reporting.paper.inputs import Inputs
from reporting.paper.issue import Issued, Outbox, issue, restore
from reporting.paper.kind import Mismatch, PaperKind, Reading, Scope

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class OwedPaper:
    """A paper that the contract names: how it is made, and on which terms."""

    kind: PaperKind[Any]
    terms: DeliverableTerms


@dataclass(frozen=True, slots=True)
class DuePaper:
    """One owed paper of one period."""

    owed: OwedPaper
    period: PaperPeriod


def owed_papers(settings: Settings) -> tuple[OwedPaper, ...]:
    """Every paper that the contract names, in its order."""
    return tuple(OwedPaper(KINDS[terms.kind], terms) for terms in settings.contract.deliverables)


def due_papers(place: Outlook) -> list[DuePaper]:
    """The papers that ought to exist by now, the oldest first (6(3)エ, 9)."""
    due = [
        DuePaper(owed, period)
        for owed in owed_papers(place.settings)
        for period in _owed_periods(place, owed)
        if due_moment(owed, period) <= place.now
    ]
    due += _due_after_the_service(place)
    return sorted(due, key=lambda paper: due_moment(paper.owed, paper.period))


def _due_after_the_service(place: Outlook) -> Iterator[DuePaper]:
    """Papers of months that began after the contract's last day with something still to report; what was made once stays owed."""
    today = civil_date(place.now)
    for owed in owed_papers(place.settings):
        if owed.kind.is_still_owed is None:
            continue
        made = periods_made(place.engine, owed.kind.kind)
        for period in months_after(place.calendar, today, owed.terms.due):
            if due_moment(owed, period) > place.now:
                break
            begins, known = (
                datetime.combine(period.first_day, time(), TOKYO),
                due_moment(owed, period),
            )
            if period.key in made or owed.kind.is_still_owed(
                place.engine, place.home, begins, known
            ):
                yield DuePaper(owed, period)


def _owed_periods(place: Outlook, owed: OwedPaper) -> Sequence[PaperPeriod]:
    """Every period, or those with a day that asks for the paper or once did."""
    every = periods(place.calendar, owed.terms.due)
    if owed.terms.owed == "every_period":
        return every
    days = _OWED_DAYS[owed.terms.owed](place.engine)
    made = periods_made(place.engine, owed.kind.kind)
    return [
        period
        for period in every
        if period.key in made or any(period.first_day <= day <= period.last_day for day in days)
    ]


_OWED_DAYS: Mapping[str, Callable[[Engine], frozenset[date]]] = {
    "on_complaint": complaint_days,
    "on_words": told_days,
}
"""The days that make a period's paper owed, by the contract's word for it."""


def due_moment(owed: OwedPaper, period: PaperPeriod) -> datetime:
    """When a period's paper is made: on the day it is due, at the contract's hour."""
    return _moment(period.due_date, owed.terms.made_at)


def papers_to_judge(place: Outlook, state: BuildState | None = None) -> list[DuePaper]:
    """The due papers that are missing, or were judged from other facts than there are now (`state`, else
    as they are found). A change of the contract's terms or of the programme asks for none of them."""
    due = due_papers(place)
    judged = {kind: judged_inputs(place.engine, kind) for kind in {p.owed.kind.kind for p in due}}
    state = state or wanted_state(place.home, place.now)
    return [
        paper
        for paper in due
        if is_of_the_service(place, paper)
        and inputs_of(place, paper.owed, paper.period, state).asks_again(
            judged[paper.owed.kind.kind].get(paper.period.key, "")
        )
    ]


def rows_to_ask(workplace: Workplace) -> list[RowsAsked]:
    """What papers that are due and were never made will ask of their periods' rows, in the order of the papers."""
    due = [paper for paper in due_papers(workplace) if paper.owed.kind.asks_rows]
    made = {kind: periods_made(workplace.engine, kind) for kind in {p.owed.kind.kind for p in due}}
    return [
        asked_of_period(workplace, paper.period)
        for paper in due
        if paper.period.key not in made[paper.owed.kind.kind]
    ]


def is_of_the_service(place: Outlook, paper: DuePaper) -> bool:
    """Whether a paper's period began within the contract. The UI knows these as partitions; the others are made by
    `look_after_papers`."""
    return paper.period.starts_on <= place.calendar.last_day


def inputs_of(place: Outlook, owed: OwedPaper, period: PaperPeriod, state: BuildState) -> Inputs:
    """A digest of all that a period's paper is made of, apart by what may ask for it; equal ones, equal papers.

    Later days are left out: what happens afterwards moves nothing that this paper prints; so are earlier ones of
    a paper of its own days.
    """
    days = DayRange(min(period.starts_on, period.first_day), period.last_day)
    broken = [f"{one.title}|{one.rows}" for one in identities(place.home, days) if one.rows]
    terms = place.settings.contract.model_dump_json(exclude={"definitions"})
    return Inputs(
        facts=_digest(_facts(place, owed, period, state)),
        earlier=_digest(_earlier(owed, period, state)),
        terms=_digest([terms]),
        programme=_digest([state.project, *broken]),
    )


def _facts(
    place: Outlook, owed: OwedPaper, period: PaperPeriod, state: BuildState
) -> Iterator[str]:
    """What may ask for another edition: rows, records, entries, the sources' state, the definitions in force."""
    scope = owed.kind.scope
    if scope is Scope.REGISTERS:
        until = datetime.combine(_day_after(period.due_date), time(), TOKYO)
        yield digest_until(place.engine, until)
        yield _held_digest(place.engine, period, until)
        return
    days = _digests(state, period.first_day, period.last_day)
    days["after"] = state.early.get(_day_after(period.last_day), "")
    yield json.dumps(days, sort_keys=True)
    yield from (
        one.model_dump_json()
        for one in place.settings.contract.definitions
        if one.valid_from <= period.last_day
    )
    made_at = due_moment(owed, period)
    if scope is Scope.OWN_DAYS:
        yield digest_of_entries(place.engine, period.first_day, period.last_day, made_at)
        if place.settings.contract.campaigns and is_figures(owed.kind.kind):
            noted = entries(place.engine, OUTBOUND)
            yield repr(attempts_of(noted, period.first_day, period.last_day))
        return
    yield digest_until(place.engine, made_at)
    for source in _problems(place, owed, period):
        yield f"{source.kind}|{source.name}|{source.state}"


def _earlier(owed: OwedPaper, period: PaperPeriod, state: BuildState) -> Iterator[str]:
    """The rows of the days before the period, of a paper that prints something of them."""
    if owed.kind.scope is Scope.SINCE_THE_FIRST_DAY:
        yield json.dumps(_digests(state, date.min, period.first_day - timedelta(days=1)))


def _digests(state: BuildState, first: date, last: date) -> dict[str, str]:
    """What the warehouse's days of a range were derived from, in order."""
    return {str(day): state.days[day] for day in sorted(state.days) if first <= day <= last}


def _held_digest(engine: Engine, period: PaperPeriod, until: datetime) -> str:
    """What the catalogue knew at an instant of recordings made by a month's end: what is taken in on the day on which the paper
    was made corrects it."""
    query = select(func.count(), func.max(recordings.c.sealed_at)).where(
        recordings.c.recorded_at < datetime.combine(_day_after(period.last_day), time(), TOKYO),
        recordings.c.sealed_at < until,
    )
    with engine.connect() as connection:
        count, last = connection.execute(query).one()
    return f"{count}|{last}"


def _problems(place: Outlook, owed: OwedPaper, period: PaperPeriod) -> list[SourceProblem]:
    """The sources that were in trouble when the paper was first made; what broke later is no fact of its period."""
    made = editions(place.engine, owed.kind.kind, period.key)
    return [
        SourceProblem(kind=one.kind, name=one.name, state=one.state)
        for one in read_states(place.engine)
        if not made or one.since <= made[0].made_at
    ]


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part.encode()).digest())
    return digest.hexdigest()


def issue_paper(workplace: Workplace, owed: OwedPaper, period: PaperPeriod) -> Issued:
    """Make a period's paper, or find that nothing moved since its latest edition; lost files of it are
    made again.

    Raises:
        WeekNotBuilt: the warehouse holds no figures of that period.
        AlreadyDelivered: a delivered file would change.
    """
    state = wanted_state(workplace.home, workplace.now)
    inputs = inputs_of(workplace, owed, period, state).written()
    value = read_value(workplace, owed, period)
    issued = issue(owed.kind, owed.terms, period, value, inputs, _outbox(workplace))
    if not issued.is_written:
        _look_after(workplace, owed.kind, period.key)
    workplace.journal.paper(issued)
    return issued


def read_value(workplace: Workplace, owed: OwedPaper, period: PaperPeriod) -> Any:
    """A period's paper as a value, from the warehouse and from what was asked of its sources."""
    with _reading(workplace, owed, period) as reading:
        return owed.kind.read(reading)


def mismatches_of(workplace: Workplace, owed: OwedPaper, period: PaperPeriod) -> list[Mismatch]:
    """What does not add up in what a period's paper is read from; empty for a kind that has nothing to compare."""
    if owed.kind.mismatches is None:
        return []
    with _reading(workplace, owed, period) as reading:
        return list(owed.kind.mismatches(reading))


@contextmanager
def _reading(workplace: Workplace, owed: OwedPaper, period: PaperPeriod) -> Iterator[Reading]:
    import duckdb

    with duckdb.connect(str(workplace.home.warehouse), read_only=True) as connection:
        yield Reading(
            connection=connection,
            contract=workplace.settings.contract.on(period.last_day),
            period=period,
            counted_until=_last_full_day(workplace),
            problems=_problems(workplace, owed, period),
            verdicts=lambda: [
                *_verdicts(workplace, period),
                _own_sums(workplace, period, connection),
            ],
            inquiries=lambda: latest(workplace.engine),
            entries=lambda register, until: entries(workplace.engine, register, until=until),
            made_at=due_moment(owed, period),
            engine=workplace.engine,
            home=workplace.home,
        )


def look_after_papers(workplace: Workplace) -> None:
    """Notice every file of an edition that is gone or was touched, and make it again; make what is due of the months
    after the service, which are no partitions of the UI."""
    for name in kinds_made(workplace.engine):
        for period in periods_made(workplace.engine, name):
            _look_after(workplace, KINDS[name], period)
    if not workplace.home.warehouse.is_file():
        return
    state = wanted_state(workplace.home, workplace.now)
    for paper in _due_after_the_service(workplace):
        kind = paper.owed.kind
        judged = judged_inputs(workplace.engine, kind.kind).get(paper.period.key, "")
        if inputs_of(workplace, paper.owed, paper.period, state).asks_again(judged):
            issue_paper(workplace, paper.owed, paper.period)


def _look_after(workplace: Workplace, kind: PaperKind[Any], period: str) -> None:
    """Every edition's files as registered; a draft's too, whose confirmation may have been cut off (it is told of no draft but of
    one that is never made anew)."""
    for paper in editions(workplace.engine, kind.kind, period):
        for touched in restore(kind, paper, _outbox(workplace)):
            if paper.counts_as_delivered or kind.is_fixed:
                workplace.journal.file_touched(touched)


def _outbox(workplace: Workplace) -> Outbox:
    return outbox_of(
        workplace.engine, workplace.home, workplace.now, lambda: checkpointed(workplace).shown
    )


def _verdicts(workplace: Workplace, period: PaperPeriod) -> Sequence[SourceVerdict]:
    verdicts = answered(workplace, asked_of_period(workplace, period))
    return [
        SourceVerdict(
            kind=kind,
            rows=verdict.rows,
            checks=tuple(
                CheckResult(title=c.title_ja, is_met=c.is_met, rows_failed=c.rows_failed)
                for c in verdict.checks
            ),
        )
        for kind, verdict in verdicts.items()
    ]


def _own_sums(
    workplace: Workplace, period: PaperPeriod, connection: DuckDBPyConnection
) -> SourceVerdict:
    """Whether the figures that the paper prints add up: the warehouse's identities over that period."""
    counted = connection.execute(
        "select count(*) from marts.fct_calls where call_date between ? and ?",
        [period.first_day, period.last_day],
    ).fetchone()
    days = DayRange(min(period.starts_on, period.first_day), period.last_day)
    asked = identities(workplace.home, days)
    return SourceVerdict(
        kind="calls",
        rows=counted[0] if counted else 0,
        checks=tuple(CheckResult(i.title, is_met=not i.rows, rows_failed=i.rows) for i in asked),
    )


def _last_full_day(workplace: Workplace) -> date:
    """The last civil day whose opening hours are over."""
    today = civil_date(workplace.now)
    closes_at = workplace.calendar.closes_at(today)
    is_over = closes_at is None or closes_at <= workplace.now
    return today if is_over else today - timedelta(days=1)


def _day_after(day: date) -> date:
    """A call that began on a day may have its last rows on the next, within its first six hours."""
    return day + timedelta(days=1)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, TOKYO)
