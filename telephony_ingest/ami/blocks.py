"""The manager interface's text, as bytes come in: blocks of `Key: value` lines, each ended by an empty line. Pure.

A block can be cut anywhere, within a character too. A key may stand several times (`Output`, `ChanVariable`); bytes that are no
UTF-8 become U+FFFD. The banner is a line without a value at the head of a connection's first block.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from telephony_ingest.errors import ManagerRefused

_END = b"\r\n\r\n"
_LINE = "\r\n"
_EVENT = "Event: "
_MOST_BYTES = 1 << 20
"""No block of an exchange is so long; what sends one is none."""


class ManagerBlock:
    """A response or an event. It may hold numbers and names, so that nothing of it but its kind is ever shown. `event` is its
    name, which is its first line, and blank where it is a response."""

    __slots__ = ("_fields", "_text", "event")

    def __init__(self, text: str) -> None:
        self._text = text
        self._fields: dict[str, str] | None = None
        self.event = ""
        if text.startswith(_EVENT):
            end = text.find(_LINE)
            self.event = text[len(_EVENT) : end if end > 0 else None]

    @property
    def fields(self) -> dict[str, str]:
        """Values by their keys, read when they are first asked for; the last one where a key stands several times."""
        if self._fields is None:
            found: dict[str, str] = {}
            for line in self._text.split(_LINE):
                key, _, value = line.partition(": ")
                found[key] = value
            self._fields = found
        return self._fields

    def get(self, key: str) -> str:
        """A value of `fields`; blank where it stands nowhere."""
        return self.fields.get(key, "")

    def every(self, key: str) -> list[str]:
        """All values of a key, in their order."""
        begin = f"{key}: "
        return [line[len(begin) :] for line in self._text.split(_LINE) if line.startswith(begin)]

    def __repr__(self) -> str:
        return f"<ManagerBlock {self.event or 'response'}>"


class ManagerStream:
    """Bytes of one connection into blocks. Events of which `wanted` does not name the kind are passed over unread (null: all)."""

    def __init__(self, wanted: Collection[str] | None = None) -> None:
        self._rest = b""
        self._wanted = None if wanted is None else frozenset(wanted)

    def feed(self, content: bytes) -> Iterator[ManagerBlock]:
        """The blocks that these bytes end.

        Raises:
            ManagerRefused: more bytes came than a block has, and none ended.
        """
        held = self._rest + content if self._rest else content
        end = held.rfind(_END)
        if end < 0:
            if len(held) > _MOST_BYTES:
                raise ManagerRefused("What answers there sends no blocks of a manager interface.")
            self._rest = held
            return iter(())
        self._rest = held[end + len(_END) :]
        return self._blocks(held[:end].decode("utf-8", "replace"))

    def _blocks(self, text: str) -> Iterator[ManagerBlock]:
        wanted = self._wanted
        for block in text.split(_LINE + _LINE):
            found = ManagerBlock(block)
            if wanted is None or not found.event or found.event in wanted:
                yield found
