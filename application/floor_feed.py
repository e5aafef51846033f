"""Listening to the exchange beside a service: a thread of its own keeps what the board reads, and writes down what is to land."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from application.home.settings import Settings
from application.pbx_access import access_to_manager
from compliance.errors import ComplianceError
from compliance.ground.clock import ClockKind
from compliance.ground.home import Home
from compliance.keys.pseudonym_key import existing_pseudonym_key
from telephony_ingest.ami.feed import ManagerFeed
from telephony_ingest.ami.journal import ManagerJournal
from telephony_ingest.ami.listening import ManagerAccess, listen
from telephony_ingest.landing.names import Names
from telephony_ingest.landing.pseudonyms import Pseudonyms

_END_SECONDS = 3.0


@contextmanager
def listening_to_exchange(
    settings: Settings,
    home: Home,
    engine: Engine,
    now: Callable[[], datetime],
    clock: ClockKind,
    tell: Callable[[str], object] = lambda _: None,
) -> Iterator[ManagerFeed | None]:
    """Listen while the block lasts; null where `[pbx.ami]` is not written, or the home lives by a simulated clock.
    `tell` hears why nothing is heard."""
    ami = settings.pbx.ami
    if ami is None or clock is ClockKind.SIMULATED:
        yield None
        return

    def access() -> ManagerAccess:
        return access_to_manager(ami, home, engine, now())

    def names() -> Names | None:
        try:
            return Pseudonyms.from_key(existing_pseudonym_key(home)).names
        except ComplianceError as error:
            tell(f"what it tells of holds is not written down: {error}")
            return None

    feed = ManagerFeed(now, tell=tell)
    journal = ManagerJournal(home.heard, names, tell)
    loop = asyncio.new_event_loop()
    task = loop.create_task(listen(access, feed, now, journal))
    thread = threading.Thread(target=partial(_work, loop, task), name="exchange", daemon=True)
    thread.start()
    try:
        yield feed
    finally:
        with contextlib.suppress(RuntimeError):  # it ended by itself
            loop.call_soon_threadsafe(task.cancel)
        thread.join(_END_SECONDS)


def _work(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    with contextlib.closing(loop), contextlib.suppress(asyncio.CancelledError):
        loop.run_until_complete(task)
