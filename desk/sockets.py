"""A WebSocket lives as long as the session it was opened from: asked again at each message, and every two seconds without one.

Log-out, the end of a session, whoever leaves and whoever's role changes end it within `EVERY_SECONDS` and the time of one question.
What asks is handed in; where it cannot answer the socket ends, since nobody knows who is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

EVERY_SECONDS = 2.0
NOBODY = 4401
"""The code with which it is closed."""

Still = Callable[[], Awaitable[bool]]


async def while_known(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, still: Still
) -> None:
    """Let an application have a WebSocket while `still` says that who opened it is known and may what they might."""
    gone = asyncio.Event()

    async def end() -> None:
        if not gone.is_set():
            gone.set()
            with suppress(Exception):  # whatever it is, the other side is gone already
                await send({"type": "websocket.close", "code": NOBODY})

    async def is_known() -> bool:
        try:
            return await still()
        except Exception:  # noqa: BLE001 - unknown is nobody
            return False

    async def received() -> Message:
        if gone.is_set():
            return _ENDED
        message = asyncio.ensure_future(receive())
        end_of_it = asyncio.ensure_future(gone.wait())
        try:
            await asyncio.wait({message, end_of_it}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            end_of_it.cancel()
            if not message.done():
                message.cancel()
        if gone.is_set():
            return _ENDED
        told = message.result()
        if told["type"] == "websocket.receive" and not await is_known():
            await end()
            return _ENDED
        return told

    async def sent(message: Message) -> None:
        if not gone.is_set():
            await send(message)

    async def watch() -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if not await is_known():
                await end()
                return

    watcher = asyncio.ensure_future(watch())
    try:
        await app(scope, received, sent)
    finally:
        watcher.cancel()


_ENDED: Message = {"type": "websocket.disconnect", "code": NOBODY}
