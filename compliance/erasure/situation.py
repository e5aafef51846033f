"""What could be erased, and how a case stands, as catalogue, keyring, registers and media say at this moment. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Engine, select

from compliance.erasure.conditions import Situation
from compliance.erasure.items import Item
from compliance.erasure.register import (
    authorisation_of,
    case_of,
    consent_of,
    executing_case,
    items_of,
)
from compliance.erasure.selection import (
    INQUIRY_KIND,
    PSEUDONYM_KIND,
    Candidate,
    Selected,
    Selection,
    select_items,
)
from compliance.errors import KeyUnavailable
from compliance.ground.clock import home_clock, jumped_from
from compliance.ground.japan import civil_date
from compliance.inquiries.sealed_texts import sealed_texts
from compliance.keys.backups import registered_backups
from compliance.keys.keyring import Keyring
from compliance.keys.pseudonym_key import KEY_ID
from compliance.people.orders import Order
from compliance.people.person_keys import keys_in_force
from compliance.people.standing import Person
from compliance.registers.entries import entries
from compliance.registers.handling import AREAS
from compliance.registers.standing import SERVER, area_of_kind
from compliance.vault.catalogue import kept_copies, recordings
from compliance.vault.preservation import holds
from compliance.vault.states import RecordingState


def candidates(engine: Engine, ring: Keyring) -> list[Candidate]:
    """Every recording in custody, the words of every inquiry, and the pseudonym key, whose day is the home's first."""
    places: dict[str, list[str]] = {}
    for copy in kept_copies(engine):
        places.setdefault(copy.recording_id, []).append(copy.place)
    query = select(recordings).where(recordings.c.state == RecordingState.SEALED.value)
    with engine.connect() as connection:
        found = [
            Candidate(
                row.recording_id,
                row.kind,
                _day(row.recorded_at),
                row.sealed_bytes,
                row.sealed_sha256,
                tuple(places.get(row.recording_id, ())),
            )
            for row in connection.execute(query)
        ]
        begun = connection.execute(select(home_clock.c.begun_at)).scalar()
    found += [
        Candidate(one.key_id, INQUIRY_KIND, _day(one.at), one.size, one.sha256, ())
        for one in sealed_texts(engine)
        if ring.holds_any((one.key_id,))
    ]
    if begun is not None and ring.holds_any((KEY_ID,)):
        found.append(Candidate(KEY_ID, PSEUDONYM_KIND, _day(begun), 0, "", ()))
    return found


def select_now(
    engine: Engine, ring: Keyring, selection: Selection, floor_days: int, today: date
) -> Selected:
    """What a selection finds today; nothing is entered."""
    return select_items(candidates(engine, ring), selection, holds(engine), floor_days, today)


def as_items(chosen: Iterable[Candidate], ring: Keyring) -> list[Item]:
    """Candidates as items, each with its key's fingerprint.

    Raises:
        KeyUnavailable, KeyringDamaged: the keyring has not a key of one of them.
    """
    return [
        Item(
            no,
            one.object_id,
            one.kind,
            one.recorded_on.isoformat(),
            one.size,
            one.sha256,
            ring.fingerprint(one.object_id),
            one.places,
        )
        for no, one in enumerate(chosen, start=1)
    ]


def present_items(engine: Engine, ring: Keyring, items: Sequence[Item]) -> dict[str, Item]:
    """What the catalogue and keyring say now of a case's items, by id, under the case's numbers."""
    now = {one.object_id: one for one in candidates(engine, ring)}
    found = {}
    for item in items:
        one = now.get(item.object_id)
        if one is None:
            continue
        try:
            again = as_items([one], ring)[0]
        except KeyUnavailable:
            continue
        found[item.object_id] = replace(again, no=item.no)
    return found


def situation_of(
    engine: Engine,
    ring: Keyring,
    case_id: str,
    executor: str,
    witness: str,
    floor_days: int,
    people: Mapping[str, Person],
    people_then: Mapping[str, Person],
    last_seen: datetime,
    now: datetime,
    *,
    order: Order | None = None,
    may_remove: bool = False,
) -> Situation:
    """Everything that decides whether a case may be executed now, as registers, keyring and media say."""
    items = [item for item, _ in items_of(engine, case_id)]
    running = executing_case(engine)
    return Situation(
        case=case_of(engine, case_id),
        items=items,
        present=present_items(engine, ring, items),
        holds=holds(engine),
        consent=consent_of(engine, case_id),
        authorisation=authorisation_of(engine, case_id),
        people=people,
        people_then=people_then,
        keys=keys_in_force(engine),
        epoch=ring.epoch.number,
        executor=executor,
        witness=witness,
        reachable_backups=sum(
            not made.has_ended and made.medium.is_dir() for made in registered_backups(engine)
        ),
        floor_days=floor_days,
        last_seen=last_seen,
        now=now,
        running="" if running is None else running.case_id,
        has_jumped=jumped_from(engine) is not None,
        order=order,
        may_remove=may_remove,
        has_area=area_of_kind(entries(engine, AREAS), SERVER, _day(now)).is_allowed,
    )


def _day(at: datetime) -> date:
    return civil_date(at)
