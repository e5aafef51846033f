"""Callers' words for papers: opened one by one from the registers, and the sealing of what prints them.

The keyring is opened when the first word is asked for: a paper without words needs no key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from sqlalchemy import Engine

from compliance.ground.home import Home
from compliance.inquiries.register import summary_of
from compliance.keys.keyring import Keyring
from compliance.keys.together import open_together, seal_together
from compliance.registers.entries import INQUIRY_KEY, words_of


class HomeWords:
    """The words of a home, as `reporting.paper.kind.Words` asks for them."""

    def __init__(self, engine: Engine, home: Home) -> None:
        self._engine, self._home = engine, home

    @cached_property
    def ring(self) -> Keyring:
        """The home's keyring."""
        return Keyring.open(self._home)

    def summary(self, inquiry_id: str, revision: int) -> str:
        """The summary of one revision of a record; blank once erased."""
        return summary_of(self._engine, self.ring, inquiry_id, revision)

    def entry(self, register: str, entry_id: str, revision: int) -> Mapping[str, str]:
        """The words of one revision of an entry; none once erased."""
        return words_of(self._engine, self.ring, register, entry_id, revision)

    def seal(self, subjects: Sequence[str], place: str, content: bytes) -> bytes | None:
        """The content under the keys of those inquiries; null where all of them were erased."""
        return seal_together(self.ring, [INQUIRY_KEY + one for one in subjects], place, content)

    def open(self, subjects: Sequence[str], place: str, sealed: bytes) -> bytes:
        """What `seal` sealed.

        Raises:
            KeyUnavailable: words that it quotes were erased since.
        """
        return open_together(self.ring, [INQUIRY_KEY + one for one in subjects], place, sealed)
