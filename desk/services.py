"""What the desk needs of others, handed in by whoever composes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from application.board import Board
from application.call_log import CallLog
from application.custody_state import CustodyState
from application.erasure_cases import Cases
from application.erasure_steps import ErasureSteps
from application.message_sounds import MessageSounds
from application.shelf import PaperShelf
from application.today import Brief
from compliance.contract.terms import Definition
from compliance.ground.home import Home
from compliance.inquiries.form import Form
from compliance.keys.keyring import Keyring
from compliance.keys.names import NameKey
from compliance.people.rights import Right
from compliance.registers.description import Register
from compliance.registers.known import REGISTERS
from compliance.sign_in.waiting import Waiting

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The names of this machine for itself."""


def _of_the_system() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class RecentCall:
    """A call of somebody that ended a short while ago: `at` the instant of its arrival, `queue` its title."""

    call_id: str
    at: datetime
    queue: str


def value_of(call: RecentCall) -> str:
    """A call as the form names it: its id and the instant of its arrival."""
    return f"{call.call_id}|{call.at.isoformat()}"


@dataclass(frozen=True, slots=True)
class Link:
    """Another place that the home page leads to, for whoever has a right (null: for everybody)."""

    title: str
    path: str
    right: Right | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """`ring` opens the keyring as it is at that moment, anew each time: an earlier opening lacks the keys made since. `morning`
    gives the manager's morning and `unrecorded` how many of the last business day's calls nobody wrote down, both as ids, codes,
    counts and days only; either raises `HomeBusy` while the warehouse is built. `calls` gives the calls of a staff id that ended
    lately, the newest first. `key` opens the secrets of second proofs; null where none is set. `is_tls`: pages are asked for by
    https, cookies are for TLS only. `definitions` are the contract's, of all times, and `registers` are as it fills them; `clause` gives
    the contract's words for a clause by its name, blank where it has none. What is null has no page. `now` is the home's
    clock, `wall` the system's, by which attempts to log in are counted. `hosts` are the names that a request may be addressed to:
    those the service was told of, and no other. `page_of_making` gives the UI's page of a paper's making, by kind and period."""

    engine: Engine
    home: Home
    now: Callable[[], datetime]
    first_day: date
    form: Form
    ring: Callable[[], Keyring]
    calls: Callable[[str], Sequence[RecentCall]]
    morning: Callable[[], Brief] | None = None
    unrecorded: Callable[[], int] | None = None
    call_log: CallLog | None = None
    board: Callable[[], Board] | None = None
    shelf: PaperShelf | None = None
    sounds: MessageSounds | None = None
    cases: Cases | None = None
    steps: ErasureSteps | None = None
    custody: Callable[[], CustodyState] | None = None
    definitions: Sequence[Definition] = ()
    registers: Mapping[str, Register] = field(default_factory=lambda: REGISTERS)
    clause: Callable[[str], str] = lambda _: ""
    is_tls: bool = False
    wall: Callable[[], datetime] = _of_the_system
    hosts: Collection[str] = LOOPBACK
    waiting: Waiting = field(default_factory=Waiting)
    key: Callable[[], NameKey] | None = None
    links: Sequence[Link] = field(default=())
    page_of_making: Callable[[str, str], str] = lambda *_: ""
