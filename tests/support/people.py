"""The people of a home, by the ways that a centre has: two officers found it, the others are proposed, confirmed, and claim
their keys.

>>> from compliance.people.rights import Role
>>> sorted(STAFF)
['ad1', 'cp1', 'mg1', 'pm1', 'sv1']
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Engine

from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.keys.names import load_or_create_name_key
from compliance.keys.signing import PublicKey, SigningKey
from compliance.people.acting import signer
from compliance.people.claims import claim, enrol_within
from compliance.people.confirming import confirm
from compliance.people.founding import Founder, found
from compliance.people.key_files import laid_ready, take_place
from compliance.people.person import Employment, EventKind, Particulars
from compliance.people.person_keys import enrolled_keys
from compliance.people.present import persons
from compliance.people.proposals import ProposalKind
from compliance.people.proposing import propose_key, propose_person
from compliance.people.register import enter, holds_names
from compliance.people.rights import ERASURE_ROLES, Role
from compliance.people.training_and_pledges import note_event

PASSPHRASE = "stage-passphrase"
STAFF: Mapping[str, Role] = {
    "pm1": Role.OFFICER,
    "cp1": Role.CHIEF_OFFICER,
    "mg1": Role.MANAGER,
    "sv1": Role.SUPERVISOR,
    "ad1": Role.ADMINISTRATOR,
}


def found_home(
    engine: Engine,
    home: Home,
    at: datetime,
    first_day: date,
    staff: Mapping[str, Role] = STAFF,
    passphrase: str = PASSPHRASE,
) -> None:
    """Found the home by `pm1` and `cp1` and let everybody else of `staff` in, trained, pledged and with a key."""
    names = load_or_create_name_key(home, holds_names=holds_names(engine))
    day = at.astimezone(TOKYO).date()

    def given(role: Role) -> Particulars:
        return Particulars(
            frozenset({role}), Employment.REGULAR, min(day, first_day), reported_on=day
        )

    founders = [
        Founder(one, f"架空 {one}", given(role), day, day, passphrase)
        for one, role in (("cp1", Role.CHIEF_OFFICER), ("pm1", Role.OFFICER))
    ]
    found(engine, home, names, founders, at, first_day, is_invented=True)
    for staff_id, role in staff.items():
        if staff_id not in ("pm1", "cp1"):
            let_in(engine, home, staff_id, role, at, first_day, passphrase)


def let_in(
    engine: Engine,
    home: Home,
    staff_id: str,
    role: Role,
    at: datetime,
    first_day: date,
    passphrase: str = PASSPHRASE,
) -> None:
    """Somebody who comes later: proposed by `pm1`, confirmed by `cp1`, trained, pledged, with a key of their own."""
    names = load_or_create_name_key(home, holds_names=True)
    day = at.astimezone(TOKYO).date()
    given = Particulars(frozenset({role}), Employment.REGULAR, day, reported_on=day)
    proposer, key = signer(engine, home, "pm1", PASSPHRASE, at)
    if role in ERASURE_ROLES:
        name = f"架空 {staff_id}"
        proposed = propose_person(engine, names, proposer, key, staff_id, name=name, given=given)
        by = signer(engine, home, "cp1", PASSPHRASE, at)
        confirm(engine, *by, proposed.proposal_id, first_day)
    else:
        enter(engine, names, proposer, staff_id, f"架空 {staff_id}", given)
    note_event(engine, proposer, staff_id, EventKind.TRAINING_ATTENDED, day)
    note_event(engine, proposer, staff_id, EventKind.PLEDGE, day)
    enrol(engine, home, staff_id, passphrase, at, first_day)


def bare_key(engine: Engine, home: Home, staff_id: str, passphrase: str, at: datetime) -> PublicKey:
    """A key laid straight into register and folder, for what is not about how somebody came to it."""
    public = laid_ready(home, staff_id, passphrase).public
    earlier = enrolled_keys(engine).get(staff_id)
    with engine.begin() as connection:
        enrol_within(connection, Actor(staff_id, at), staff_id, earlier, public)
    take_place(home, staff_id)
    return public


def enrol(
    engine: Engine,
    home: Home,
    staff_id: str,
    passphrase: str,
    at: datetime,
    first_day: date,
    officers_passphrase: str = PASSPHRASE,
    others: tuple[str, ...] = ("pm1", "cp1", "mg1"),
) -> PublicKey:
    """Give somebody a key of their own, which replaces one they had: proposed by the first of
    `others` that is not they, confirmed by the second."""
    first, second = [one for one in others if one != staff_id][:2]
    by: tuple[Actor, SigningKey] = signer(engine, home, first, officers_passphrase, at)
    proposed, one_half = propose_key(engine, *by, ProposalKind.ENROLMENT, staff_id)
    by = signer(engine, home, second, officers_passphrase, at)
    _, other_half = confirm(engine, *by, proposed.proposal_id, first_day)
    assert one_half is not None and other_half is not None
    return claim(engine, home, staff_id, one_half, other_half, passphrase, at, is_invented=True)


def everybody(engine: Engine, first_day: date) -> frozenset[str]:
    """Whoever is in the register and has a key."""
    return frozenset(persons(engine, first_day)) & enrolled_keys(engine).keys()
