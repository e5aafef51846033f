"""The register of papers: editions, digests, due dates, confirmation and delivery.

A paper is known by kind, period and edition. What decides about a new edition is the digest of its data:
unchanged data make nothing, a draft is replaced, and data that moved after delivery make the next
edition. Until a person confirms papers, one that was made on or after its due date counts as
delivered, since it may have left the house.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Engine,
    ForeignKeyConstraint,
    Integer,
    String,
    Text,
    delete,
    insert,
    select,
    update,
)

from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind, note
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

    @property
    def counts_as_delivered(self) -> bool:
        """Whether it may have left the house."""
        made_on = self.made_at.astimezone(TOKYO).date()
        return self.delivered_at is not None or made_on >= self.due_date


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
    """Register an edition whose files lie in the outbox; a draft of that edition is replaced."""
    key = {"kind": paper.kind, "period": paper.period, "edition": paper.edition}
    with engine.begin() as connection:
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
