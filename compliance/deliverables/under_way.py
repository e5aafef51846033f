"""Papers under way: a mail of which nobody knows whether it was taken is noted before its last byte goes out, and is not sent
again by itself (9)."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Engine, Integer, String, Table, delete, insert, select
from sqlalchemy.exc import IntegrityError

from compliance.deliverables.edition import Deliverable
from compliance.deliverables.handed_over import deliveries
from compliance.errors import Outdated
from compliance.ground.acts import Action, Actor, Entry, ObjectKind, note
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Kept

papers_under_way = table(
    "papers_under_way",
    Kept("送信中、又は届いたか分からない書類"),
    Column("kind", String(32), primary_key=True),
    Column("period", String(16), primary_key=True),
    Column("edition", Integer, primary_key=True),
    Column("destination", String(64), primary_key=True),
    Column("manifest_sha256", String(64), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("begun_by", String(32), nullable=False),
)


def begin(
    engine: Engine, actor: Actor, paper: Deliverable, destination: str, manifest_sha256: str
) -> None:
    """Note that from here on nobody can say whether an edition was taken, until the answer comes.

    Raises:
        Outdated: somebody else is sending it, or it was delivered in the meantime.
    """
    try:
        with engine.begin() as connection:
            if connection.execute(
                select(deliveries.c.kind).where(*_of(deliveries, paper, destination))
            ).first():
                raise Outdated(f"{paper.name} は、別の人が先に提出しました。")
            connection.execute(
                insert(papers_under_way).values(
                    kind=paper.kind,
                    period=paper.period,
                    edition=paper.edition,
                    destination=destination,
                    manifest_sha256=manifest_sha256,
                    begun_at=actor.at,
                    begun_by=actor.staff_id,
                )
            )
            note(connection, actor.entry(Action.PAPER_SENDING, ObjectKind.DELIVERABLE, paper.name))
    except IntegrityError as error:
        raise Outdated(f"{paper.name} は、別の人が送信しています。") from error


def under_way(engine: Engine, paper: Deliverable, destination: str) -> str | None:
    """The manifest's digest of an edition of which nobody knows if it was taken there; null where all is known."""
    query = select(papers_under_way.c.manifest_sha256).where(
        *_of(papers_under_way, paper, destination)
    )
    with engine.connect() as connection:
        found: str | None = connection.execute(query).scalar()
    return found


def settle(engine: Engine, paper: Deliverable, destination: str, said: Entry | None = None) -> None:
    """It is known what became of it; safe to repeat. `said` is the entry of whoever said so, where somebody did."""
    with engine.begin() as connection:
        if said is not None:
            note(connection, said)
        connection.execute(
            delete(papers_under_way).where(*_of(papers_under_way, paper, destination))
        )


def _of(of: Table, paper: Deliverable, destination: str) -> tuple[ColumnElement[bool], ...]:
    return (
        of.c.kind == paper.kind,
        of.c.period == paper.period,
        of.c.edition == paper.edition,
        of.c.destination == destination,
    )
