"""`madoguchi simulate`: a contract lived through day by day, on a simulated PBX and a simulated clock.

Each civil day the PBX writes its day; on the next morning, when papers are made, the home does what its
schedules would have done. A simulation that was killed goes on where it was: the PBX's files say how
far they go, and the home's clock says how far it lived.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.japan import TOKYO
from orchestration.opening.settings import Settings
from orchestration.opening.workplace import peek_clock
from telephony_ingest.simulation.centre import days_between
from telephony_ingest.simulation.files import SimulatedPbx


def moments(settings: Settings, as_of: datetime) -> Iterator[datetime]:
    """Let the PBX live each day, and give the moments at which the home has to do its work.

    A moment is given when the PBX has written all days before it. `as_of` is the last; moments that
    the home has lived through are left out, their days are not.
    """
    calendar = BusinessCalendar(settings.contract)
    made_at = max(paper.made_at for paper in settings.contract.deliverables)
    clock = peek_clock(settings)
    pbx = SimulatedPbx(Path(settings.pbx.root))
    for day in _days(settings, as_of):
        if pbx.last_day is None or day > pbx.last_day:
            pbx.live(day, is_open=calendar.is_business_day(day))
        morning = datetime.combine(day + timedelta(1), made_at, TOKYO).astimezone(UTC)
        if morning < as_of and (clock is None or morning > clock[1]):
            yield morning
    yield as_of


def _days(settings: Settings, as_of: datetime) -> list[date]:
    """The contract's days that are over or begun at that moment."""
    period = settings.contract.period
    return days_between(period.start_date, min(period.end_date, as_of.astimezone(TOKYO).date()))
