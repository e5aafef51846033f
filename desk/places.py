"""Places at slow work: who computes a hash, who waits for one, and how many at most, so that no address holds them all.

Each address has one place in the common line and a short line of its own behind it; those in
the common line take turns. So whoever comes from elsewhere stands behind one of a crowd, not behind the crowd.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, Lock, to_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_AT_ONCE = 2
"""Argon2id derives one at a time; meanwhile another's rows are written. Who waits beyond that holds no thread of the others."""
OF_AN_ADDRESS, OF_ALL = 8, 128
"""So many may wait from one address, and from all."""
Done = TypeVar("Done")


class Crowded(Exception):
    """Too many wait already."""


class Places:
    """The places of one service."""

    def __init__(self) -> None:
        self._work = CapacityLimiter(_AT_ONCE)
        self._lines: dict[str, tuple[Lock, list[None]]] = {}
        self._waiting = 0

    async def do(
        self, address: str, may_still: Callable[[], None], work: Callable[[], Done]
    ) -> Done:
        """Do slow work in its turn. `may_still` is asked when the turn of the address has come, and raises where the work is
        no longer wanted.

        Raises:
            Crowded: too many wait.
        """
        async with self._turn(address):
            may_still()
            return await to_thread.run_sync(work, limiter=self._work)

    @asynccontextmanager
    async def _turn(self, address: str) -> AsyncIterator[None]:
        line, present = self._lines.setdefault(address, (Lock(), []))
        if len(present) >= OF_AN_ADDRESS or self._waiting >= OF_ALL:
            raise Crowded
        present.append(None)
        self._waiting += 1
        try:
            async with line:
                yield
        finally:
            self._waiting -= 1
            present.pop()
            if not present:
                del self._lines[address]
