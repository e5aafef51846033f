"""One edition of a paper: the tables that keep it and its files, their values, and when data ask for another edition.

A paper is known by kind, period and edition. What decides about a new edition is the digest of its data: unchanged data make
nothing, a draft is replaced, and data that moved after delivery make the next edition. One that the manager confirmed, or
that was made on or after its due date, counts as delivered, since it may have left the house (6(3)エ). Digests are SHA-256
in hexadecimal, sizes in bytes, instants aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    Text,
)

from compliance.ground.japan import TOKYO
from compliance.ground.operations import Instant, table
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


def rows_of(of: Table, paper: Deliverable) -> tuple[ColumnElement[bool], ...]:
    """What selects the rows of an edition in a table."""
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
