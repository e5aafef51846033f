"""Who is at it, and whether they may: what every command that changes something of consequence asks.

A person shows who they are with their own signing key, which lies under `MADOGUCHI_KEYS/people/` and opens with a
passphrase that only they know; the register says which key is whose. Keys are enrolled by an officer. Until the
first key is enrolled nobody can prove anything: a home is founded by whoever owns the service account, and the
log says so.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, Integer, String, Text, insert, select

from compliance.errors import EntryRefused, NotAllowed, PersonUnproved
from compliance.ground.acts import (
    SYSTEM,
    UI,
    Action,
    Actor,
    ObjectKind,
    Purpose,
    Result,
    Via,
    note,
)
from compliance.ground.home import Home
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.keys.signing import PublicKey, SigningKey, new_key, read_key
from compliance.people.present import persons
from compliance.people.rights import HARMLESS, SIGNED, Right
from compliance.people.standing import Allowed, Reason, may

MIN_PASSPHRASE = 8
_INCOMING = ".new"

person_keys = table(
    "person_keys",
    Kept("署名鍵の台帳（公開鍵のみ）", Holds.STAFF),
    Column("fingerprint", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("staff_id", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("public_pem", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
)
_ENROLLED, _WITHDRAWN = "enrolled", "withdrawn"


def key_file(home: Home, staff_id: str) -> Path:
    """Where somebody's private key lies."""
    return home.keys / "people" / f"{staff_id}.pem"


def enrolled_keys(engine: Engine) -> dict[str, PublicKey]:
    """The keys in force, by staff id."""
    query = select(person_keys).order_by(person_keys.c.recorded_at, person_keys.c.revision)
    with engine.connect() as connection:
        latest = {row.fingerprint: row for row in connection.execute(query)}
    return {
        row.staff_id: PublicKey.from_pem(row.public_pem.encode("ascii"))
        for row in latest.values()
        if row.state == _ENROLLED
    }


def known_keys(engine: Engine) -> dict[str, PublicKey]:
    """Every key that was ever enrolled, by fingerprint: what somebody signed with a key since withdrawn stays."""
    with engine.connect() as connection:
        rows = connection.execute(select(person_keys.c.fingerprint, person_keys.c.public_pem))
        return {r.fingerprint: PublicKey.from_pem(r.public_pem.encode("ascii")) for r in rows}


def is_founded(engine: Engine) -> bool:
    """Whether anybody ever enrolled a key; from then on whoever acts must prove who they are."""
    with engine.connect() as connection:
        return connection.execute(select(person_keys.c.staff_id).limit(1)).first() is not None


def founder(engine: Engine, at: datetime) -> Actor:
    """The actor of a home that nobody was enrolled in yet.

    Raises:
        PersonUnproved: the home is founded.
    """
    if is_founded(engine):
        raise PersonUnproved(
            "Say who you are with --by and your staff id: keys are enrolled in this home, so whoever changes "
            "something proves it with the own key."
        )
    return Actor(SYSTEM, at, purpose=Purpose.FOUNDING)


def prove(engine: Engine, home: Home, staff_id: str, passphrase: str, at: datetime) -> Actor:
    """The person who opens their own enrolled key.

    Raises:
        PersonUnproved: no key is enrolled for that id, the passphrase does not open it, or the file holds
            another key than the register says. The attempt is noted.
    """
    return signer(engine, home, staff_id, passphrase, at)[0]


def signer(
    engine: Engine, home: Home, staff_id: str, passphrase: str, at: datetime
) -> tuple[Actor, SigningKey]:
    """As `prove`, with the key itself, for what a person signs by name.

    Raises:
        PersonUnproved: as `prove`.
    """
    public = enrolled_keys(engine).get(staff_id)
    try:
        key = _shown(public, home, staff_id, passphrase)
    except PersonUnproved:
        refused = Actor(staff_id if public else SYSTEM, at)
        with engine.begin() as connection:
            entry = refused.entry(Action.RIGHT_USED, ObjectKind.KEY, staff_id, Result.REFUSED)
            note(connection, entry)
        raise
    return Actor(staff_id, at, proof=key.public.fingerprint), key


def allow(engine: Engine, actor: Actor, right: Right, today: date, first_day: date) -> Allowed:
    """Let an actor do something today, or refuse and note the refusal.

    `first_day` is the contract's first day (whoever began by then came with the first lists). A session of the desk
    counts as a proof, but for what is signed by name: there the proof must be the own enrolled key.

    Raises:
        NotAllowed: the registers do not let them; what to do is said.
    """
    reason: Reason | None = None
    if actor.staff_id == SYSTEM:
        if actor.purpose is Purpose.FOUNDING and not is_founded(engine):
            return Allowed()
        reason = Reason.UNKNOWN
    elif actor.staff_id == UI or not actor.proof:
        if right in HARMLESS:
            return Allowed()
        reason = Reason.UNKNOWN
    elif actor.via is Via.DESK and right in SIGNED and not _has_shown_key(engine, actor):
        reason = Reason.NEEDS_KEY
    else:
        decision = may(persons(engine, first_day).get(actor.staff_id), right, today)
        if isinstance(decision, Allowed):
            return decision
        reason = decision.reason
    with engine.begin() as connection:
        note(
            connection,
            actor.entry(Action.RIGHT_USED, ObjectKind.RIGHT, right.value, Result.REFUSED),
        )
    raise NotAllowed(f"{actor.staff_id}: {right.value}: {reason.text_ja}")


def enrol(engine: Engine, home: Home, actor: Actor, staff_id: str, passphrase: str) -> PublicKey:
    """Make somebody's key and enrol it; one that they had is withdrawn.

    Raises:
        EntryRefused: the passphrase is too short.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise EntryRefused(f"A passphrase has at least {MIN_PASSPHRASE} characters.")
    earlier = enrolled_keys(engine).get(staff_id)
    path = key_file(home, staff_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = new_key()
    incoming = path.with_suffix(_INCOMING)
    key.write(incoming, passphrase)
    with engine.begin() as connection:
        if earlier is not None:
            _record(connection, actor, staff_id, earlier, 2, _WITHDRAWN)
        _record(connection, actor, staff_id, key.public, 1, _ENROLLED)
        note(connection, actor.entry(Action.KEY_ENROLLED, ObjectKind.PERSON, staff_id))
    incoming.replace(path)
    return key.public


def withdraw(engine: Engine, actor: Actor, staff_id: str) -> None:
    """Let somebody's key count no more.

    Raises:
        EntryRefused: none is enrolled.
    """
    public = enrolled_keys(engine).get(staff_id)
    if public is None:
        raise EntryRefused(f"No key is enrolled for {staff_id}.")
    with engine.begin() as connection:
        _record(connection, actor, staff_id, public, 2, _WITHDRAWN)
        note(connection, actor.entry(Action.KEY_WITHDRAWN, ObjectKind.PERSON, staff_id))


def from_page(at: datetime) -> Actor:
    """Whoever started something from a page, before there is a door."""
    return Actor(UI, at, via=Via.UI)


def _shown(public: PublicKey | None, home: Home, staff_id: str, passphrase: str) -> SigningKey:
    """The enrolled key's private half, once it has signed a challenge."""
    if public is None:
        raise PersonUnproved(f"No key is enrolled for {staff_id}: an officer enrols it.")
    _finish_enrolment(home, staff_id, passphrase, public)
    key = read_key(key_file(home, staff_id), passphrase)
    challenge = b"madoguchi: who is at it\n" + secrets.token_bytes(32)
    if not public.has_signed(challenge, key.sign(challenge)):
        raise PersonUnproved("The key of this person is not the one that was enrolled.")
    return key


def _has_shown_key(engine: Engine, actor: Actor) -> bool:
    """Whether an actor's proof is the fingerprint of their own key in force, which only `signer` gives."""
    public = enrolled_keys(engine).get(actor.staff_id)
    return public is not None and actor.proof == public.fingerprint


def _finish_enrolment(home: Home, staff_id: str, passphrase: str, public: PublicKey) -> None:
    """A crash after the register took a new key and before its file got its name left both: name it now."""
    path = key_file(home, staff_id)
    incoming = path.with_suffix(_INCOMING)
    if not incoming.exists():
        return
    try:
        is_enrolled = read_key(incoming, passphrase).public == public
    except PersonUnproved:
        return  # of an enrolment that the register never took, or another passphrase
    if is_enrolled:
        incoming.replace(path)


def _record(
    connection: Connection,
    actor: Actor,
    staff_id: str,
    public: PublicKey,
    revision: int,
    state: str,
) -> None:
    connection.execute(
        insert(person_keys).values(
            fingerprint=public.fingerprint,
            revision=revision,
            staff_id=staff_id,
            state=state,
            public_pem=public.as_pem().decode("ascii"),
            recorded_at=actor.at,
            recorded_by=actor.staff_id,
        )
    )
