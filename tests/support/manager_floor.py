"""The recorded manager interface, read without a cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from telephony_ingest.ami.blocks import ManagerBlock
from telephony_ingest.ami.floor import WANTED, FloorNow, ManagerFloor
from tests.telephony_ingest.manager_stream import OPERATORS, blocks

NEVER = datetime(2000, 1, 1, tzinfo=UTC)

TRUNK = ("PJSIP/trunk",)

SECOND = timedelta(seconds=1)


@cache
def uncut() -> tuple[tuple[int, FloorNow], ...]:
    """The floor after each event that changes one, by the event's place in the stream."""
    floor, found = ManagerFloor(), []
    for place, text in enumerate(blocks()):
        block = ManagerBlock(text)
        if block.get("Event") == "FullyBooted":
            floor.forget_calls()
        if block.event in WANTED:
            floor.take(block, NEVER)
            found.append((place, floor.now(OPERATORS, TRUNK)))
    return tuple(found)


def same(found: FloorNow, wanted: FloorNow) -> bool:
    """The same floor; a since that was asked for is whole seconds, and null where it cannot be asked."""

    def near(one: datetime | None, other: datetime | None) -> bool:
        return one is None or other is None or abs(one - other) <= SECOND

    return (
        [(one.call_id, one.queue) for one in sorted(found.waiting, key=lambda one: one.call_id)]
        == [(one.call_id, one.queue) for one in sorted(wanted.waiting, key=lambda one: one.call_id)]
        and all(abs(a.since - b.since) <= SECOND for a in found.waiting for b in wanted.waiting if a.call_id == b.call_id)
        and [(one.operator, one.doing, one.reason) for one in found.operators]
        == [(one.operator, one.doing, one.reason) for one in wanted.operators]
        and all(near(a.since, b.since) for a, b in zip(found.operators, wanted.operators, strict=True))
        and [one.call_id for one in found.lines] == [one.call_id for one in wanted.lines]
        and all(near(a.since, b.since) for a, b in zip(found.lines, wanted.lines, strict=True))
    )  # fmt: skip
