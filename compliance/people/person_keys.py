"""Whose public key signs, and since when: a history that only grows.

A key is enrolled once and may be withdrawn once; nobody has two in force. What somebody signed with a key that was
withdrawn since can still be checked, but opens nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, Row, String, Text, insert, select

from compliance.ground.acts import Actor
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.keys.signing import PublicKey

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
ENROLLED, WITHDRAWN = "enrolled", "withdrawn"


@dataclass(frozen=True, slots=True)
class EnrolledKey:
    """Somebody's key in force, since an instant."""

    staff_id: str
    public: PublicKey
    enrolled_at: datetime


def keys_in_force(engine: Engine) -> Mapping[str, EnrolledKey]:
    """The keys in force with the moment of their enrolment, by staff id."""
    with engine.connect() as connection:
        return {row.staff_id: _key(row) for row in _in_force(connection)}


def enrolled_keys(engine: Engine) -> dict[str, PublicKey]:
    """The keys in force, by staff id."""
    return {staff_id: key.public for staff_id, key in keys_in_force(engine).items()}


def known_keys(engine: Engine) -> dict[str, EnrolledKey]:
    """Every key that was ever enrolled, by fingerprint: what somebody signed with a key since withdrawn stays."""
    query = select(person_keys).where(person_keys.c.state == ENROLLED)
    with engine.connect() as connection:
        return {row.fingerprint: _key(row) for row in connection.execute(query)}


def is_founded(engine: Engine) -> bool:
    """Whether anybody ever enrolled a key; from then on whoever acts must prove who they are."""
    with engine.connect() as connection:
        return was_enrolled(connection)


def was_enrolled(connection: Connection) -> bool:
    """`is_founded`, within a transaction."""
    return connection.execute(select(person_keys.c.staff_id).limit(1)).first() is not None


def record_key(
    connection: Connection, actor: Actor, staff_id: str, public: PublicKey, *, is_withdrawn: bool
) -> None:
    """Enter a key as enrolled, or as counting no more."""
    connection.execute(
        insert(person_keys).values(
            fingerprint=public.fingerprint,
            revision=2 if is_withdrawn else 1,
            staff_id=staff_id,
            state=WITHDRAWN if is_withdrawn else ENROLLED,
            public_pem=public.as_pem().decode("ascii"),
            recorded_at=actor.at,
            recorded_by=actor.staff_id,
        )
    )


def _in_force(connection: Connection) -> list[Row[Any]]:
    query = select(person_keys).order_by(person_keys.c.recorded_at, person_keys.c.revision)
    latest = {row.fingerprint: row for row in connection.execute(query)}
    return [row for row in latest.values() if row.state == ENROLLED]


def _key(row: Row[Any]) -> EnrolledKey:
    return EnrolledKey(
        row.staff_id, PublicKey.from_pem(row.public_pem.encode("ascii")), row.recorded_at
    )
