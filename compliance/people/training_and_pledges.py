"""研修・誓約: what is noted about a person beside the person, each a row of its own (別紙2-5, 2-6-4).

One that was entered wrongly is withdrawn by a further row; nobody notes the own. Every write has its entry of the log. What
cannot be is refused by `EntryRefused`, two who note the same at once by `Outdated`. Days are civil days in Japan.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    Connection,
    Engine,
    select,
)

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.people.person import EventKind, people_events
from compliance.people.register import OWN_ENTRY, insert_once, latest_row

_ACTIONS = {
    EventKind.TRAINING_PLANNED: Action.TRAINING_PLANNED,
    EventKind.TRAINING_ATTENDED: Action.TRAINING_ATTENDED,
    EventKind.PLEDGE: Action.PLEDGE_SIGNED,
}


def note_event(
    engine: Engine,
    actor: Actor,
    staff_id: str,
    kind: EventKind,
    happened_on: date,
    *,
    ends_on: date | None = None,
    is_withdrawn: bool = False,
) -> None:
    """Note a training or a pledge, or withdraw one that was noted wrongly.

    Raises:
        EntryRefused: nobody has that id, it is the own, it stands there already, or there is nothing to withdraw.
        Outdated: somebody else noted the same meanwhile.
    """
    if staff_id == actor.staff_id:
        with engine.begin() as connection:
            note(
                connection,
                actor.entry(_ACTIONS[kind], ObjectKind.PERSON, staff_id, Result.REFUSED),
            )
        raise EntryRefused(OWN_ENTRY)
    with engine.begin() as connection:
        note_within(connection, actor, staff_id, kind, happened_on, ends_on, is_withdrawn)


def note_within(
    connection: Connection,
    actor: Actor,
    staff_id: str,
    kind: EventKind,
    happened_on: date,
    ends_on: date | None = None,
    is_withdrawn: bool = False,
) -> None:
    """As `note_event`, within a transaction; whoever calls has decided that it may be noted.

    Raises:
        EntryRefused, Outdated: as `note_event`.
    """
    events = people_events.c
    if latest_row(connection, staff_id) is None:
        raise EntryRefused(f"職員番号 {staff_id} の登録はありません。")
    last = connection.execute(
        select(people_events)
        .where(
            events.staff_id == staff_id,
            events.kind == kind.value,
            events.happened_on == happened_on,
        )
        .order_by(events.revision.desc())
    ).first()
    stands = last is not None and not last.is_withdrawn
    if stands != is_withdrawn and not (stands and last is not None and last.ends_on != ends_on):
        raise EntryRefused(
            f"{staff_id} の {happened_on} の記録（`{kind.value}`）は、"
            + ("登録済みです。" if stands else "ないので取り消せません。")
        )
    values = {
        "staff_id": staff_id,
        "kind": kind.value,
        "happened_on": happened_on,
        "revision": 1 if last is None else last.revision + 1,
        "ends_on": ends_on,
        "is_withdrawn": is_withdrawn,
        "recorded_at": actor.at,
        "recorded_by": actor.staff_id,
    }
    insert_once(connection, people_events, values)
    note(connection, actor.entry(_ACTIONS[kind], ObjectKind.PERSON, staff_id))
