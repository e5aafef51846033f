"""What waits for whom, as numbers beside the menu, and urgent complaints pushed to whoever tells the city (6(3)オ).

The numbers are those of the pages they stand beside (of calls: those of the last business day without a record), counted from the same lists. They are worked out once for everybody: what
registers hold every second at most, what needs the warehouse every fifteen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from compliance.errors import HomeBusy
from compliance.inquiries.follow_up import OpenCallback, open_callbacks, untold, urgent_complaints
from compliance.inquiries.register import latest
from compliance.people.rights import Right
from compliance.registers.entries import entries
from compliance.registers.known import CALLBACKS, ESCALATIONS
from compliance.sign_in.sessions import Visitor
from desk.own import may_read
from desk.services import Services
from desk.sign_in import visitor

FRESH_SECONDS, BUILT_SECONDS = 1.0, 15.0
Value = TypeVar("Value")


class Fresh(Generic[Value]):
    """What is worked out at most once in so many seconds, by one at a time; whoever asks meanwhile has the last one."""

    def __init__(self, seconds: float, work: Callable[[], Value]) -> None:
        self._seconds, self._work = seconds, work
        self._lock = threading.Lock()
        self._at = float("-inf")
        self._found: list[Value] = []

    def __call__(self) -> Value:
        """The value, so many seconds old at most."""
        with self._lock:
            if time.monotonic() - self._at >= self._seconds:
                self._found = [self._work()]
                self._at = time.monotonic()
            return self._found[0]


class CountPages:
    """The answer, over the services, to whoever has a session: each counts what the own pages list."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._floor = Fresh(FRESH_SECONDS, self._of_registers)
        self._built = Fresh(BUILT_SECONDS, self._of_warehouse)

    async def show(self, request: Request) -> Response:
        """Numbers by the path of their page, and how many urgent complaints nobody has telephoned the city about."""
        who = visitor(request)
        counts, urgent = await run_in_threadpool(self._counted, who)
        return JSONResponse({"counts": counts, "urgent": urgent})

    def _counted(self, who: Visitor) -> tuple[dict[str, int], int]:
        counts: dict[str, int] = {}
        urgent = 0
        if who.may(Right.WRITE_INQUIRY):
            open_, urgent_open, untold_open = self._floor()
            counts["/callbacks"] = sum(may_read(who, one.inquiry) for one in open_)
            if who.may(Right.TELL_THE_CITY):
                urgent = urgent_open
                counts["/escalations"] = urgent_open + untold_open
        if who.may(Right.TELL_THE_CITY) or who.may(Right.LISTEN):
            built = self._built()
            shown = {
                "/messages": Right.LISTEN,
                "/calls": Right.TELL_THE_CITY,
                "/papers": Right.CONFIRM_PAPER,
            }
            counts |= {
                path: built[path]
                for path, right in shown.items()
                if path in built and who.may(right)
            }
        return counts, urgent

    def _of_registers(self) -> tuple[list[OpenCallback], int, int]:
        s = self._services
        kept, noted = latest(s.engine), entries(s.engine, ESCALATIONS)
        urgent = [one for one in urgent_complaints(kept, noted, s.now()) if one.told_at is None]
        return (
            open_callbacks(kept, entries(s.engine, CALLBACKS)),
            len(urgent),
            len(untold(kept, noted)),
        )

    def _of_warehouse(self) -> dict[str, int]:
        """What is not known while the warehouse is built has no number."""
        s = self._services
        found: dict[str, int] = {}
        if s.sounds is not None:
            with suppress(HomeBusy):
                found["/messages"] = len(s.sounds.waiting())
        if s.unrecorded is not None:
            with suppress(HomeBusy):
                found["/calls"] = s.unrecorded()
        if s.morning is not None:
            with suppress(HomeBusy):
                found["/papers"] = len(s.morning().unconfirmed)
        return found
