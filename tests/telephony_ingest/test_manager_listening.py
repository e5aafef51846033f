"""The connection to the exchange: cut, killed, silent, refused. What is shown is right or unknown, never a wrong zero."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from telephony_ingest.ami.feed import STALE_SECONDS, ManagerFeed
from telephony_ingest.ami.floor import ManagerFloor
from telephony_ingest.ami.listening import ManagerAccess, listen
from tests.homes import ROOT
from tests.servers import authority
from tests.support.manager_floor import TRUNK, same, uncut
from tests.telephony_ingest.manager_server import SECRET, ManagerServer
from tests.telephony_ingest.manager_stream import OPERATORS

QUIET = {"QueueStatus", "CoreShowChannels", "Getvar", "Ping", "Login"}
"""All that is ever asked: nothing that changes anything."""


@contextlib.asynccontextmanager
async def listening(feed: ManagerFeed, now: Callable[[], datetime], port: int, secret: str = SECRET) -> AsyncIterator[None]:  # fmt: skip
    access = ManagerAccess("127.0.0.1", port, "madoguchi", secret)
    task = asyncio.create_task(listen(lambda: access, feed, now))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], bool], seconds: float = 5) -> float:
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, "it did not come about"
        await asyncio.sleep(0.005)
    return time.monotonic() - begun


@pytest.mark.slow
def test_cut_and_resumed_all_along_the_floor_is_as_if_uncut() -> None:
    """Fifty times its own pace; after each part the connection is cut and twelve blocks are missed."""
    wanted = dict(uncut())
    places = sorted(wanted)
    stops = [place + 1 for place in places[::45]]

    async def lived() -> tuple[int, set[str]]:
        server = ManagerServer()
        await server.open()

        def now() -> datetime:
            return datetime.fromtimestamp(server.exchange.at, UTC)

        feed, compared = ManagerFeed(now), 0
        async with listening(feed, now, server.port):
            await until(lambda: feed.unknown_since is None)
            for begin, end in pairwise([0, *stops]):
                missed = min(12, end - begin)
                await server.play(end - begin - missed, 5000)
                server.cut()
                await until(lambda: feed.unknown_since is not None)
                assert feed.floor(OPERATORS, TRUNK) is None
                for _ in range(missed):
                    server.step()
                await until(lambda: feed.unknown_since is None)
                found = feed.floor(OPERATORS, TRUNK)
                assert found is not None and same(found, wanted[end - 1]), end
                compared += 1
        server.close()
        return compared, set(server.asked)

    compared, asked = asyncio.run(lived())
    assert compared > 60 and asked == QUIET


def test_at_fifty_times_its_pace_every_event_arrives() -> None:
    """An afternoon with talks and waits, without a cut: at each look the floor is one that was, in their order, and at last the last."""
    wanted = dict(uncut())
    stop = sorted(wanted)[700]

    async def lived() -> None:
        server = ManagerServer()
        await server.open()

        def now() -> datetime:
            return datetime.fromtimestamp(server.exchange.at, UTC)

        feed = ManagerFeed(now)
        async with listening(feed, now, server.port):
            await until(lambda: feed.unknown_since is None)
            await server.play(stop + 1, 50)
            await until(lambda: same(feed.floor(OPERATORS, TRUNK), wanted[stop]))  # type: ignore[arg-type]
        server.close()

    asyncio.run(lived())


def standing(port: int, place: int) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.telephony_ingest.manager_server", str(port), str(place)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_an_exchange_that_is_killed_is_unknown_and_known_again_within_five_seconds() -> None:
    wanted = dict(uncut())
    first, second = [place for place in wanted if wanted[place].waiting and place < 9000][5:700:400]

    async def lived() -> None:
        feed = ManagerFeed(lambda: datetime.now(UTC))
        process, port = standing(0, first + 1)
        try:
            async with listening(feed, lambda: datetime.now(UTC), port):
                await until(lambda: feed.unknown_since is None)
                assert feed.floor(OPERATORS, TRUNK)
                process.kill()
                process.wait()
                await until(lambda: feed.floor(OPERATORS, TRUNK) is None, 1)
                since = feed.unknown_since
                await asyncio.sleep(3)
                assert feed.floor(OPERATORS, TRUNK) is None and feed.unknown_since == since
                process, _ = await asyncio.to_thread(standing, port, second + 1)
                back = await until(lambda: feed.unknown_since is None)
                assert back < 5
                found = feed.floor(OPERATORS, TRUNK)
                assert found is not None
                assert {one.call_id for one in found.waiting} == {one.call_id for one in wanted[second].waiting}  # fmt: skip
        finally:
            process.kill()
            process.wait()

    asyncio.run(lived())


def test_an_exchange_that_says_nothing_more_is_found_out_by_a_ping() -> None:
    async def lived() -> None:
        server = ManagerServer(400)
        await server.open()
        feed = ManagerFeed(lambda: datetime.now(UTC))
        async with listening(feed, lambda: datetime.now(UTC), server.port):
            await until(lambda: feed.unknown_since is None)
            server.is_deaf = True
            await until(lambda: feed.unknown_since is not None, 6)
            assert feed.floor(OPERATORS) is None
            server.is_deaf = False
            await until(lambda: feed.unknown_since is None, 6)
        server.close()

    asyncio.run(lived())


def test_a_refused_account_is_told_once_and_not_hammered() -> None:
    async def lived() -> None:
        server = ManagerServer(400)
        await server.open()
        feed = ManagerFeed(lambda: datetime.now(UTC))
        async with listening(feed, lambda: datetime.now(UTC), server.port, "wrong"):
            await until(lambda: bool(feed.trouble))
            await asyncio.sleep(1)
            assert "manager.conf" in feed.trouble and "wrong" not in feed.trouble
            assert server.asked == ["Login"] and feed.floor(OPERATORS) is None
        server.close()

    asyncio.run(lived())


def test_under_tls_only_a_certificate_of_the_named_authority_is_spoken_to(tmp_path: Path) -> None:
    ca_file, certificate = authority(tmp_path / "own")
    foreign, _ = authority(tmp_path / "foreign")
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)

    async def heard(trusted: str) -> tuple[bool, list[str]]:
        server = ManagerServer(400)
        await server.open(context=served)
        feed = ManagerFeed(lambda: datetime.now(UTC))
        context = ssl.create_default_context(cafile=trusted)
        access = ManagerAccess("127.0.0.1", server.port, "madoguchi", SECRET, context)
        task = asyncio.create_task(listen(lambda: access, feed, lambda: datetime.now(UTC)))
        await until(lambda: feed.unknown_since is None or bool(feed.trouble))
        is_known = feed.unknown_since is None
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        server.close()
        return is_known, server.asked

    is_known, asked = asyncio.run(heard(ca_file))
    assert is_known and asked[0] == "Login"
    assert asyncio.run(heard(foreign)) == (False, []), "no secret is sent to whoever answers"


def test_nobody_listening_any_more_is_unknown_whatever_was_said_last() -> None:
    seconds = [0.0]
    feed = ManagerFeed(lambda: datetime.now(UTC), lambda: seconds[0])
    feed.known(ManagerFloor())
    assert feed.floor({}) is not None
    seconds[0] = STALE_SECONDS + 1
    assert feed.floor({}) is None and feed.unknown_since is not None


@pytest.mark.parametrize("secret", ["a\r\nAction: Originate", "tab\there"])
def test_a_secret_that_would_end_its_line_is_never_sent(secret: str) -> None:
    async def lived() -> None:
        server = ManagerServer(10)
        await server.open()
        feed = ManagerFeed(lambda: datetime.now(UTC))
        async with listening(feed, lambda: datetime.now(UTC), server.port, secret):
            await until(lambda: "control character" in feed.trouble)
        assert server.asked == []
        server.close()

    asyncio.run(lived())
