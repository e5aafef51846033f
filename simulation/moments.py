"""`madoguchi simulate`: a contract lived through day by day, on a simulated PBX and a simulated clock.

Each civil day the PBX writes its day; on the next morning, when papers are made, the home does what its
schedules would have done. A morning after a closed day on which no paper is due is left out: the next one does
its work. A simulation that was killed goes on where it was: the PBX's files say how far they go, and the home's
clock says how far it lived; the morning in which it was killed is lived again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from application.home.session import peek_clock
from application.home.settings import Settings
from application.papers import DuePaper, due_moment, owed_papers
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from compliance.contract.terms import Contract
from compliance.ground.japan import TOKYO, civil_date
from simulation.exchange.centre import Centre, days_between
from simulation.exchange.files import SimulatedPbx
from simulation.exchange.pbx import SimulatedPerson


def moments(
    settings: Settings,
    as_of: datetime,
    *,
    is_daily: bool = True,
    has_complaints: Callable[[date, date], bool] = lambda *_: False,
) -> Iterator[datetime]:
    """Let the PBX live each day, and give the moments at which the home has to do its work.

    A moment is given when the PBX has written all days before it: each morning after an open day (`is_daily`),
    each moment at which a paper is due (one that is owed on a complaint: where `has_complaints` says so of its days),
    and `as_of`. Moments that the home has lived past are left out, their
    days are not.
    """
    calendar = BusinessCalendar(settings.contract)
    clock = peek_clock(settings)
    pbx = SimulatedPbx(Path(settings.pbx.root))
    due = _due_moments(settings, calendar)
    is_owed = _owed_here(has_complaints)
    morning_hour = max(paper.made_at for paper in settings.contract.deliverables)
    for day in _days(settings, as_of):
        if day <= calendar.last_day and (pbx.last_day is None or day > pbx.last_day):
            pbx.centre = centre_on(staffed(pbx.centre, settings.contract.on(day)), calendar, day)
            pbx.live(day, is_open=calendar.is_business_day(day))
        next_day = day + timedelta(1)
        given = {
            moment
            for moment, papers in due.items()
            if civil_date(moment) == next_day and any(map(is_owed, papers))
        }
        if is_daily and calendar.is_business_day(day):
            given.add(datetime.combine(next_day, morning_hour, TOKYO).astimezone(UTC))
        for moment in sorted(given):
            if moment < as_of and (clock is None or moment >= clock[1]):
                yield moment
    yield as_of


def staffed(centre: Centre, contract: Contract) -> Centre:
    """The simulated centre with the contract's queues, lines and staff: as many operators as it has seats, each known to the
    exchange by the own id. Where the contract names no operator, or nobody whom calls are handed to, invented ones sit there. Pure."""
    queues = tuple(one.name for one in contract.queues)
    centre = replace(centre, queues=queues, lines=contract.capacity.lines)
    operators = [one for one in contract.staff if one.role == "operator"]
    operators = operators[: contract.capacity.operators]
    if operators:
        centre = replace(centre, operators=tuple(one.operator for one in operators))
    above = [one for one in contract.staff if one.role == "supervisor"]
    above = above or [one for one in contract.staff if one.role == "manager"]
    if above:
        centre = replace(centre, supervisor=above[0].operator)
    known = {
        one.operator: SimulatedPerson(f"Operator-{number}", one.extension or str(100 + number))
        for number, one in enumerate(operators, start=1)
    }
    known |= {
        one.operator: SimulatedPerson("Supervisor", one.extension or "201") for one in above[:1]
    }
    return replace(centre, people={**centre.people, **known})


def centre_on(centre: Centre, calendar: BusinessCalendar, day: date) -> Centre:
    """The simulated centre with the contract's hours of a day, as far as that day goes; as it is on a closed one."""
    opens, closes = calendar.opens_at(day), calendar.closes_at(day)
    if opens is None or closes is None:
        return centre
    ends = closes.time() if closes.date() == day else time(23, 59, 59)
    return replace(centre, opens_at=opens.time(), closes_at=ends)


def _due_moments(settings: Settings, calendar: BusinessCalendar) -> dict[datetime, list[DuePaper]]:
    """When the papers of the contract are made."""
    due: dict[datetime, list[DuePaper]] = {}
    for owed in owed_papers(settings):
        for period in periods(calendar, owed.terms.due):
            due.setdefault(due_moment(owed, period).astimezone(UTC), []).append(
                DuePaper(owed, period)
            )
    return due


def _owed_here(has_complaints: Callable[[date, date], bool]) -> Callable[[DuePaper], bool]:
    def is_owed(paper: DuePaper) -> bool:
        if paper.owed.terms.owed != "on_complaint":
            return True
        return has_complaints(paper.period.first_day, paper.period.last_day)

    return is_owed


def _days(settings: Settings, as_of: datetime) -> list[date]:
    """The days from the contract's first to that moment's, beyond its last where papers are still due."""
    return days_between(settings.contract.period.start_date, civil_date(as_of))
