"""Who is at it, and whether they may: what every command that changes something of consequence asks.

A person shows who they are with their own signing key, which lies under `MADOGUCHI_KEYS/people/` and opens with a
passphrase that only they know; the register says which key is whose (`person_keys`, `claims`). Until the first key is
enrolled nobody can prove anything: a home is founded by two officers together (`founding`), and the log says so.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime

from sqlalchemy import Engine

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
from compliance.keys.signing import PublicKey, SigningKey
from compliance.people.key_files import opened
from compliance.people.person_keys import enrolled_keys, is_founded, record_key
from compliance.people.present import persons
from compliance.people.rights import HARMLESS, SIGNED, Right
from compliance.people.standing import DenialReason, Permitted, may


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


def allow(engine: Engine, actor: Actor, right: Right, today: date, first_day: date) -> Permitted:
    """Let an actor do something today, or refuse and note the refusal.

    `first_day` is the contract's first day (whoever began by then came with the first lists). A session of the desk
    counts as a proof, but for what is signed by name: there the proof must be the own enrolled key.

    Raises:
        NotAllowed: the registers do not let them; what to do is said.
    """
    reason: DenialReason | None = None
    if actor.staff_id == SYSTEM:
        if actor.purpose is Purpose.FOUNDING and not is_founded(engine):
            return Permitted()
        reason = DenialReason.UNKNOWN
    elif actor.staff_id == UI or not actor.proof:
        if right in HARMLESS:
            return Permitted()
        reason = DenialReason.UNKNOWN
    elif actor.via is Via.DESK and right in SIGNED and not _has_shown_key(engine, actor):
        reason = DenialReason.NEEDS_KEY
    else:
        decision = may(persons(engine, first_day).get(actor.staff_id), right, today)
        if isinstance(decision, Permitted):
            return decision
        reason = decision.reason
    with engine.begin() as connection:
        note(
            connection,
            actor.entry(Action.RIGHT_USED, ObjectKind.RIGHT, right.value, Result.REFUSED),
        )
    raise NotAllowed(f"{actor.staff_id}: {right.value}: {reason.text_ja}")


def withdraw_own(engine: Engine, actor: Actor) -> None:
    """Let the own key count no more; somebody else's takes a second person (`proposals`).

    Raises:
        EntryRefused: none is enrolled.
    """
    public = enrolled_keys(engine).get(actor.staff_id)
    if public is None:
        raise EntryRefused(f"{actor.staff_id} の署名鍵は登録されていません。")
    with engine.begin() as connection:
        record_key(connection, actor, actor.staff_id, public, is_withdrawn=True)
        note(connection, actor.entry(Action.KEY_WITHDRAWN, ObjectKind.PERSON, actor.staff_id))


def from_page(at: datetime) -> Actor:
    """Whoever started something from a page, where there is no sign-in."""
    return Actor(UI, at, via=Via.UI)


def _shown(public: PublicKey | None, home: Home, staff_id: str, passphrase: str) -> SigningKey:
    """The enrolled key's private half, once it has signed a challenge."""
    if public is None:
        raise PersonUnproved(
            f"No key is enrolled for {staff_id}: one person proposes it (`people enrol`), another confirms it, and its "
            "owner claims it (`people claim`)."
        )
    key = opened(home, staff_id, passphrase, public)
    challenge = b"madoguchi: who is at it\n" + secrets.token_bytes(32)
    if not public.has_signed(challenge, key.sign(challenge)):
        raise PersonUnproved("The key of this person is not the one that was enrolled.")
    return key


def _has_shown_key(engine: Engine, actor: Actor) -> bool:
    """Whether an actor's proof is the fingerprint of their own key in force, which only `signer` gives."""
    public = enrolled_keys(engine).get(actor.staff_id)
    return public is not None and actor.proof == public.fingerprint
