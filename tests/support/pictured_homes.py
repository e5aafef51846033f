"""The two homes that pictures of the desk are taken of: the working afternoon, and a small centre at its second erasure.

Everybody and everything in them is invented; their clocks stand still, so that a page shows the same minute to whoever looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from application.home.run_report import Journal
from application.home.session import open_workplace, peek_clock, read_settings
from application.home.settings import Settings
from compliance.erasure.register import case_of
from compliance.erasure.selection import Selection
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.ground.operations import open_operations
from compliance.keys.backups import back_up
from compliance.people.acting import prove
from compliance.people.rights import Role
from compliance.sign_in.accounts import open_account
from compliance.vault.catalogue import kept_copies
from compliance.vault.media import registered_media
from compliance.vault.preservation import HoldReason, holds, set_hold
from compliance.vault.rotation import due_for_rotation, held_at_hand, rotate
from desk.services import Services
from orchestration import cli
from orchestration.gateway.composition import services_of
from simulation import afternoon
from simulation.demo import demo_contract
from simulation.people import PASSPHRASE as AFTERNOONS
from tests.compliance.erasure.stage import FIRST_DAY, FLOOR, PASSPHRASE, set_up
from tests.homes import ROOT
from tests.support.people import let_in

AT = afternoon.FROM + timedelta(seconds=20)
"""When the afternoon is looked at: somebody has waited for two minutes."""
_LATER = datetime(2024, 2, 26, 1, tzinfo=UTC)
"""When what the stage recorded in December is old enough too."""
_CALLS = Selection(kind="call")


@dataclass(frozen=True, slots=True)
class Pictured:
    """A home's desk at one moment, which is called `state`; `passphrase` opens everybody's key."""

    state: str
    services: Services
    passphrase: str

    def first_password(self, staff_id: str) -> str:
        """Open somebody's account, or open it anew."""
        officer = prove(
            self.services.engine, self.services.home, "pm1", self.passphrase, self.services.now()
        )
        return open_account(self.services.engine, officer, staff_id)


def afternoon_in(folder: Path) -> Iterator[Pictured]:
    """The afternoon in a folder, lived first where it is not there (a minute or two); its state is `afternoon`."""
    home = afternoon.home_beside(folder / "home")
    contract = demo_contract(ROOT / "contract.toml", home)
    settings = read_settings(contract, home, environment={})
    if not afternoon.is_ready(settings):
        clock = peek_clock(settings)
        if clock is None or clock[1] < afternoon.FROM:
            cli.simulate(afternoon.EVENING.isoformat(), config=contract, home=home)
        with open_workplace(settings, as_of=afternoon.FROM, pbx=settings.pbx, journal=Journal()):
            pass
        afternoon.prepare(settings)
    made = _services(settings, Home.at(settings.home_root, settings.keys_root), lambda: AT)
    with afternoon.living(settings, lambda: AT):
        if not holds(made.engine):
            recording = kept_copies(made.engine)[0].recording_id
            set_hold(made.engine, Actor("pm1", AT), recording, HoldReason.COMPLAINT)
        yield Pictured("afternoon", made, AFTERNOONS)
    made.engine.dispose()


def erasures_in(folder: Path) -> Iterator[Pictured]:
    """A small centre, made in a folder: its first case `executed`, then certified; with the second to apply for (`ready`), and that
    `applied` for, `consented` to and `authorised`."""
    folder.mkdir(parents=True)
    stage = set_up(folder)
    let_in(stage.engine, stage.home, "ct1", Role.CITY_VIEWER, stage.now - timedelta(days=60), FIRST_DAY)  # fmt: skip
    settings = replace(
        read_settings(None, stage.home.root, environment={}), keys_root=stage.home.keys
    )
    made = _services(settings, stage.home, lambda: stage.now)

    def now(state: str) -> Pictured:
        return Pictured(state, made, PASSPHRASE)

    case = _applied(made)
    stage.consent(case_of(stage.engine, case))
    stage.authorise(case_of(stage.engine, case))
    stage.execute(case_of(stage.engine, case))
    yield now("executed")
    assert made.steps is not None
    made.steps.verify("sv1", PASSPHRASE, case, _looked(made, case))
    stage.now = stage.last_seen = _LATER
    due = due_for_rotation(held_at_hand(stage.engine), FLOOR, holds(stage.engine), _LATER.date())
    rotate(stage.engine, stage.home, registered_media(stage.engine), due, _LATER)
    back_up(stage.engine, stage.home, stage.actor("pm1"), stage.key_medium)
    yield now("ready")
    case = _applied(made)
    yield now("applied")
    stage.consent(case_of(stage.engine, case), number="第0002号")
    yield now("consented")
    stage.authorise(case_of(stage.engine, case))
    yield now("authorised")
    stage.engine.dispose()


def _services(settings: Settings, home: Home, now: Callable[[], datetime]) -> Services:
    engine = open_operations(settings.operations_url)
    return replace(services_of(settings, home, engine, now, is_tls=False), wall=now)


def _applied(services: Services) -> str:
    """What there is to apply for, applied for by the manager; the case's number."""
    assert services.steps is not None
    looked = services.steps.found(_CALLS).looked
    planned = civil_date(services.now()) + timedelta(days=6)
    return services.steps.apply("mg1", PASSPHRASE, looked, _CALLS, planned, False)


def _looked(services: Services, case_id: str) -> str:
    view = services.cases.show(case_id) if services.cases else None
    assert view is not None
    return view.looked
