"""The table of accounts: each change is a further revision. `accounts` says what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, Connection, Integer, LargeBinary, String, insert, select

from compliance.ground.acts import Actor
from compliance.ground.operations import Instant, row_as, table
from compliance.ground.stores import Holds, Kept

accounts = table(
    "accounts",
    Kept("画面のアカウント（パスワードはArgon2id、確認コードの秘密は暗号化）", Holds.STAFF),
    Column("staff_id", String(32), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("is_open", Boolean, nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("sealed_second", LargeBinary),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
)
used_codes = table(
    "used_codes",
    Kept("使用済みの確認コードの時刻（30秒単位の番号）", Holds.STAFF),
    Column("staff_id", String(32), primary_key=True),
    Column("step", Integer, primary_key=True),
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account that is open, in its latest revision."""

    staff_id: str
    revision: int
    is_open: bool
    password_hash: str
    must_change: bool
    sealed_second: bytes | None
    recorded_at: datetime
    recorded_by: str


def account_of(connection: Connection, staff_id: str) -> Account | None:
    """Somebody's open account, or null."""
    latest = latest_of(connection, staff_id)
    return latest if latest is not None and latest.is_open else None


def latest_of(connection: Connection, staff_id: str) -> Account | None:
    """The latest revision of somebody's account, closed or not, or null."""
    query = (
        select(accounts)
        .where(accounts.c.staff_id == staff_id)
        .order_by(accounts.c.revision.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else row_as(Account, row)


def add_revision(
    connection: Connection,
    actor: Actor,
    before: Account | None,
    staff_id: str,
    *,
    is_open: bool = True,
    password_hash: str,
    must_change: bool,
    sealed_second: bytes | None,
) -> None:
    """The next revision of an account."""
    connection.execute(
        insert(accounts).values(
            staff_id=staff_id,
            revision=1 if before is None else before.revision + 1,
            is_open=is_open,
            password_hash=password_hash,
            must_change=must_change,
            sealed_second=sealed_second,
            recorded_at=actor.at,
            recorded_by=actor.staff_id,
        )
    )
