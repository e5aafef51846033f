"""What the desk needs of others, handed in by whoever composes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Engine

from compliance.inquiries.form import Form
from compliance.keys.keyring import Keyring
from compliance.keys.names import NameKey
from compliance.people.rights import Right


@dataclass(frozen=True, slots=True)
class RecentCall:
    """A call of somebody that ended a short while ago: `at` the instant of its arrival, `queue` its title."""

    call_id: str
    at: datetime
    queue: str


@dataclass(frozen=True, slots=True)
class Link:
    """Another place that the home page leads to, for whoever has a right (null: for everybody)."""

    title: str
    path: str
    right: Right | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """`ring` opens the keyring as it is at that moment, anew each time: an earlier opening lacks the keys made since. `brief`
    gives the manager's morning as pairs of title and text, ids and counts only. `calls` gives the calls of a staff id that ended
    lately, the newest first. `key` opens the secrets of second proofs; null where none is set. `is_tls`: pages are asked for by
    https, cookies are for TLS only."""

    engine: Engine
    now: Callable[[], datetime]
    first_day: date
    form: Form
    ring: Callable[[], Keyring]
    calls: Callable[[str], Sequence[RecentCall]]
    brief: Callable[[], Sequence[tuple[str, str]]] | None = None
    is_tls: bool = False
    key: Callable[[], NameKey] | None = None
    links: Sequence[Link] = field(default=())
