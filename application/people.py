"""The people of a home, for commands and jobs: who is at it, and whether the registers let them.

Every command that acts opens the home's registers with `acting_home` and names the right that it uses; the
register is written only after the decision. A refusal is an entry of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine

from application.home.session import Workplace, present_of_simulated_home
from application.home.settings import Settings
from compliance.audit.log import AuditLog
from compliance.contract.terms import Contract
from compliance.erasure.certificate import certificate_keys
from compliance.errors import PersonUnproved
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.ground.operations import open_operations
from compliance.ground.run_lock import run_lock
from compliance.keys.names import NameKey, load_or_create_name_key
from compliance.keys.signing import SigningKey
from compliance.people.acting import allow, founder, prove, signer
from compliance.people.orders import Ordered, give, use
from compliance.people.person_keys import is_founded
from compliance.people.present import persons
from compliance.people.register import holds_names
from compliance.people.rights import Right
from compliance.people.standing import Permitted, may

Ask = Callable[[str], str]
"""Asks somebody for their passphrase, given their staff id."""


@dataclass(frozen=True, slots=True)
class ActingHome:
    """A home whose registers somebody works on, at its present time; nobody's run is held up by it."""

    settings: Settings
    home: Home
    engine: Engine
    now: datetime

    @property
    def today(self) -> date:
        """The civil day in Japan."""
        return civil_date(self.now)

    @property
    def contract(self) -> Contract:
        """The contract as it is today, its changes up to now in force."""
        return self.settings.contract.on(self.today)

    @property
    def first_day(self) -> date:
        """The contract's first day."""
        return self.settings.contract.period.start_date

    def names(self) -> NameKey:
        """The key of people's names."""
        return name_key(self)

    @contextmanager
    def held(self, wait_seconds: float = 120.0) -> Iterator[None]:
        """The home taken, as a run takes it, for what no run may stand beside.

        Raises:
            HomeBusy: a run holds it for longer than that.
        """
        with run_lock(self.home, wait_seconds=wait_seconds):
            yield

    def actor(self, staff_id: str | None, ask: Ask) -> Actor:
        """Whoever says `--by`, once they proved it; without, the founder of a new home.

        Raises:
            PersonUnproved: they did not, or the home is founded.
        """
        if staff_id is None:
            return founder(self.engine, self.now)
        return prove(self.engine, self.home, staff_id, ask(staff_id), self.now)

    def keeper(self, staff_id: str | None, ask: Ask) -> tuple[Actor, SigningKey]:
        """Whoever says `--by`, as `signer`, for what changes the register of people: only somebody with a key does.

        Raises:
            PersonUnproved: they did not prove it, or nobody was named.
        """
        if staff_id is None:
            raise PersonUnproved(
                "Say who you are with --by and your staff id."
                if is_founded(self.engine)
                else "Nobody can prove who they are yet: the two officers found this home with `madoguchi people found`."
            )
        return self.signer(staff_id, ask)

    def signer(self, staff_id: str, ask: Ask) -> tuple[Actor, SigningKey]:
        """Whoever says `--by`, once they proved it, with the key by which they sign by name.

        Raises:
            PersonUnproved: they did not.
        """
        return signer(self.engine, self.home, staff_id, ask(staff_id), self.now)

    def by_order(
        self,
        staff_id: str | None,
        ask: Ask,
        right: Right,
        act: Ordered,
        object_id: str,
        over: Mapping[str, Any],
    ) -> Actor:
        """Whoever says `--by`, once they proved it, may do it, and signed that very act by an order that is used up here. In a
        home that nobody founded yet, its founder.

        Raises:
            PersonUnproved: they did not prove it.
            NotAllowed: the registers do not let them today.
        """
        if staff_id is None:
            actor = founder(self.engine, self.now)
            self.allow(actor, right)
            return actor
        actor, key = self.signer(staff_id, ask)
        self.allow(actor, right)
        order = give(self.engine, actor, key, act, object_id, over)
        with self.engine.begin() as connection:
            use(connection, actor, order)
        return actor

    def may(self, actor: Actor, right: Right) -> bool:
        """Whether the registers let them today; a refusal is no refusal of an act, and is not noted."""
        person = persons(self.engine, self.first_day).get(actor.staff_id)
        return may(person, right, self.today).is_allowed

    def allow(self, actor: Actor, right: Right) -> Permitted:
        """Let them, or refuse and note it.

        Raises:
            NotAllowed: the registers do not let them today.
        """
        return allow(self.engine, actor, right, self.today, self.first_day)


def name_key(place: ActingHome | Workplace) -> NameKey:
    """The key of people's names."""
    return load_or_create_name_key(place.home, holds_names=holds_names(place.engine))


@contextmanager
def acting_home(settings: Settings, now: datetime | None = None) -> Iterator[ActingHome]:
    """The registers of a home, which is made where there is none yet; what was noted is in the log and signed
    when the block ends, however it ends."""
    home = Home.at(settings.home_root, settings.keys_root)
    home.create()
    at = now or present_of_simulated_home(settings) or datetime.now(UTC)
    engine = open_operations(settings.operations_url)
    log = AuditLog(home)
    log.keys.signing_key()
    certificate_keys(home).signing_key()
    try:
        yield ActingHome(settings, home, engine, at)
    finally:
        try:
            if log.drain(engine):
                log.checkpoint()
        finally:
            engine.dispose()
