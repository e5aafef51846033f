"""The start of an act that destroys or hands out, signed by whoever does it: over the very thing, used once, for minutes.

A session tells who sits at a screen; it destroys nothing. Whoever executes signs an order with the own key, whose
passphrase they type at the desk or at a command; the job or command that acts uses the order up in the same transaction
in which it begins, and refuses without. The log and the certificate name the signer. What the order is over (`over`) must be
exactly what the act would do: a case that moved on, another epoch, another witness need another order.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Connection, Engine, Row, String, Text, insert, select, update

from compliance.errors import NotOrdered
from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.ground.one_form import sorted_form
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.keys.signing import PublicKey, SigningKey
from compliance.people.person_keys import enrolled_keys

HOLDS = timedelta(minutes=10)
"""So long after the signature the act may begin."""
STATEMENT = "madoguchi/order"
_MEMBERS = frozenset({"act", "by", "expires_at", "nonce", "object", "statement"})
"""What every order says beside what it is over."""


class Ordered(StrEnum):
    """The acts that take an order."""

    ERASURE_EXECUTE = "erasure_execute"
    """Destroying what a case was authorised for, or going on with what was cut off."""
    ERASURE_TASKS = "erasure_tasks"
    """Destroying what an erasure could not reach."""
    RECORDING_EXPORT = "recording_export"
    """Handing one recording out."""
    RECORDINGS_RETURN = "recordings_return"
    """Handing recordings over to the city."""
    KEY_COPY_DESTROY = "key_copy_destroy"
    """Destroying a registered copy of the secrets."""

    @property
    def title_ja(self) -> str:
        """What screens call it."""
        return {
            "erasure_execute": "消去の実施",
            "erasure_tasks": "消去の残務の処理",
            "recording_export": "録音の持出し",
            "recordings_return": "録音の返還",
            "key_copy_destroy": "鍵の控えの破棄",
        }[self.value]


signed_orders = table(
    "signed_orders",
    Kept("実施者の署名（開始の指示）", Holds.STAFF),
    Column("nonce", String(32), primary_key=True),
    Column("act", String(32), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("staff_id", String(32), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("statement", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("signed_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)


@dataclass(frozen=True, slots=True)
class Order:
    """One signed order. `over` is what the act must do exactly; `signature` is base64 of DER."""

    nonce: str
    act: Ordered
    object_id: str
    staff_id: str
    fingerprint: str
    statement: str
    signature: str
    signed_at: datetime
    expires_at: datetime
    used_at: datetime | None

    @property
    def over(self) -> Mapping[str, Any]:
        """What it is over, beside act, object and signer."""
        members = json.loads(self.statement)
        return {name: value for name, value in members.items() if name not in _MEMBERS}

    def is_signed_by(self, public: PublicKey | None) -> bool:
        """Whether it is by this key."""
        return (
            public is not None
            and public.fingerprint == self.fingerprint
            and public.has_signed(self.statement.encode("ascii"), base64.b64decode(self.signature))
        )


def give(
    engine: Engine,
    actor: Actor,
    key: SigningKey,
    act: Ordered,
    object_id: str,
    over: Mapping[str, Any],
) -> Order:
    """Sign an order for oneself; whoever calls has decided that they have the right to the act."""
    nonce = secrets.token_hex(16)
    expires_at = (actor.at + HOLDS).replace(microsecond=0)
    text = sorted_form(
        {
            **over,
            "act": act.value,
            "by": actor.staff_id,
            "expires_at": expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "nonce": nonce,
            "object": object_id,
            "statement": STATEMENT,
        }
    )
    order = Order(
        nonce,
        act,
        object_id,
        actor.staff_id,
        key.public.fingerprint,
        text.decode("ascii"),
        base64.b64encode(key.sign(text)).decode("ascii"),
        actor.at,
        expires_at,
        None,
    )
    with engine.begin() as connection:
        connection.execute(
            insert(signed_orders).values(
                nonce=order.nonce,
                act=order.act.value,
                object_id=order.object_id,
                staff_id=order.staff_id,
                fingerprint=order.fingerprint,
                statement=order.statement,
                signature=order.signature,
                signed_at=order.signed_at,
                expires_at=order.expires_at,
            )
        )
        note(connection, actor.entry(Action.ORDER_SIGNED, ObjectKind.ORDER, order.nonce))
    return order


def order_for(
    engine: Engine,
    actor: Actor,
    act: Ordered,
    object_id: str,
    over: Mapping[str, Any] | None = None,
) -> Order | None:
    """The newest order by which the actor may begin: their own, by their key in force, unused, of this minute, over exactly
    `over` (null: over anything of this object, for whoever wants to see what it is over); null where there is none."""
    public = enrolled_keys(engine).get(actor.staff_id)
    orders = signed_orders.c
    query = (
        select(signed_orders)
        .where(
            orders.act == act.value,
            orders.object_id == object_id,
            orders.staff_id == actor.staff_id,
            orders.used_at.is_(None),
            orders.signed_at <= actor.at,
            orders.expires_at > actor.at,
        )
        .order_by(orders.signed_at.desc(), orders.nonce)
    )
    with engine.connect() as connection:
        found = [_order(row) for row in connection.execute(query)]
    for order in found:
        if order.is_signed_by(public) and (over is None or dict(order.over) == dict(over)):
            return order
    return None


def use(connection: Connection, actor: Actor, order: Order) -> None:
    """Use an order up, within the transaction in which its act begins.

    Raises:
        NotOrdered: it was used meanwhile, or ran out.
    """
    used = connection.execute(
        update(signed_orders)
        .where(
            signed_orders.c.nonce == order.nonce,
            signed_orders.c.used_at.is_(None),
            signed_orders.c.expires_at > actor.at,
        )
        .values(used_at=actor.at)
    )
    if used.rowcount != 1:
        raise NotOrdered(refusal_ja(order.act))
    note(connection, actor.entry(Action.ORDER_USED, ObjectKind.ORDER, order.nonce))


def refuse_unordered(
    engine: Engine, actor: Actor, act: Ordered, object_id: str, over: Mapping[str, Any]
) -> Order:
    """The order by which the actor may begin.

    Raises:
        NotOrdered: there is none; that it was tried is an entry.
    """
    order = order_for(engine, actor, act, object_id, over)
    if order is not None:
        return order
    with engine.begin() as connection:
        note(
            connection, actor.entry(Action.ORDER_USED, ObjectKind.ORDER, object_id, Result.REFUSED)
        )
    raise NotOrdered(refusal_ja(act))


def refusal_ja(act: Ordered) -> str:
    """What is said where the order is missing, with what to do."""
    return f"「{act.title_ja}」の開始に、実施者本人の署名がありません（有効10分・1回限り）。何も行っていません。{_HOW[act]}"


_AT_THE_DESK = "デスクの「消去」で本人がパスフレーズにより署名してから実行するか、`madoguchi erasure` のコマンドで行ってください。"
_AT_THE_COMMAND = "コマンドで本人がパスフレーズを入力して、改めて行ってください。"
_HOW = {
    Ordered.ERASURE_EXECUTE: _AT_THE_DESK,
    Ordered.ERASURE_TASKS: _AT_THE_DESK,
    Ordered.RECORDING_EXPORT: _AT_THE_COMMAND,
    Ordered.RECORDINGS_RETURN: _AT_THE_COMMAND,
    Ordered.KEY_COPY_DESTROY: _AT_THE_COMMAND,
}


def _order(row: Row[Any]) -> Order:
    return Order(
        row.nonce,
        Ordered(row.act),
        row.object_id,
        row.staff_id,
        row.fingerprint,
        row.statement,
        row.signature,
        row.signed_at,
        row.expires_at,
        row.used_at,
    )
