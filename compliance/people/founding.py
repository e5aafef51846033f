"""The founding of a home: the two officers enter together, each with an own key, in one act that is whole or refused.

Whoever acts from then on proves who they are, and whoever comes later is proposed by one and confirmed by another
(`proposals`). Both officers are in force on the day: reported, pledged, trained and begun (別紙2-3, 2-6-4, 1-3(3)), else
nobody could mend anything afterwards. The entries are the system's, for `founding`: nobody could prove anything before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from compliance.errors import EntryRefused
from compliance.ground.acts import SYSTEM, Action, Actor, Purpose
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.keys.names import NameKey
from compliance.keys.signing import PublicKey
from compliance.people.claims import enrol_within
from compliance.people.key_files import laid_ready, take_place
from compliance.people.passphrases import problems_of
from compliance.people.person import EventKind, Particulars
from compliance.people.person_keys import was_enrolled
from compliance.people.register import refuse_taken, sealed_new, write_version
from compliance.people.rights import Right, Role
from compliance.people.standing import Denied, Person, may
from compliance.people.training_and_pledges import note_within

FOUNDED = "このホームには、もう署名鍵が登録されています。`people found` は最初の一度だけです。"


@dataclass(frozen=True, slots=True)
class Founder:
    """One of the two. `passphrase` was typed by themselves."""

    staff_id: str
    name: str
    given: Particulars
    trained_on: date
    pledged_on: date
    passphrase: str


def found(
    engine: Engine,
    home: Home,
    names: NameKey,
    founders: Sequence[Founder],
    at: datetime,
    first_day: date,
    *,
    is_invented: bool = False,
) -> Mapping[str, PublicKey]:
    """Enter the two officers with training, pledge and key; returns their public keys by staff id. `first_day` is the
    contract's: officers who begin later need the city's 承認 (別紙1-2). `is_invented`: people of a simulation, whose passphrase
    may be published.

    Raises:
        EntryRefused: the home is founded, they are not a 総括保護管理者 and a 保護管理者, one of them would not be in force
            today, an id or a passphrase cannot be. Nothing was entered.
    """
    today = civil_date(at)
    if problems := [*_problems(founders, today, first_day, is_invented=is_invented)]:
        raise EntryRefused("\n".join(("ホームを開設できません。何も登録していません。", *problems)))
    with engine.connect() as connection:
        if was_enrolled(connection):
            raise EntryRefused(FOUNDED)
    sealed = {f.staff_id: sealed_new(engine, names, f.staff_id, f.name, f.given) for f in founders}
    keys = {f.staff_id: laid_ready(home, f.staff_id, f.passphrase).public for f in founders}
    actor = Actor(SYSTEM, at, purpose=Purpose.FOUNDING)
    with engine.begin() as connection:
        if was_enrolled(connection):
            raise EntryRefused(FOUNDED)
        for one in founders:
            staff_id = one.staff_id
            refuse_taken(connection, staff_id)
            write_version(
                connection, actor, staff_id, 1, one.given, sealed[staff_id], Action.PERSON_ENTERED
            )
            note_within(connection, actor, staff_id, EventKind.TRAINING_ATTENDED, one.trained_on)
            note_within(connection, actor, staff_id, EventKind.PLEDGE, one.pledged_on)
            enrol_within(connection, actor, staff_id, None, keys[staff_id])
    for one in founders:
        take_place(home, one.staff_id)
    return keys


def _problems(
    founders: Sequence[Founder], today: date, first_day: date, *, is_invented: bool
) -> list[str]:
    found: list[str] = []
    roles = [one.given.roles for one in founders]
    if len(founders) != 2 or len({one.staff_id for one in founders}) != 2:
        found.append("  2名（総括保護管理者と保護管理者）で行います。")
    elif not any(
        Role.CHIEF_OFFICER in first and Role.OFFICER in second
        for first, second in (roles, reversed(roles))
    ):
        found.append("  一方が総括保護管理者、他方が保護管理者でなければなりません。")
    for one in founders:
        person = Person(
            one.staff_id,
            1,
            one.given.roles,
            one.given.starts_on,
            one.given.reported_on,
            one.given.ends_on,
            one.trained_on,
            one.pledged_on,
            needs_approval=one.given.starts_on > first_day,
            approved_on=one.given.approved_on,
        )
        decision = may(person, Right.CONFIRM_PERSON, today)
        if isinstance(decision, Denied):
            found.append(f"  {one.staff_id}: {decision.reason.text_ja}")
        if not is_invented:
            found += [
                f"  {one.staff_id}: {said}" for said in problems_of(one.passphrase, one.staff_id)
            ]
    return found
