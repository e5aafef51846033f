"""Secrets of second proofs that were shown and not yet confirmed: kept by the server for the session that they were shown to.

A page carries none back, so nobody can have a secret of their own choosing confirmed from somebody else's session. They live in
memory, for ten minutes; a service that starts anew offers anew.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

KEPT_FOR = timedelta(minutes=10)
_MOST = 256


class Offers:
    """What was offered, by session; `make` makes a secret. All instants are the system's."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._kept: dict[str, tuple[bytes, datetime]] = {}

    def offer(self, session: str, now: datetime) -> bytes:
        """The secret that this session is shown: the same until it is confirmed or its time is over."""
        kept = self.offered(session, now)
        if kept is not None:
            return kept
        while len(self._kept) >= _MOST:
            del self._kept[next(iter(self._kept))]
        secret = self._make()
        self._kept[session] = (secret, now)
        return secret

    def offered(self, session: str, now: datetime) -> bytes | None:
        """What this session was shown and may still confirm, or null."""
        secret, since = self._kept.get(session, (b"", now))
        if secret and since <= now < since + KEPT_FOR:
            return secret
        self._kept.pop(session, None)
        return None

    def taken(self, session: str) -> None:
        """It was confirmed: the next is another."""
        self._kept.pop(session, None)
