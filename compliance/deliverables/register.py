"""The register of papers: which editions (`edition`) were made of which files, judged from what, and confirmed by whom (9(1)).

An edition is entered once its files lie in the outbox, as a confirmation is, with its entry of the log. What cannot be
confirmed is refused by `EntryRefused`; a draft that was confirmed while it was made anew, by `Outdated`. What left the
house stands in `handed_over`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    delete,
    insert,
    select,
    update,
)

from compliance.deliverables.edition import (
    Deliverable,
    DeliverableFile,
    deliverable_files,
    deliverables,
    rows_of,
)
from compliance.errors import EntryRefused, Outdated
from compliance.ground.acts import SYSTEM, Action, Actor, Entry, ObjectKind, note
from compliance.ground.operations import row_as


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
    row = connection.execute(select(deliverables).where(*rows_of(deliverables, paper))).one()
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
        where = rows_of(deliverables, paper)
        if _must_be_latest(connection, paper).confirmed_at is not None:
            return False
        for file in files:
            connection.execute(
                update(deliverable_files)
                .where(*rows_of(deliverable_files, paper), deliverable_files.c.name == file.name)
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


def kinds_made(engine: Engine) -> tuple[str, ...]:
    """The kinds of which any paper was made, in order."""
    with engine.connect() as connection:
        return tuple(sorted(connection.execute(select(deliverables.c.kind).distinct()).scalars()))


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
            select(deliverables.c.confirmed_at).where(*rows_of(deliverables, paper))
        ).first()
        if draft is not None and draft.confirmed_at is not None:
            raise Outdated(
                f"{paper.name} は、作り直している間に確認されました。次の実行で新しい版を作ります。"
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
