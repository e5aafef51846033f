"""How somebody comes to a key of their own: by a one-time code in two halves, typed by its owner with a passphrase that
nobody else sees.

Whoever proposed the enrolment was shown the first half, whoever confirmed it the second; the owner gets both by word or on
paper. A half is 60 random bits in Crockford's base 32 (no I, L, O, U), of which the SHA-256 is kept. After five wrong
tries, or three days, the code is worth nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Engine, Integer, String, insert, select, update

from compliance.errors import EntryRefused, PersonUnproved
from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.ground.home import Home
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.keys.signing import PublicKey
from compliance.people.key_files import laid_ready, take_place
from compliance.people.passphrases import problems_of
from compliance.people.person_keys import enrolled_keys, record_key

HOLDS = timedelta(days=3)
"""So long after its confirmation a code can be used."""
TRIES = 5
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_READ_AS = str.maketrans("OIL", "011")
WRONG = "登録できません。職員番号と、受け取った2つの符号を確かめてください。"
"""One text, whatever was wrong."""

key_claims = table(
    "person_key_claims",
    Kept("署名鍵の登録符号（照合値のみ）", Holds.STAFF),
    Column("proposal_id", Integer, primary_key=True),
    Column("staff_id", String(32), nullable=False),
    Column("first_sha256", String(64), nullable=False, server_default=""),
    Column("second_sha256", String(64), nullable=False, server_default=""),
    Column("opened_at", Instant),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("used_at", Instant),
)


@dataclass(frozen=True, slots=True)
class Half:
    """Half a one-time code, as it is shown once."""

    text: str

    @staticmethod
    def new() -> Half:
        """A fresh one."""
        drawn = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        return Half("-".join(drawn[at : at + 4] for at in range(0, _LENGTH, 4)))

    @property
    def sha256(self) -> str:
        """What is kept of it; spaces, dashes and case do not matter, nor O for 0 and I or L for 1."""
        plain = "".join(self.text.split()).replace("-", "").upper().translate(_READ_AS)
        return hashlib.sha256(plain.encode("utf-8")).hexdigest()


def open_claim(
    connection: Connection,
    proposal_id: int,
    staff_id: str,
    at: datetime,
    *,
    first: Half | None = None,
    second: Half | None = None,
) -> None:
    """Keep what checks a half: the first with the proposal, the second with its confirmation, from when the code counts. An
    earlier code of the same person counts no more."""
    if first is not None:
        connection.execute(
            insert(key_claims).values(
                proposal_id=proposal_id, staff_id=staff_id, first_sha256=first.sha256
            )
        )
    if second is not None:
        connection.execute(
            update(key_claims)
            .where(key_claims.c.staff_id == staff_id, key_claims.c.proposal_id != proposal_id)
            .values(tries=TRIES)
        )
        connection.execute(
            update(key_claims)
            .where(key_claims.c.proposal_id == proposal_id)
            .values(second_sha256=second.sha256, opened_at=at)
        )


def claim(
    engine: Engine,
    home: Home,
    staff_id: str,
    first: Half,
    second: Half,
    passphrase: str,
    at: datetime,
    *,
    is_invented: bool = False,
) -> PublicKey:
    """Make the own key, by both halves; one that they had counts no more. The entry is the owner's, proved by the new key.
    `is_invented`: of somebody of a simulation, whose passphrase may be published.

    Raises:
        PersonUnproved: no code is open for that id, or a half is wrong; one text, and the try is counted and noted.
        EntryRefused: the passphrase is too weak.
    """
    if not is_invented and (found := problems_of(passphrase, staff_id)):
        raise EntryRefused(" ".join(found))
    number = _counted_try(engine, staff_id, first, second, at)
    earlier = enrolled_keys(engine).get(staff_id)
    public = laid_ready(home, staff_id, passphrase).public
    actor = Actor(staff_id, at, proof=public.fingerprint)
    with engine.begin() as connection:
        used = connection.execute(
            update(key_claims)
            .where(key_claims.c.proposal_id == number, key_claims.c.used_at.is_(None))
            .values(used_at=at)
        )
        if used.rowcount != 1:
            raise PersonUnproved(WRONG)
        enrol_within(connection, actor, staff_id, earlier, public)
    take_place(home, staff_id)
    return public


def enrol_within(
    connection: Connection,
    actor: Actor,
    staff_id: str,
    earlier: PublicKey | None,
    public: PublicKey,
) -> None:
    """Enter a key whose file lies ready, and that an earlier one counts no more; whoever calls has decided that it may."""
    if earlier is not None:
        record_key(connection, actor, staff_id, earlier, is_withdrawn=True)
    record_key(connection, actor, staff_id, public, is_withdrawn=False)
    note(connection, actor.entry(Action.KEY_ENROLLED, ObjectKind.PERSON, staff_id))


def _counted_try(engine: Engine, staff_id: str, first: Half, second: Half, at: datetime) -> int:
    """The open code that these halves are of; every try counts before it is compared."""
    claims = key_claims.c
    with engine.begin() as connection:
        row = connection.execute(
            select(key_claims)
            .where(
                claims.staff_id == staff_id,
                claims.opened_at.is_not(None),
                claims.used_at.is_(None),
                claims.tries < TRIES,
            )
            .order_by(claims.proposal_id.desc())
        ).first()
        if row is not None:
            connection.execute(
                update(key_claims)
                .where(claims.proposal_id == row.proposal_id)
                .values(tries=claims.tries + 1)
            )
    is_right = (
        row is not None
        and at - row.opened_at <= HOLDS
        and hmac.compare_digest(row.first_sha256, first.sha256)
        & hmac.compare_digest(row.second_sha256, second.sha256)
    )
    if row is None or not is_right:
        with engine.begin() as connection:
            entry = Actor(staff_id if row is not None else "system", at).entry(
                Action.KEY_ENROLLED, ObjectKind.PERSON, staff_id, Result.REFUSED
            )
            note(connection, entry)
        raise PersonUnproved(WRONG)
    return int(row.proposal_id)
