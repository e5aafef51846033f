"""A contract rehearsed before it begins: how far its first month goes, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from application.home.settings import Settings
from application.papers import due_moment, owed_papers
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from compliance.contract.due_terms import Unit
from compliance.ground.japan import TOKYO

_SHORTEST = timedelta(days=27)


@dataclass(frozen=True, slots=True)
class RehearsedPaper:
    """What a kind of paper came to: how many periods were told, and the newest one's folder; none of one that is due later."""

    kind: str
    title: str
    made: int
    newest: Path | None


def first_month(settings: Settings) -> date:
    """The last day of the first calendar month that is whole, or nearly so; the contract's own last day where it ends before. Pure."""
    begins = settings.contract.period.start_date
    ends = _month_end(begins)
    if ends - begins < _SHORTEST:
        ends = _month_end(ends + timedelta(days=1))
    return min(ends, settings.contract.period.end_date)


def rehearsed_until(settings: Settings) -> datetime:
    """When the last paper of that month is due: of days, weeks and months that end within it; where the contract owes none of these,
    the morning after the month. An aware instant. Pure."""
    calendar, last = BusinessCalendar(settings.contract), first_month(settings)
    moments = [
        due_moment(owed, period)
        for owed in owed_papers(settings)
        if owed.kind.unit in (Unit.DAY, Unit.WEEK, Unit.MONTH)
        for period in periods(calendar, owed.terms.due)
        if period.last_day <= last
    ]
    hour = max(paper.made_at for paper in settings.contract.deliverables)
    morning = datetime.combine(last + timedelta(days=1), hour, TOKYO)
    return max(moments, default=morning) + timedelta(minutes=1)


def rehearsed_papers(settings: Settings) -> Sequence[RehearsedPaper]:
    """Every kind that the contract owes, with what the home's outbox holds of it."""
    found = []
    for owed in owed_papers(settings):
        folder = Path(settings.home_root) / "outbox" / (owed.kind.folder or owed.kind.kind)
        made = sorted(one for one in folder.glob("*") if one.is_dir())
        found.append(RehearsedPaper(owed.kind.kind, owed.terms.title, len(made), made[-1] if made else None))  # fmt: skip
    return found


def _month_end(day: date) -> date:
    following = day.replace(day=28) + timedelta(days=4)
    return following - timedelta(days=following.day)
