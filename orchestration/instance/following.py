"""A page that follows a run is told what is noted of it: one thread for all pages, and only while there are any."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress

_LOG = logging.getLogger(__name__)
_LOOKS_EVERY = 0.25
"""Seconds."""

Sign = Callable[[], object]
"""What is another after each commit of anybody that could matter; asking for it is cheap."""


class Follower:
    """Looks until nobody watches, and goes on after an error. `opened` gives a sign of the log, `tell` tells whoever watches what
    is new, `is_watched` says whether anybody does; all under `turn`."""

    def __init__(
        self,
        opened: Callable[[], AbstractContextManager[Sign]],
        tell: Callable[[], object],
        is_watched: Callable[[], bool],
    ) -> None:
        self.turn = threading.RLock()
        self._opened, self._tell, self._is_watched = opened, tell, is_watched
        self._thread: threading.Thread | None = None
        self._is_over = threading.Event()
        self._seen: object = None

    def begin(self) -> None:
        """Look from now on; what was noted between a page's reading and its watch is told at once."""
        with self.turn:
            self._seen = None
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._follow, name="event-log-follower", daemon=True
                )
                self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._is_over.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2)

    def _follow(self) -> None:
        sign: Sign | None = None
        is_told = False
        with ExitStack() as open_:
            while not self._is_over.wait(_LOOKS_EVERY):
                with self.turn:
                    if not self._is_watched():
                        self._thread = None
                        break
                    try:
                        sign = sign or open_.enter_context(self._opened())
                        now = sign()
                        if now != self._seen:
                            self._tell()
                            self._seen = now
                        is_told = False
                    except Exception as error:  # noqa: BLE001 - a page that follows is no reason to follow no more
                        sign, self._seen = None, None
                        with suppress(Exception):
                            open_.close()
                        if not is_told:
                            _LOG.error(
                                "The event log cannot be followed (%s); it is tried again.",
                                type(error).__name__,
                            )
                        is_told = True
