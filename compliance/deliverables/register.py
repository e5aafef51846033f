"""The register of papers: editions, digests, due dates, confirmation and delivery.

A paper is known by kind, period and edition. What decides about a new edition is the digest of its data:
unchanged data make nothing, a draft is replaced, and data that moved after delivery make the next
edition. One that the manager confirmed, or that was made on or after its due date, counts as delivered,
since it may have left the house. What left it, for where and with which receipt, stands in `deliveries`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Engine,
    ForeignKeyConstraint,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from compliance.errors import EntryRefused, Outdated
from compliance.ground.acts import SYSTEM, Action, Actor, Entry, ObjectKind, note
from compliance.ground.japan import TOKYO
from compliance.ground.operations import Instant, row_as, table
from compliance.ground.stores import Holds, Kept

deliverables = table(
    "deliverables",
    Kept("提出書類の版（従事者は番号、市民は通話番号のみ）", Holds.CALL_FACTS),
    Column("kind", String(32), primary_key=True),
    Column("period", String(16), primary_key=True),
    Column("edition", Integer, primary_key=True),
    Column("due_date", Date, nullable=False),
    Column("data_sha256", String(64), nullable=False),
    Column("data_json", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    Column("confirmed_by", String(32)),
    Column("delivered_at", Instant),
    Column("inputs_sha256", String(64), nullable=False, server_default=""),
    Column("checkpoint", String(80), nullable=False, server_default=""),
)
deliverable_files = table(
    "deliverable_files",
    Kept("提出書類のファイルと照合値"),
    Column("kind", String(32), primary_key=True),
    Column("period", String(16), primary_key=True),
    Column("edition", Integer, primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("content_sha256", String(64), nullable=False, server_default=""),
    ForeignKeyConstraint(
        ["kind", "period", "edition"],
        ["deliverables.kind", "deliverables.period", "deliverables.edition"],
    ),
)


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
class Deliverable:
    """One edition of a paper. `inputs_sha256` says from which inputs it was last judged; it saves
    work and decides nothing; `checkpoint` is the audit log's, as the paper prints it, else blank."""

    kind: str
    period: str
    edition: int
    due_date: date
    data_sha256: str
    data_json: str
    made_at: datetime
    delivered_at: datetime | None = None
    inputs_sha256: str = ""
    checkpoint: str = ""
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None

    @property
    def name(self) -> str:
        """What the log calls it: `weekly/2023-11-20/r1`."""
        return f"{self.kind}/{self.period}/r{self.edition}"

    @property
    def counts_as_delivered(self) -> bool:
        """Whether it may have left the house."""
        made_on = self.made_at.astimezone(TOKYO).date()
        return (
            self.delivered_at is not None
            or self.confirmed_at is not None
            or made_on >= self.due_date
        )


@dataclass(frozen=True, slots=True)
class DeliverableFile:
    """One file of an edition. Of a sealed one `sha256` and `size_bytes` are of what lies in the outbox, and
    `content_sha256` of what the city receives; of any other the latter is blank."""

    name: str
    sha256: str
    size_bytes: int
    content_sha256: str = ""


class Change(StrEnum):
    """What is to be done about a paper."""

    FIRST = "first"
    UNCHANGED = "unchanged"
    REPLACE_DRAFT = "replace_draft"
    NEW_EDITION = "new_edition"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done, and as which edition."""

    change: Change
    edition: int


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


def must_be_latest(engine: Engine, paper: Deliverable) -> None:
    """Whether an edition can be confirmed.

    Raises:
        EntryRefused: it is not the latest edition, or was made anew since it was looked at.
    """
    with engine.connect() as connection:
        _must_be_latest(connection, paper)


def _must_be_latest(connection: Connection, paper: Deliverable) -> Row[Any]:
    latest = _latest_edition(connection, paper)
    if latest != paper.edition:
        raise EntryRefused(
            f"{paper.name} はもう最新の版ではありません（第{latest}版）。最新の版を確認してください。"
        )
    row = connection.execute(select(deliverables).where(*_key_of(deliverables, paper))).one()
    if row.data_sha256 != paper.data_sha256:
        raise EntryRefused(
            f"{paper.name} は見た後に作り直されました。もう一度見てから確認してください。"
        )
    return row


def confirm(
    engine: Engine, actor: Actor, paper: Deliverable, files: Sequence[DeliverableFile] = ()
) -> bool:
    """Note that the manager confirmed an edition, whose files are those from now on; returns false where it was noted already.

    Raises:
        EntryRefused: it is not the latest edition, or was made anew since it was looked at.
    """
    with engine.begin() as connection:
        where = _key_of(deliverables, paper)
        if _must_be_latest(connection, paper).confirmed_at is not None:
            return False
        for file in files:
            connection.execute(
                update(deliverable_files)
                .where(*_key_of(deliverable_files, paper), deliverable_files.c.name == file.name)
                .values(
                    sha256=file.sha256,
                    size_bytes=file.size_bytes,
                    content_sha256=file.content_sha256,
                )
            )
        connection.execute(
            update(deliverables)
            .where(*where)
            .values(confirmed_at=actor.at, confirmed_by=actor.staff_id)
        )
        note(connection, actor.entry(Action.PAPER_CONFIRMED, ObjectKind.DELIVERABLE, paper.name))
    return True


def record_delivery(
    engine: Engine, actor: Actor, paper: Deliverable, destination: str, manifest_sha256: str
) -> bool:
    """Note that an edition was handed over; returns false where that was noted already.

    Raises:
        EntryRefused: nobody has confirmed it.
    """
    with engine.begin() as connection:
        where = _key_of(deliverables, paper)
        row = connection.execute(select(deliverables.c.confirmed_at).where(*where)).first()
        if row is None or row.confirmed_at is None:
            raise EntryRefused(
                f"{paper.name} は責任者の確認がまだです。確認してから提出してください。"
            )
        known = connection.execute(
            select(deliveries.c.kind).where(
                *_key_of(deliveries, paper), deliveries.c.destination == destination
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
        where = _key_of(deliveries, paper)
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


def latest_editions(engine: Engine) -> tuple[Deliverable, ...]:
    """Every paper in its latest edition, by kind and period."""
    query = select(deliverables).order_by(
        deliverables.c.kind, deliverables.c.period, deliverables.c.edition
    )
    with engine.connect() as connection:
        rows = {(row.kind, row.period): row for row in connection.execute(query)}
    return tuple(row_as(Deliverable, row) for row in rows.values())


def _latest_edition(connection: Connection, paper: Deliverable) -> int | None:
    query = (
        select(deliverables.c.edition)
        .where(deliverables.c.kind == paper.kind, deliverables.c.period == paper.period)
        .order_by(deliverables.c.edition.desc())
    )
    return connection.execute(query).scalar()


def _key_of(of: Table, paper: Deliverable) -> tuple[ColumnElement[bool], ...]:
    return (
        of.c.kind == paper.kind,
        of.c.period == paper.period,
        of.c.edition == paper.edition,
    )


def decide_edition(latest: Deliverable | None, data_sha256: str) -> Decision:
    """What a paper's present data ask for, given its latest edition. Pure."""
    if latest is None:
        return Decision(Change.FIRST, 1)
    if latest.data_sha256 == data_sha256:
        return Decision(Change.UNCHANGED, latest.edition)
    if latest.counts_as_delivered:
        return Decision(Change.NEW_EDITION, latest.edition + 1)
    return Decision(Change.REPLACE_DRAFT, latest.edition)


def editions(engine: Engine, kind: str, period: str) -> tuple[Deliverable, ...]:
    """Every edition of a paper, the first one first."""
    query = (
        select(deliverables)
        .where(deliverables.c.kind == kind, deliverables.c.period == period)
        .order_by(deliverables.c.edition)
    )
    with engine.connect() as connection:
        return tuple(row_as(Deliverable, row) for row in connection.execute(query))


def judged_inputs(engine: Engine, kind: str) -> dict[str, str]:
    """By period: the inputs from which a paper's latest edition was last judged."""
    query = (
        select(deliverables.c.period, deliverables.c.inputs_sha256)
        .where(deliverables.c.kind == kind)
        .order_by(deliverables.c.edition)
    )
    with engine.connect() as connection:
        return {row.period: row.inputs_sha256 for row in connection.execute(query)}


def note_judged(engine: Engine, paper: Deliverable, inputs_sha256: str) -> None:
    """Note that other inputs led to the same paper."""
    with engine.begin() as connection:
        connection.execute(
            update(deliverables)
            .where(
                deliverables.c.kind == paper.kind,
                deliverables.c.period == paper.period,
                deliverables.c.edition == paper.edition,
            )
            .values(inputs_sha256=inputs_sha256)
        )


def periods_made(engine: Engine, kind: str) -> tuple[str, ...]:
    """The periods for which papers of a kind were made, in order."""
    query = select(deliverables.c.period).where(deliverables.c.kind == kind).distinct()
    with engine.connect() as connection:
        return tuple(sorted(row.period for row in connection.execute(query)))


def registered(engine: Engine, paper: Deliverable) -> tuple[DeliverableFile, ...]:
    """The files of one edition as they were made, by name."""
    query = select(deliverable_files).where(
        deliverable_files.c.kind == paper.kind,
        deliverable_files.c.period == paper.period,
        deliverable_files.c.edition == paper.edition,
    )
    with engine.connect() as connection:
        return tuple(
            row_as(DeliverableFile, row) for row in connection.execute(query.order_by("name"))
        )


def registered_files(engine: Engine, paper: Deliverable) -> dict[str, str]:
    """File names of one edition, with the SHA-256 that they were made with."""
    return {file.name: file.sha256 for file in registered(engine, paper)}


def delivered_files(engine: Engine, kind: str, period: str) -> dict[str, str]:
    """File names of a paper's editions that count as delivered, with their SHA-256."""
    counted = {p.edition for p in editions(engine, kind, period) if p.counts_as_delivered}
    query = select(deliverable_files).where(
        deliverable_files.c.kind == kind, deliverable_files.c.period == period
    )
    with engine.connect() as connection:
        return {row.name: row.sha256 for row in connection.execute(query) if row.edition in counted}


def printed_checkpoints(engine: Engine) -> dict[str, str]:
    """The audit log's checkpoints as papers print them, by paper: `weekly/2023-11-20/r1`."""
    query = select(deliverables).where(deliverables.c.checkpoint != "")
    with engine.connect() as connection:
        return {
            f"{row.kind}/{row.period}/r{row.edition}": row.checkpoint
            for row in connection.execute(query)
        }


def record_deliverable(
    engine: Engine, paper: Deliverable, files: Sequence[DeliverableFile]
) -> None:
    """Register an edition whose files lie in the outbox; a draft of that edition is replaced.

    Raises:
        Outdated: somebody confirmed that draft meanwhile; what was confirmed stays.
    """
    key = {"kind": paper.kind, "period": paper.period, "edition": paper.edition}
    with engine.begin() as connection:
        draft = connection.execute(
            select(deliverables.c.confirmed_at).where(*_key_of(deliverables, paper))
        ).first()
        if draft is not None and draft.confirmed_at is not None:
            raise Outdated(
                f"{paper.name} was confirmed while it was made anew: the next run makes another edition."
            )
        for table in (deliverable_files, deliverables):
            connection.execute(
                delete(table).where(*(table.c[name] == value for name, value in key.items()))
            )
        connection.execute(insert(deliverables).values(**asdict(paper)))
        for file in files:
            connection.execute(insert(deliverable_files).values(**key, **asdict(file)))
        name = f"{paper.kind}/{paper.period}/r{paper.edition}"
        note(
            connection,
            Entry(paper.made_at, SYSTEM, Action.DELIVERABLE_MADE, ObjectKind.DELIVERABLE, name),
        )
