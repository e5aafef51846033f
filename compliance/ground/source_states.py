"""Which source could not be read, and since when; the papers of those days say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Column, Engine, String, delete, insert, select

from compliance.ground.operations import Instant, row_as, table
from compliance.ground.stores import Kept

source_states = table(
    "source_states",
    Kept("読めない取込み元"),
    Column("kind", String(32), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("detail", String(255), nullable=False),
    Column("since", Instant, nullable=False),
)


class SeenSource(Protocol):
    """What an ingest says of one source."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def detail(self) -> str: ...


@dataclass(frozen=True, slots=True)
class TroubledSource:
    """A source that is not all right: `missing`, `unreadable` or `partial`, with the reason."""

    kind: str
    name: str
    state: str
    detail: str
    since: datetime


def record_states(engine: Engine, kind: str, sources: Sequence[SeenSource], now: datetime) -> None:
    """Keep the sources of one kind that are not all right; one that recovered is dropped."""
    bad = {s.name: (str(s.state), s.detail[:255]) for s in sources if s.state != "ok"}
    with engine.begin() as connection:
        query = select(source_states).where(source_states.c.kind == kind)
        known = {row.name: (row.state, row.detail) for row in connection.execute(query)}
        for name in known.keys() - {n for n, state in bad.items() if known.get(n) == state}:
            connection.execute(
                delete(source_states).where(
                    source_states.c.kind == kind, source_states.c.name == name
                )
            )
        for name, (state, detail) in bad.items():
            if known.get(name) != (state, detail):
                connection.execute(
                    insert(source_states).values(
                        kind=kind, name=name, state=state, detail=detail, since=now
                    )
                )


def read_states(engine: Engine) -> tuple[TroubledSource, ...]:
    """Every source that is not all right, in order."""
    query = select(source_states).order_by(source_states.c.kind, source_states.c.name)
    with engine.connect() as connection:
        return tuple(row_as(TroubledSource, row) for row in connection.execute(query))
