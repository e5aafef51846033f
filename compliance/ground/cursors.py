"""How far each source was read: a cache. Landing's file names are the truth and win."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Engine, String, delete, insert, select

from compliance.ground.operations import Instant, table
from compliance.ground.stores import Kept

cursors = table(
    "cursors",
    Kept("どこまで読んだか（控え）"),
    Column("source_id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("source_name", String(255), nullable=False),
    Column("end_offset", BigInteger, nullable=False),
    Column("updated_at", Instant, nullable=False),
)


class CursorStore:
    """End offsets by source, in the operations database."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        self._engine = engine
        self._now = now

    def end_of(self, source_id: str) -> int | None:
        """The byte offset up to which a source was read, as far as this cache knows."""
        with self._engine.connect() as connection:
            query = select(cursors.c.end_offset).where(cursors.c.source_id == source_id)
            return connection.execute(query).scalar()

    def move(self, source_id: str, kind: str, source_name: str, end_offset: int) -> None:
        """Note how far a source was read; a cursor that stands there already is left alone."""
        with self._engine.begin() as connection:
            query = select(cursors).where(cursors.c.source_id == source_id)
            row = connection.execute(query).first()
            if row is not None and (row.end_offset, row.source_name) == (end_offset, source_name):
                return
            connection.execute(delete(cursors).where(cursors.c.source_id == source_id))
            connection.execute(
                insert(cursors).values(
                    source_id=source_id,
                    kind=kind,
                    source_name=source_name,
                    end_offset=end_offset,
                    updated_at=self._now,
                )
            )
