"""The one connection to the manager interface: logs in, asks how things stand, hears what changes, and comes back when it is lost.

It sends Login, QueueStatus, CoreShowChannels, Getvar and Ping and nothing else. What the exchange or a library says of a failure is
told by its kind: it might hold what somebody dialled.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from telephony_ingest.ami.asking import ANSWERS, Resynchronising, action
from telephony_ingest.ami.blocks import ManagerBlock, ManagerStream
from telephony_ingest.ami.feed import ManagerFeed
from telephony_ingest.ami.floor import WANTED
from telephony_ingest.ami.journal import WRITTEN, ManagerJournal
from telephony_ingest.errors import ManagerRefused

_CONNECT_SECONDS = 2.0
_QUIET_SECONDS = 2.0
"""So long nothing came: a ping goes out, and its answer is due within as long again."""
_RESYNC_SECONDS = 10.0
_AGAIN_SECONDS = (0.1, 0.5, 1.0, 2.0)
"""Before each further attempt, the last of them over and over: with the time to connect, within five seconds of the exchange's return."""
_REFUSED_SECONDS = 30.0
"""After a refusal, so that an exchange that counts failed logins does not shut us out."""
_PERMIT_SECONDS = 600.0
"""So often it is asked anew whether one may still listen."""
_READ_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class ManagerAccess:
    """Whom to log in as and where; `refusal` says why nothing may be asked. `context` of TLS is null without it."""

    host: str = ""
    port: int = 0
    user: str = ""
    secret: str = field(default="", repr=False)
    context: ssl.SSLContext | None = None
    refusal: str = ""


async def listen(
    access: Callable[[], ManagerAccess],
    feed: ManagerFeed,
    now: Callable[[], datetime],
    journal: ManagerJournal | None = None,
) -> None:
    """Keep `feed` as the exchange is, until cancelled, and write down in `journal` what is to land. `access` is asked before
    each connection and now and then during one."""
    attempt = 0
    while True:
        connection = _Connection(access, feed, now, journal)
        again = _AGAIN_SECONDS[min(attempt, len(_AGAIN_SECONDS) - 1)]
        trouble = "the exchange ended the connection"
        try:
            await connection.hold()
        except ManagerRefused as refusal:
            again, trouble = _REFUSED_SECONDS, str(refusal)
        except (OSError, TimeoutError) as error:
            trouble = f"the exchange does not answer ({type(error).__name__})"
        finally:
            feed.lost(trouble)
            if journal is not None:
                journal.end()
        attempt = 0 if connection.was_known else attempt + 1
        await asyncio.sleep(again)


class _Connection:
    def __init__(
        self,
        access: Callable[[], ManagerAccess],
        feed: ManagerFeed,
        now: Callable[[], datetime],
        journal: ManagerJournal | None,
    ) -> None:
        self._access, self._feed, self._now = access, feed, now
        self._journal = journal
        self._asking: Resynchronising | None = None
        self._stream = ManagerStream({*WANTED, *ANSWERS, *WRITTEN, "Shutdown"})
        self.was_known = False

    async def hold(self) -> None:
        """Until the exchange ends it.

        Raises:
            ManagerRefused: it may not be listened to, or the account lacks a right.
            OSError, TimeoutError: it is not there, or says nothing.
        """
        granted = self._granted()
        async with asyncio.timeout(_CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(
                granted.host, granted.port, ssl=granted.context
            )
        try:
            writer.write(_login(granted))
            await self._hear(reader, writer)
        finally:
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()

    def _granted(self) -> ManagerAccess:
        granted = self._access()
        if granted.refusal:
            raise ManagerRefused(granted.refusal)
        return granted

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_pinged = False
        begun = asked = time.monotonic()
        while True:
            try:
                async with asyncio.timeout(_QUIET_SECONDS):
                    content = await reader.read(_READ_BYTES)
            except TimeoutError:
                if is_pinged:
                    raise
                is_pinged = True
                writer.write(action("Ping", "alive"))
                continue
            if not content:
                return
            is_pinged = False
            self._feed.heard()
            for block in self._stream.feed(content):
                if block.event == "Shutdown":
                    return
                if answer := self._take(block):
                    writer.write(answer)
            if not self.was_known and time.monotonic() - begun > _RESYNC_SECONDS:
                raise TimeoutError
            if time.monotonic() - asked > _PERMIT_SECONDS:
                asked = time.monotonic()
                self._granted()

    def _take(self, block: ManagerBlock) -> bytes:
        """A block that came; what to send now."""
        if self._journal is not None and block.event in WRITTEN:
            self._journal.take(block, self._now())
        if self._asking is not None and not self.was_known:
            answer = self._asking.take(block, self._now())
            if self._asking.floor is not None:
                self._feed.known(self._asking.floor)
                self.was_known = True
            return answer
        if block.event:
            self._feed.take(block)
        elif self._asking is None and block.get("ActionID") == "login":
            if block.get("Response") != "Success":
                raise ManagerRefused(
                    "The exchange refuses the account of [pbx.ami]: look at user, secret, permit and deny in manager.conf."
                )
            if self._journal is not None:
                self._journal.begin()
            self._asking = Resynchronising(self._feed.before)
            return Resynchronising.FIRST
        return b""


def _login(granted: ManagerAccess) -> bytes:
    try:
        return action(
            "Login", "login",
            Username=granted.user, Secret=granted.secret, Events="system,call,agent",
        )  # fmt: skip
    except ValueError:
        raise ManagerRefused("The secret of [pbx.ami] holds a control character.") from None
