"""What a connection may cost before anybody is known: a number of them, bytes of headers, and time.

uvicorn waits for ever for the end of a request's headers and for its body. Here its protocol has deadlines: the head of a request
(request line and headers) is whole within `HEAD_SECONDS` of its first byte, or of the connection, and within `HEAD_BYTES`; its
body within `BODY_SECONDS`. An address has `OF_AN_ADDRESS` connections and all have `OF_ALL`: who comes beyond that is hung up on.
A TLS handshake, which goes before all that, is given `HANDSHAKE_SECONDS`. What a page may send is the access middleware's and the gate's to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from desk.middleware import BY_TLS_ONLY, STRICT, terminal

if TYPE_CHECKING:
    from asyncio.base_events import Server

HEAD_SECONDS, BODY_SECONDS, HANDSHAKE_SECONDS = 10.0, 30.0, 10.0
HEAD_BYTES = 64 * 1024
OF_AN_ADDRESS, OF_ALL = 64, 1024
"""A browser holds six and a socket or two. What is open counts, whatever it is doing."""


class Crowd:
    """The connections of one service, by address."""

    def __init__(self, of_an_address: int = OF_AN_ADDRESS, of_all: int = OF_ALL) -> None:
        self._of_an_address, self._of_all = of_an_address, of_all
        self._open: dict[str, set[asyncio.Transport]] = {}
        self._count = 0

    def admit(self, address: str, transport: asyncio.Transport) -> bool:
        """Take a connection in, unless its address or all have too many."""
        mine = self._open.get(address, set())
        if len(mine) >= self._of_an_address or self._count >= self._of_all:
            self._sweep()  # those that became WebSockets end elsewhere, and are told of to nobody
            mine = self._open.get(address, set())
        if len(mine) >= self._of_an_address or self._count >= self._of_all:
            return False
        self._open[address] = mine
        mine.add(transport)
        self._count += 1
        return True

    def leave(self, address: str, transport: asyncio.Transport) -> None:
        """It is closed."""
        mine = self._open.get(address, set())
        if transport in mine:
            mine.discard(transport)
            self._count -= 1
        if not mine:
            self._open.pop(address, None)

    def _sweep(self) -> None:
        gone = [
            (address, one)
            for address, mine in self._open.items()
            for one in mine
            if one.is_closing()
        ]
        for address, one in gone:
            self.leave(address, one)


class _Part(Enum):
    """What of a request is awaited."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn reads it, with deadlines. `crowd` is the service's."""

    def __init__(self, crowd: Crowd, **facts: Any) -> None:
        super().__init__(**facts)
        self._crowd = crowd
        self._address = ""
        self._part = _Part.NOTHING
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it in, or hang up."""
        super().connection_made(transport)
        self._address = terminal(self.client[0]) if self.client else ""
        if self._crowd.admit(self._address, transport):
            self._await(_Part.HEAD)
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self._await(_Part.NOTHING)
        self._crowd.leave(self._address, self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; the first byte, whatever it is, begins a head."""
        if self.transport.is_closing():
            return
        if self._part is _Part.NOTHING:
            self._await(_Part.HEAD)
        super().data_received(data)
        if self._part is _Part.HEAD:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self._answer(431, "The headers are too large.")

    def on_message_begin(self) -> None:
        """A request begins, maybe behind another in the same bytes."""
        super().on_message_begin()
        if self._part is _Part.NOTHING:
            self._await(_Part.HEAD)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        super().on_headers_complete()
        self._await(_Part.BODY)

    def on_message_complete(self) -> None:
        """The request is whole."""
        super().on_message_complete()
        self._await(_Part.NOTHING)

    def handle_websocket_upgrade(self) -> None:
        """From here on uvicorn's WebSocket has the connection, with pings of its own."""
        self._await(_Part.NOTHING)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is told so, strictly as all else."""
        self._answer(400, msg)

    def _await(self, part: _Part) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._part, self._head_bytes = part, 0
        if part is not _Part.NOTHING:
            seconds = HEAD_SECONDS if part is _Part.HEAD else BODY_SECONDS
            self._deadline = self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.abort()

    def _answer(self, status: int, text: str) -> None:
        told = {
            **STRICT,
            **(BY_TLS_ONLY if self.scheme == "https" else {}),
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(text)),
            "Connection": "close",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        self.transport.write(f"HTTP/1.1 {status} \r\n{head}\r\n{text}".encode("ascii"))
        self.transport.close()


class HurriedLoop(asyncio.SelectorEventLoop):
    """An event loop whose servers give a TLS handshake `HANDSHAKE_SECONDS`; asyncio's own minute keeps a place too long."""

    async def create_server(
        self, protocol_factory: Callable[[], Any], *args: Any, **more: Any
    ) -> Server:
        """A server of this loop."""
        if more.get("ssl") is not None:
            more.setdefault("ssl_handshake_timeout", HANDSHAKE_SECONDS)
        return await super().create_server(protocol_factory, *args, **more)
