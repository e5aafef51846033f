"""The invented people of demo and simulation, entered a week before the contract begins, and their keys.

`contract.toml` stays free of names; these stand in the register as any other would: the two officers found the home, the
others are proposed by one and confirmed by the other. One passphrase opens all their keys: nobody's voice and no real name
lies in such a home.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, time, timedelta

from application.home.settings import Settings
from application.people import ActingHome, acting_home
from compliance.contract.terms import Contract
from compliance.errors import PersonUnproved
from compliance.ground import durable
from compliance.ground.acts import Actor
from compliance.ground.japan import TOKYO
from compliance.keys.signing import SigningKey
from compliance.people.acting import prove, signer
from compliance.people.claims import claim
from compliance.people.confirming import confirm
from compliance.people.fingerprint_pages import pages, record_page_receipt
from compliance.people.founding import Founder, found
from compliance.people.person import Employment, EventKind, Particulars
from compliance.people.person_keys import enrolled_keys, is_founded
from compliance.people.present import persons
from compliance.people.proposals import ProposalKind
from compliance.people.proposing import propose_key, propose_person
from compliance.people.register import enter, needs_second
from compliance.people.rights import Role
from compliance.people.training_and_pledges import note_event
from compliance.vault.media import register_medium, registered_media
from simulation.city import city_medium

_AFFILIATION = "みどり電話サービス（架空）"
PASSPHRASE = "madoguchi-demo"  # noqa: S105 - of people who do not exist
OFFICER, CHIEF, CITY = "pm1", "cp1", "ct1"
MEDIA = ("a", "b")
PEOPLE: dict[str, tuple[str, tuple[Role, ...]]] = {
    OFFICER: ("例田 守", (Role.OFFICER,)),
    CHIEF: ("架空 総子", (Role.CHIEF_OFFICER,)),
    "mg1": ("試野 仮名", (Role.MANAGER,)),
    "sv1": ("見本 補佐", (Role.SUPERVISOR,)),
    "op1": ("見本 一郎", (Role.OPERATOR,)),
    "op2": ("見本 二美", (Role.OPERATOR,)),
    "op3": ("見本 三枝", (Role.OPERATOR,)),
    "ad1": ("例山 管", (Role.ADMINISTRATOR,)),
    CITY: ("市役 花代", (Role.CITY_VIEWER,)),
}


def people_of(contract: Contract) -> Mapping[str, tuple[str, tuple[Role, ...]]]:
    """Those people, and the contract's staff besides: invented names and roles by id. Pure."""
    besides = [one for one in contract.staff if one.operator not in PEOPLE]
    return PEOPLE | {
        one.operator: (f"見本 {number}号", (Role(one.role),))
        for number, one in enumerate(besides, start=1)
    }


def enter_people(settings: Settings) -> None:
    """Enter whoever is missing, with training, pledge and key; where all are there, nothing happens."""
    first_day = settings.contract.period.start_date
    at = datetime.combine(first_day - timedelta(days=7), time(9), TOKYO)
    with acting_home(settings, at) as place:
        if not is_founded(place.engine):
            founders = [
                Founder(
                    one, PEOPLE[one][0], _given(place, one), place.today, place.today, PASSPHRASE
                )
                for one in (CHIEF, OFFICER)
            ]
            found(
                place.engine, place.home, place.names(), founders, at, first_day, is_invented=True
            )
        people = people_of(settings.contract)
        if people.keys() - enrolled_keys(place.engine).keys():
            for staff_id in people:
                _let_in(place, staff_id)
        if not registered_media(place.engine):
            _register_media(place)
        if not pages(place.engine):
            _hand_over_fingerprints(place)


def first_passwords(settings: Settings) -> Mapping[str, str]:
    """Accounts for those of them who have none yet, and the password of each, shown once and changed at first use. Nothing
    in a simulated home that other people live in."""
    from compliance.sign_in.accounts import open_account, open_accounts

    with acting_home(settings) as place:
        known = persons(place.engine, place.first_day)
        people = people_of(settings.contract)
        missing = [one for one in people if one not in open_accounts(place.engine)]
        if not missing or not people.keys() <= known.keys():
            return {}
        try:
            actor = prove(place.engine, place.home, OFFICER, PASSPHRASE, place.now)
        except PersonUnproved:
            return {}  # of the same ids, and not ours
        return {one: open_account(place.engine, actor, one) for one in missing}


def _register_media(place: ActingHome) -> None:
    """Two folders beside the home stand for the media that recordings go to after their days at hand."""
    actor = prove(place.engine, place.home, OFFICER, PASSPHRASE, place.now)
    for name in MEDIA:
        path = place.home.root.with_name(f"{place.home.root.name}-media-{name}")
        path.mkdir(mode=0o700, exist_ok=True)
        serial = f"SIM-{name.upper()}"
        register_medium(place.engine, actor, f"media-{name}", serial, "鍵付き保管庫", path)


def _hand_over_fingerprints(place: ActingHome) -> None:
    """The page of fingerprints goes to the city before the work begins."""
    from application.fingerprints import entered_page, fingerprints_page

    actor = prove(place.engine, place.home, OFFICER, PASSPHRASE, place.now)
    page = fingerprints_page(place)
    name = entered_page(place, actor, page)
    medium = city_medium(place.home.root)
    medium.mkdir(mode=0o700, exist_ok=True)
    durable.write_durably(medium / f"署名鍵の指紋_{name}.pdf", page.pdf)
    evidence = hashlib.sha256(b"a receipt of people who do not exist").hexdigest()
    record_page_receipt(place.engine, actor, name, place.today, "高齢福祉係（架空）", evidence)


def _let_in(place: ActingHome, staff_id: str) -> None:
    """Whatever of somebody's way into the home is missing yet."""
    engine, names = place.engine, place.names()
    actor, key = _signer(place, OFFICER)
    person = persons(engine, place.first_day).get(staff_id)
    if person is None:
        given, name = _given(place, staff_id), people_of(place.settings.contract)[staff_id][0]
        if needs_second(None, given):
            one = propose_person(engine, names, actor, key, staff_id, name=name, given=given)
            confirm(engine, *_signer(place, CHIEF), one.proposal_id, place.first_day)
        else:
            enter(engine, names, actor, staff_id, name, given)
    is_ours = staff_id != CITY
    if is_ours and (person is None or person.trained_on is None):
        note_event(engine, actor, staff_id, EventKind.TRAINING_ATTENDED, place.today)
    if is_ours and (person is None or person.pledged_on is None):
        note_event(engine, actor, staff_id, EventKind.PLEDGE, place.today)
    if staff_id not in enrolled_keys(engine):
        asked, first = propose_key(engine, actor, key, ProposalKind.ENROLMENT, staff_id)
        _, second = confirm(engine, *_signer(place, CHIEF), asked.proposal_id, place.first_day)
        assert first is not None and second is not None  # noqa: S101 - of an enrolment
        claim(engine, place.home, staff_id, first, second, PASSPHRASE, place.now, is_invented=True)


def _given(place: ActingHome, staff_id: str) -> Particulars:
    """The officers begin with the founding, the others with the contract."""
    starts_on = place.today if staff_id in (OFFICER, CHIEF) else place.first_day
    roles = frozenset(people_of(place.settings.contract)[staff_id][1])
    if staff_id == CITY:
        return Particulars(roles, Employment.CITY, starts_on, affiliation="市の担当係（架空）")
    return Particulars(
        roles, Employment.REGULAR, starts_on, reported_on=place.today, affiliation=_AFFILIATION
    )


def _signer(place: ActingHome, staff_id: str) -> tuple[Actor, SigningKey]:
    return signer(place.engine, place.home, staff_id, PASSPHRASE, place.now)
