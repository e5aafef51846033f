"""A WebSocket ends with the session it was opened from."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.types import Message, Receive, Scope, Send

from compliance.ground.acts import SYSTEM, Actor, Purpose
from compliance.people.person import EventKind
from compliance.people.register import change
from compliance.people.rights import Role
from compliance.people.training_and_pledges import note_event
from compliance.sign_in import sessions
from compliance.sign_in.accounts import close_account
from desk import sockets
from desk.middleware import SESSION, AccessMiddleware
from tests.desk.conftest import AT, FIRST, HOST, KEY, Desk

FOUNDER = Actor(SYSTEM, AT, purpose=Purpose.FOUNDING)
ENDED = {"type": "websocket.close", "code": 4401}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says what it is told, until whoever told it is gone."""
    await receive()
    await send({"type": "websocket.accept"})
    while (told := await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": told["text"]})


Say = Callable[[str], Any]


async def with_socket(desk: Desk, token: str, told: Callable[[Say], Any]) -> list[Message]:
    """What an open socket is sent while something happens, up to its end."""
    headers = {"host": HOST, "origin": f"http://{HOST}", "cookie": f"{SESSION}={token}"}
    scope = {
        "type": "websocket", "path": "/dagster/graphql", "query_string": b"", "subprotocols": [],
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip
    said: asyncio.Queue[Message] = asyncio.Queue()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    access = AccessMiddleware(echo, desk.services(), is_foreign=lambda path: True)
    said.put_nowait({"type": "websocket.connect"})
    said.put_nowait({"type": "websocket.receive", "text": "first"})
    socket = asyncio.ensure_future(access(scope, said.get, send))
    for _ in range(200):
        if len(sent) == 2:
            break
        await asyncio.sleep(0.01)
    assert sent == [{"type": "websocket.accept"}, {"type": "websocket.send", "text": "first"}]
    loop = asyncio.get_running_loop()

    def say(text: str) -> None:
        message = {"type": "websocket.receive", "text": text}
        loop.call_soon_threadsafe(said.put_nowait, message)

    await asyncio.to_thread(told, say)
    await asyncio.wait_for(socket, 5)
    return sent[2:]


def logs_out(desk: Desk, token: str) -> None:
    sessions.end(desk.engine, token, AT)


def leaves(desk: Desk, token: str) -> None:
    change(desk.engine, KEY, FOUNDER, "sv1", 1, ends_on=FIRST)
    desk.now = AT + timedelta(days=1)
    with desk.engine.begin() as connection:  # as one that began just before midnight
        connection.execute(update(sessions.sessions).values(began_at=desk.now, seen_at=desk.now))


def changes_role(desk: Desk, token: str) -> None:
    change(desk.engine, KEY, FOUNDER, "sv1", 1, roles=frozenset({Role.OPERATOR}))


def loses_training(desk: Desk, token: str) -> None:
    note_event(desk.engine, FOUNDER, "sv1", EventKind.TRAINING_ATTENDED, FIRST, is_withdrawn=True)


def loses_account(desk: Desk, token: str) -> None:
    close_account(desk.engine, Actor("pm1", AT, proof="f" * 64), "sv1")


def is_silent(desk: Desk, token: str) -> None:
    desk.now = AT + timedelta(minutes=31)


ENDS = [logs_out, leaves, changes_role, loses_training, loses_account, is_silent]


@pytest.mark.parametrize("ends", ENDS, ids=lambda one: one.__name__)
def test_it_is_asked_again_at_each_message(
    desk: Desk, ends: Callable[[Desk, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "EVERY_SECONDS", 60.0)
    token = desk.entered("sv1").cookies[SESSION]

    def told(say: Say) -> None:
        ends(desk, token)
        say("second")
        say("third")

    assert asyncio.run(with_socket(desk, token, told)) == [ENDED]


@pytest.mark.parametrize("ends", ENDS, ids=lambda one: one.__name__)
def test_it_is_closed_within_five_seconds_without_a_message(
    desk: Desk, ends: Callable[[Desk, str], None]
) -> None:
    token = desk.entered("sv1").cookies[SESSION]
    began = 0.0

    def told(say: Say) -> None:
        nonlocal began
        ends(desk, token)
        began = time.monotonic()

    assert asyncio.run(with_socket(desk, token, told)) == [ENDED]
    assert time.monotonic() - began < 5.0


def test_it_stays_open_for_whoever_is_there_and_keeps_no_session_alive(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "EVERY_SECONDS", 0.01)
    token = desk.entered("sv1").cookies[SESSION]

    def told(say: Say) -> None:
        for minutes in (10, 20, 29):
            desk.now = AT + timedelta(minutes=minutes)
            say(str(minutes))
            time.sleep(0.2)
        desk.now = AT + timedelta(minutes=30)

    assert asyncio.run(with_socket(desk, token, told)) == [
        *({"type": "websocket.send", "text": text} for text in ("10", "20", "29")), ENDED,
    ]  # fmt: skip


def test_where_nobody_can_be_asked_it_ends(desk: Desk) -> None:
    token = desk.entered("sv1").cookies[SESSION]

    def told(say: Say) -> None:
        with desk.engine.begin() as connection:
            connection.exec_driver_sql("alter table sessions rename to gone")

    assert asyncio.run(with_socket(desk, token, told)) == [ENDED]
