"""Two hundred people post while the service is killed again and again: what was acknowledged is there, and is there once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import pytest

from compliance.audit.log import AuditFolder, AuditLog, entries
from compliance.ground.operations import open_operations
from compliance.inquiries.register import latest
from tests.bench.desk import EARLIER, Centre, Load, end, work

KILLS, LASTS = 3, 360.0
THINK = (1.0, 4.0)
BETWEEN = 300  # answers in between two kills


async def killed(centre: Centre) -> Load:
    """Everybody at work, each post sent twice, while the service dies without a word and is begun again.

    It dies in the midst of answers, however slow the machine is: each time once so many more were given.
    """
    process, load = await asyncio.to_thread(centre.start), Load()
    at_work = asyncio.create_task(work(centre, LASTS, THINK, times=2, asks_every=0, load=load))
    try:
        for _ in range(KILLS):
            answered = len(load.seconds)
            while len(load.seconds) < answered + BETWEEN and not at_work.done():
                await asyncio.sleep(0.05)
            process.kill()
            process.wait(10)
            process = await asyncio.to_thread(centre.start)
        load.until = time.monotonic()
        return await at_work
    finally:
        at_work.cancel()
        await asyncio.to_thread(end, process)


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_no_acknowledged_record_is_lost_and_none_is_doubled_whatever_kills_the_service(
    tmp_path: Path,
) -> None:
    centre = Centre.made(tmp_path)
    load = asyncio.run(killed(centre))
    kept = centre.kept()
    del kept[""]
    assert load.acknowledged, "somebody was at work"
    assert len(load.seconds) >= KILLS * BETWEEN and load.broken > 0, "and was cut off"
    assert load.refused == []
    assert load.acknowledged - kept.keys() == set()
    assert {summary: n for summary, n in kept.items() if n > 1} == {}
    engine = open_operations(centre.home.operations_url)
    AuditLog(centre.home).drain(engine)
    noted = Counter(
        entry["object_id"]
        for entry in entries(AuditFolder(centre.home.audit))
        if entry["action"] == "inquiry_entered"
    )
    ids = [one.inquiry_id for one in latest(engine)]
    engine.dispose()
    assert len(ids) == EARLIER + len(kept)
    assert noted == Counter(ids), "each has one entry of the log"
