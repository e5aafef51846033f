"""Who is here: every person as the registers stand now, or stood at an instant.

The latest version of each, with the training and pledge that stand; what may be done with that, `standing` decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Row, Select, Table, func, select

from compliance.people.person import Approval, EventKind, people, people_events, roles_of
from compliance.people.standing import OFFICERS, Person


def persons(
    engine: Engine, first_list_until: date, until: datetime | None = None
) -> Mapping[str, Person]:
    """Everybody as the registers stand now, or stood at an instant. Officers who began on or before `first_list_until` (the first
    day of the contract) came with the first lists, which are reported only.

    Each request of the desk asks twice. Rows are only ever added, so as long as their number stands, so does what was read.
    """
    if until is not None:
        return _read_persons(engine, first_list_until, until)
    held = select(
        select(func.count()).select_from(people).scalar_subquery(),
        select(func.count()).select_from(people_events).scalar_subquery(),
    )
    with engine.connect() as connection:
        size = (first_list_until, *connection.execute(held).one())
    known = _PRESENT.get(engine)
    if known is None or known[0] != size:
        known = _PRESENT[engine] = (size, _read_persons(engine, first_list_until, None))
    return known[1]


_PRESENT: WeakKeyDictionary[Engine, tuple[tuple[Any, ...], Mapping[str, Person]]] = (
    WeakKeyDictionary()
)
"""Who was in each store's registers when it was last asked, and how many rows they had before that was read."""


def _read_persons(
    engine: Engine, first_list_until: date, until: datetime | None
) -> Mapping[str, Person]:
    with engine.connect() as connection:
        rows = connection.execute(
            _until(select(people), people, until).order_by(people.c.version)
        ).fetchall()
        events = connection.execute(
            _until(select(people_events), people_events, until).order_by(people_events.c.revision)
        ).fetchall()
    versions: dict[str, list[Row[Any]]] = {}
    for row in rows:
        versions.setdefault(row.staff_id, []).append(row)
    counted: dict[tuple[str, str, date], Row[Any]] = {}
    for event in events:
        counted[event.staff_id, event.kind, event.happened_on] = event
    standing: dict[str, list[Row[Any]]] = {}
    for event in counted.values():
        if not event.is_withdrawn:
            standing.setdefault(event.staff_id, []).append(event)
    return MappingProxyType(
        {
            staff_id: _person(own, standing.get(staff_id, []), first_list_until)
            for staff_id, own in sorted(versions.items())
        }
    )


def _person(own: Sequence[Row[Any]], events: Sequence[Row[Any]], first_list_until: date) -> Person:
    """Somebody by the versions of their entry and the events that stand, in order."""
    row = own[-1]
    approved = [one.approved_on for one in own if one.approval == Approval.APPROVED]
    return Person(
        staff_id=row.staff_id,
        version=row.version,
        roles=roles_of(row),
        starts_on=row.starts_on,
        reported_on=row.reported_on,
        ends_on=row.ends_on,
        trained_on=_last(events, EventKind.TRAINING_ATTENDED, "happened_on"),
        pledged_on=_last(events, EventKind.PLEDGE, "happened_on"),
        pledge_ends_on=_last(events, EventKind.PLEDGE, "ends_on"),
        needs_approval=_became_officer(own, first_list_until),
        approved_on=next((on for on in reversed(approved) if on is not None), None),
        is_reserve=row.is_reserve,
    )


def _until(query: Select[Any], of: Table, until: datetime | None) -> Select[Any]:
    return query if until is None else query.where(of.c.recorded_at <= until)


def _became_officer(own: Sequence[Row[Any]], first_list_until: date) -> bool:
    """Whether somebody is an officer who was none in the first lists."""
    if not roles_of(own[-1]) & OFFICERS:
        return False
    first = next(row for row in own if roles_of(row) & OFFICERS)
    came_with_lists = first.version == 1 and first.starts_on <= first_list_until
    return not came_with_lists


def _last(events: Sequence[Row[Any]], kind: EventKind, column: str) -> date | None:
    """Of the latest such event of somebody, a date."""
    own = [event for event in events if event.kind == kind]
    if not own:
        return None
    found: date | None = getattr(max(own, key=lambda event: event.happened_on), column)
    return found
