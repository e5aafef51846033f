"""What left the house, for where and with which receipt of the city (6(3)キ, 別紙2-12).

Only what was confirmed is handed over. Each hand-over and each receipt is an entry of the log; what cannot be noted is
refused by `EntryRefused`. A receipt's day is a civil day in Japan, instants are aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    Column,
    Date,
    Engine,
    Integer,
    String,
    insert,
    select,
    update,
)

from compliance.deliverables.edition import Deliverable, deliverables, rows_of
from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.japan import TOKYO
from compliance.ground.operations import Instant, row_as, table
from compliance.ground.stores import Kept

deliveries = table(
    "deliveries",
    Kept("提出の記録（あて先の媒体・受領）"),
    Column("kind", String(32), primary_key=True),
    Column("period", String(16), primary_key=True),
    Column("edition", Integer, primary_key=True),
    Column("destination", String(64), primary_key=True),
    Column("manifest_sha256", String(64), nullable=False),
    Column("delivered_at", Instant, nullable=False),
    Column("delivered_by", String(32), nullable=False),
    Column("received_on", Date),
    Column("receipt", String(64), nullable=False, server_default=""),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One edition handed over. `destination` is a label of the profile, `received_on` null until the receipt is noted."""

    kind: str
    period: str
    edition: int
    destination: str
    manifest_sha256: str
    delivered_at: datetime
    delivered_by: str
    received_on: date | None
    receipt: str


def record_delivery(
    engine: Engine, actor: Actor, paper: Deliverable, destination: str, manifest_sha256: str
) -> bool:
    """Note that an edition was handed over; returns false where that was noted already.

    Raises:
        EntryRefused: nobody has confirmed it.
    """
    with engine.begin() as connection:
        where = rows_of(deliverables, paper)
        row = connection.execute(select(deliverables.c.confirmed_at).where(*where)).first()
        if row is None or row.confirmed_at is None:
            raise EntryRefused(
                f"{paper.name} は責任者の確認がまだです。確認してから提出してください。"
            )
        known = connection.execute(
            select(deliveries.c.kind).where(
                *rows_of(deliveries, paper), deliveries.c.destination == destination
            )
        ).first()
        if known is not None:
            return False
        connection.execute(
            insert(deliveries).values(
                kind=paper.kind,
                period=paper.period,
                edition=paper.edition,
                destination=destination,
                manifest_sha256=manifest_sha256,
                delivered_at=actor.at,
                delivered_by=actor.staff_id,
            )
        )
        connection.execute(
            update(deliverables)
            .where(*where, deliverables.c.delivered_at.is_(None))
            .values(delivered_at=actor.at)
        )
        note(connection, actor.entry(Action.PAPER_DELIVERED, ObjectKind.DELIVERABLE, paper.name))
    return True


def record_receipt(
    engine: Engine, actor: Actor, paper: Deliverable, received_on: date, receipt: str
) -> None:
    """Note the city's receipt of an edition.

    Raises:
        EntryRefused: it was not delivered, or the receipt is dated before that or later than today.
    """
    with engine.begin() as connection:
        where = rows_of(deliveries, paper)
        rows = connection.execute(select(deliveries.c.delivered_at).where(*where)).fetchall()
        if not rows:
            raise EntryRefused(f"{paper.name} はまだ提出されていません。")
        first = min(row.delivered_at for row in rows).astimezone(TOKYO).date()
        if not first <= received_on <= actor.at.astimezone(TOKYO).date():
            raise EntryRefused("受領の日付が、提出の日から今日までの間にありません。")
        connection.execute(
            update(deliveries).where(*where).values(received_on=received_on, receipt=receipt)
        )
        note(connection, actor.entry(Action.RECEIPT_RECORDED, ObjectKind.DELIVERABLE, paper.name))


def deliveries_of(engine: Engine, kind: str, period: str) -> tuple[Delivery, ...]:
    """Every hand-over of a paper, in order."""
    query = (
        select(deliveries)
        .where(deliveries.c.kind == kind, deliveries.c.period == period)
        .order_by(deliveries.c.edition, deliveries.c.delivered_at)
    )
    with engine.connect() as connection:
        return tuple(row_as(Delivery, row) for row in connection.execute(query))
