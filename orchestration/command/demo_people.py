"""The invented people of demo and simulation, entered a week before the contract begins, and their keys.

`contract.toml` stays free of names; these stand in the register as any other would. One passphrase opens all their
keys: nobody's voice and no real name lies in such a home.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from compliance.errors import PersonUnproved
from compliance.ground.japan import TOKYO
from compliance.people.acting import enrol, enrolled_keys, founder, is_founded, prove
from compliance.people.present import persons
from compliance.people.register import Employment, EventKind, Particulars, enter, note_event
from compliance.people.rights import Role
from compliance.vault.media import register_medium, registered_media
from orchestration.duties.people import ActingHome, acting_home
from orchestration.opening.settings import Settings

PASSPHRASE = "madoguchi-demo"  # noqa: S105 - of people who do not exist
OFFICER = "pm1"
MEDIA = ("a", "b")
PEOPLE: Mapping[str, tuple[str, tuple[Role, ...]]] = {
    OFFICER: ("例田 守", (Role.OFFICER,)),
    "cp1": ("架空 総子", (Role.CHIEF_OFFICER,)),
    "mg1": ("試野 仮名", (Role.MANAGER,)),
    "sv1": ("見本 補佐", (Role.SUPERVISOR,)),
    "op1": ("見本 一郎", (Role.OPERATOR,)),
    "op2": ("見本 二美", (Role.OPERATOR,)),
    "op3": ("見本 三枝", (Role.OPERATOR,)),
    "ad1": ("例山 管", (Role.ADMINISTRATOR,)),
}


def enter_people(settings: Settings) -> None:
    """Enter whoever is missing, with training, pledge and key; where all are there, nothing happens."""
    first_day = settings.contract.period.start_date
    at = datetime.combine(first_day - timedelta(days=7), time(9), TOKYO)
    with acting_home(settings, at) as place:
        if not is_founded(place.engine):
            _enter(place)
        missing = PEOPLE.keys() - enrolled_keys(place.engine).keys()
        for staff_id in sorted(missing, key=list(PEOPLE).index):
            if is_founded(place.engine):
                actor = prove(place.engine, place.home, OFFICER, PASSPHRASE, at)
            else:
                actor = founder(place.engine, at)
            enrol(place.engine, place.home, actor, staff_id, PASSPHRASE)
        if not registered_media(place.engine):
            _register_media(place)


def first_passwords(settings: Settings) -> Mapping[str, str]:
    """Accounts for those of them who have none yet, and the password of each, shown once and changed at first use. Nothing
    in a simulated home that other people live in."""
    from compliance.door.accounts import open_account, open_accounts

    with acting_home(settings) as place:
        known = persons(place.engine, place.first_day)
        missing = [one for one in PEOPLE if one not in open_accounts(place.engine)]
        if not missing or not PEOPLE.keys() <= known.keys():
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


def _enter(place: ActingHome) -> None:
    actor = founder(place.engine, place.now)
    key = place.names()
    for staff_id, (name, roles) in PEOPLE.items():
        known = persons(place.engine, place.first_day).get(staff_id)
        if known is None:
            given = Particulars(
                frozenset(roles), Employment.REGULAR, place.first_day, reported_on=place.today
            )
            enter(place.engine, key, actor, staff_id, name, given)
        if known is None or known.trained_on is None:
            note_event(place.engine, actor, staff_id, EventKind.TRAINING_ATTENDED, place.today)
        if known is None or known.pledged_on is None:
            note_event(place.engine, actor, staff_id, EventKind.PLEDGE, place.today)
