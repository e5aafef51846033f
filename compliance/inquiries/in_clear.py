"""The records in force without their texts, held in memory: pages ask for them again and again, and the register grows for years.

Revisions are only ever added and words only ever blanked. What was added lately is read and put to what is held; as long as the
number of rows and the length of all sealed texts come out as the store says, what is held is what is stored. Else all is read anew.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, select

from compliance.inquiries.kept import KeptInquiry, inquiries, kept_of

_LATE = timedelta(hours=1)
"""A row that was written within this before the newest one known may have been committed after it."""

_FEW = 100
"""More records than these are sorted together."""

Size = tuple[int, int, int]
"""Rows, and the bytes of their sealed summaries and contacts."""


@dataclass(slots=True)
class HeldRecords:
    """What one store held when it was last asked."""

    size: Size = (0, 0, 0)
    newest: datetime | None = None
    ordered: tuple[KeptInquiry, ...] = ()
    _seen: set[tuple[str, int]] = field(default_factory=set)
    _latest: dict[str, tuple[int, KeptInquiry | None]] = field(default_factory=dict)

    def put(self, rows: Iterable[Any]) -> None:
        """Take in rows, those that are known already left aside."""
        count, summaries, contacts = self.size
        moved: dict[str, KeptInquiry | None] = {}
        for row in rows:
            if (row.inquiry_id, row.revision) in self._seen:
                continue
            self._seen.add((row.inquiry_id, row.revision))
            count += 1
            summaries += len(row.sealed_summary or b"")
            contacts += len(row.sealed_contact or b"")
            self.newest = max(self.newest or row.recorded_at, row.recorded_at)
            known = self._latest.get(row.inquiry_id)
            if known is None or known[0] < row.revision:
                moved.setdefault(row.inquiry_id, known[1] if known else None)
                kept = None if row.is_void else kept_of(row, None)
                self._latest[row.inquiry_id] = (row.revision, kept)
        self.size = (count, summaries, contacts)
        if len(moved) > _FEW:
            in_force = [kept for _, kept in self._latest.values() if kept is not None]
            self.ordered = tuple(sorted(in_force, key=_place))
        elif moved:
            self._move(moved)

    def _move(self, moved: Mapping[str, KeptInquiry | None]) -> None:
        """Put a few records to their places; each with what it was before."""
        ordered = list(self.ordered)
        for one, before in moved.items():
            if before is not None:
                at = bisect_left(ordered, _place(before), key=_place)
                while ordered[at].inquiry_id != one:  # others of the same call and number
                    at += 1
                del ordered[at]
            now = self._latest[one][1]
            if now is not None:
                insort(ordered, now, key=_place)
        self.ordered = tuple(ordered)


_HELD: WeakKeyDictionary[Engine, HeldRecords] = WeakKeyDictionary()
_ONE_AT_A_TIME = threading.Lock()


def records_in_clear(engine: Engine) -> tuple[KeptInquiry, ...]:
    """Every record in force in its latest revision without its texts, in the order of time."""
    with _ONE_AT_A_TIME, engine.connect() as connection:
        held, size = _HELD.get(engine), _size_of(connection)
        if held is not None and held.size == size:
            return held.ordered
        if held is not None and held.newest is not None:
            since = inquiries.c.recorded_at >= held.newest - _LATE
            held.put(connection.execute(select(inquiries).where(since)))
        if held is None or held.size != size:
            held = HeldRecords()
            held.put(connection.execute(select(inquiries)))
        _HELD[engine] = held
        return held.ordered


def _size_of(connection: Connection) -> Size:
    rows, summaries, contacts = connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(func.length(inquiries.c.sealed_summary)), 0),
            func.coalesce(func.sum(func.length(inquiries.c.sealed_contact)), 0),
        )
    ).one()
    return int(rows), int(summaries), int(contacts)


def _place(one: KeptInquiry) -> tuple[datetime, str, int]:
    return one.inquiry.at, one.inquiry.call_id, one.inquiry.number
