"""The floor as it is known now, handed from whoever listens to whoever looks: known, or unknown since a moment; never a zero instead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from telephony_ingest.ami.blocks import ManagerBlock
from telephony_ingest.ami.floor import FloorNow, ManagerFloor

STALE_SECONDS = 10.0
"""Nothing heard for so long, not even an answer to a ping: nobody listens any more, whatever was said."""


class ManagerFeed:
    """Shared by the thread that listens and those that serve pages. `trouble` is what keeps it from listening, blank where nothing does;
    `tell` is called with it when it changes, `seconds` is a clock that is never set."""

    def __init__(
        self,
        now: Callable[[], datetime],
        seconds: Callable[[], float] = time.monotonic,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._lock = threading.Lock()
        self._now, self._seconds, self._tell = now, seconds, tell
        self._floor: ManagerFloor | None = None
        self._last: ManagerFloor | None = None
        self._heard = self._seconds()
        self._heard_at = self._now()
        self.trouble = ""

    def known(self, floor: ManagerFloor) -> None:
        """The floor was resynchronised."""
        with self._lock:
            self._floor = self._last = floor
            self.trouble = ""

    def heard(self) -> None:
        """Something came from the exchange."""
        with self._lock:
            self._heard, self._heard_at = self._seconds(), self._now()

    def take(self, block: ManagerBlock) -> None:
        """An event, where the floor is known."""
        with self._lock:
            if self._floor is not None:
                self._floor.take(block, self._now())

    def lost(self, trouble: str = "") -> None:
        """The connection is gone: from the last thing heard on nothing is known."""
        with self._lock:
            self._floor = None
            is_news, self.trouble = trouble != self.trouble, trouble
        if is_news:
            self._tell(trouble)

    @property
    def before(self) -> ManagerFloor | None:
        """The floor as it was known last."""
        return self._last

    @property
    def unknown_since(self) -> datetime | None:
        """Since when it is not known what the floor does; null where it is."""
        with self._lock:
            return None if self._is_known() else self._heard_at

    def floor(
        self, operators: Mapping[str, str], trunk_prefixes: tuple[str, ...] = ()
    ) -> FloorNow | None:
        """The floor now, as `ManagerFloor.now` says it; null while it is unknown."""
        with self._lock:
            if self._floor is None or not self._is_known():
                return None
            return self._floor.now(operators, trunk_prefixes)

    def _is_known(self) -> bool:
        return self._floor is not None and self._seconds() - self._heard <= STALE_SECONDS
