"""The desk under load: `madoguchi serve` on a socket, two hundred people at their pages, killed in between where a test wants it.

Every person has a session (begun without a password's work, which no post pays), posts a record every ten to twenty seconds, and
keeps the page open, which asks for calls every three seconds. What was answered with a record's id is acknowledged; `losses` are
acknowledged ones that the store does not hold afterwards, `doubled` those that it holds more often than they were handed in.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, insert

from compliance.ground.acts import SYSTEM, Actor, Purpose
from compliance.ground.clock import ClockKind, claim_clock
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.ground.operations import open_operations
from compliance.inquiries.entering import enter as enter_records
from compliance.inquiries.form import load_form
from compliance.inquiries.record import Inquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from compliance.keys.names import load_or_create_name_key
from compliance.people.person import Employment, EventKind, Particulars
from compliance.people.register import enter
from compliance.people.rights import Role
from compliance.people.training_and_pledges import note_event
from compliance.sign_in import sessions
from compliance.sign_in.store import accounts
from tests.homes import ROOT

PEOPLE = 200
THINK = (10.0, 20.0)
ASKS_EVERY = 3.0
EARLIER = 5000
SHORTEST_WAIT = 0.05


@dataclass
class Centre:
    """A home with people who are logged in, and the service on it. Tokens by staff id."""

    folder: Path
    port: int
    tokens: dict[str, str]

    @property
    def home(self) -> Home:
        return Home.at(self.folder / "home", self.folder / "home-keys")

    @staticmethod
    def made(folder: Path, people: int = PEOPLE) -> Centre:
        """The home, with that many operators, each with an open session."""
        home = Home.at(folder / "home", folder / "home-keys")
        home.create()
        engine = open_operations(home.operations_url)
        now = datetime.now(UTC)
        claim_clock(engine, ClockKind.REAL, now)
        Keyring.open(home)
        names = load_or_create_name_key(home, holds_names=False)
        founder, today = Actor(SYSTEM, now, purpose=Purpose.FOUNDING), now.astimezone(TOKYO).date()
        given = Particulars(frozenset({Role.OPERATOR}), Employment.REGULAR, today, reported_on=today)  # fmt: skip
        tokens = {}
        for number in range(people):
            staff_id = f"op{number + 1:03d}"
            enter(engine, names, founder, staff_id, f"架空 {number}", given)
            note_event(engine, founder, staff_id, EventKind.TRAINING_ATTENDED, today)
            note_event(engine, founder, staff_id, EventKind.PLEDGE, today)
            tokens[staff_id] = _session(engine, staff_id, now)
        _earlier(engine, Keyring.open(home), now)
        engine.dispose()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return Centre(folder, free.getsockname()[1], tokens)

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """`madoguchi serve`, once it answers; ended when the block ends, if it was not killed before."""
        process = self.start()
        try:
            yield process
        finally:
            end(process)

    def start(self) -> subprocess.Popen[bytes]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MADOGUCHI", "DAGSTER"))}
        with (self.folder / "stderr").open("ab") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "orchestration.cli", "serve", "--home", str(self.home.root),
                 "--config", str(ROOT / "contracts/sapporo-2023/contract.toml"), "--port", str(self.port)],
                cwd=ROOT, env={**kept, "PYTHONWARNINGS": "ignore", "MADOGUCHI_KEYS": str(self.home.keys)},
                stderr=stderr, stdout=stderr,
            )  # fmt: skip
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return process
            if process.poll() is not None:
                break
            time.sleep(0.1)
        end(process)
        raise AssertionError((self.folder / "stderr").read_text()[-2000:])

    def kept(self) -> dict[str, int]:
        """How often the store holds each record, by what its summary says, as the keyring opens it."""
        engine = open_operations(self.home.operations_url)
        found: dict[str, int] = {}
        for one in latest(engine, Keyring.open(self.home)):
            found[one.inquiry.summary] = found.get(one.inquiry.summary, 0) + 1
        engine.dispose()
        return found


@dataclass
class Load:
    """What people at their pages lived through; seconds of each answered post."""

    seconds: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)
    broken: int = 0
    lasted: float = 0.0
    until: float = 0.0

    def over(self) -> bool:
        """Whether the day's work is done: nobody begins another record."""
        return time.monotonic() >= self.until


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, then see to it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)


async def work(
    centre: Centre,
    lasts: float,
    think: tuple[float, float] = THINK,
    times: int = 1,
    asks_every: float = ASKS_EVERY,
    seed: int = 1,
    load: Load | None = None,
) -> Load:
    """Everybody at work for so many seconds, or until whoever holds the `load` moves its end; each post is sent so many
    `times`, and again until it is answered. A page that asks every 0 seconds asks nothing."""
    load, chance = load or Load(), random.Random(seed)
    began = time.monotonic()
    load.until = began + lasts
    people = [
        _Person(centre, staff_id, token, load, random.Random(chance.random()), seed)
        for staff_id, token in centre.tokens.items()
    ]
    jobs = [asyncio.create_task(one.post_all(think, times)) for one in people]
    if asks_every:
        jobs += [asyncio.create_task(one.ask_all(asks_every)) for one in people]
    await asyncio.gather(*jobs)
    load.lasted = time.monotonic() - began
    return load


class _Person:
    """Somebody at a page: one connection for posts, one for what the page asks by itself."""

    def __init__(
        self,
        centre: Centre,
        staff_id: str,
        token: str,
        load: Load,
        chance: random.Random,
        round_: int,
    ) -> None:
        self._round = round_
        self._port, self._staff_id, self._load = centre.port, staff_id, load
        self._terminal = f"127.0.1.{staff_id[2:].lstrip('0')}"  # each at a terminal of their own
        self._chance = chance
        host = f"127.0.0.1:{centre.port}"
        self._head = (
            f"Host: {host}\r\nOrigin: http://{host}\r\nCookie: madoguchi_session={token}\r\n"
            f"X-CSRF-Token: {sessions.csrf_of(token)}\r\nAccept: application/json\r\n"
        )

    async def post_all(self, think: tuple[float, float], times: int) -> None:
        line, number = _Line(self._port, self._terminal), 0
        await self._pause(self._chance.uniform(0, think[1]))
        while not self._load.over():
            number += 1
            key = str(UUID(int=self._chance.getrandbits(128), version=4))
            summary = f"{self._staff_id} の {self._round} 回目の {number} 件目"
            record = {"key": key, "call": "|", "subject": "survey/how", "handling": "guided",
                      "voice": "question", "summary": summary}  # fmt: skip
            for _ in range(times):
                await self._post(line, record, summary)
            await self._pause(self._chance.uniform(*think))
        await line.close()

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, min(seconds, self._load.until - time.monotonic())))

    async def _post(self, line: _Line, record: dict[str, str], summary: str) -> None:
        body = json.dumps(record).encode()
        head = f"POST /inquiry HTTP/1.1\r\n{self._head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            began = time.monotonic()
            try:
                status, answer = await line.ask(head.encode() + body)
            except (OSError, asyncio.IncompleteReadError):
                self._load.broken += 1
                await line.close()
                await asyncio.sleep(self._chance.uniform(1.0, 3.0))
                continue
            self._load.seconds.append(time.monotonic() - began)
            if status == 200 and json.loads(answer)["inquiry_id"]:
                self._load.acknowledged.add(summary)
            else:
                self._load.refused.append(status)
            return
        raise AssertionError("nobody answered for three minutes")

    async def ask_all(self, every: float) -> None:
        line = _Line(self._port, self._terminal)
        head = f"GET /inquiry/calls?active=1 HTTP/1.1\r\n{self._head}\r\n".encode()
        await asyncio.sleep(self._chance.uniform(0, every))
        while not self._load.over():
            began = time.monotonic()
            try:
                status, _ = await line.ask(head)
                self._load.asked.append(time.monotonic() - began)
                if status != 200:
                    self._load.refused.append(status)
            except (OSError, asyncio.IncompleteReadError):
                self._load.broken += 1
                await line.close()
            await asyncio.sleep(max(SHORTEST_WAIT, every - (time.monotonic() - began)))
        await line.close()


class _Line:
    """A connection that is opened when it is needed and kept, as a browser keeps one."""

    def __init__(self, port: int, terminal: str) -> None:
        self._port, self._terminal = port, terminal
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        if (
            self._open is None or self._open[0].at_eof()
        ):  # a server lets go of a line that is silent
            self._open = await asyncio.open_connection(
                "127.0.0.1", self._port, local_addr=(self._terminal, 0)
            )
        reader, writer = self._open
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = next(int(x.split(b":")[1]) for x in lines if x.lower().startswith(b"content-length:"))  # fmt: skip
        return int(lines[0].split()[1]), await reader.readexactly(length)

    async def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


def quantile(values: list[float], share: float) -> float:
    """The value below which that share of them lies, in milliseconds."""
    ordered = sorted(values)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def posting(folder: Path, lasts: float = 60.0, asks_every: float = ASKS_EVERY) -> dict[str, float]:
    """Requests per second, p50 and p99 of a post in milliseconds, and what was lost, of two hundred people at work."""
    centre = Centre.made(folder)
    with centre.serving():
        asyncio.run(work(centre, 8, asks_every=asks_every, seed=7))  # warm
        load = asyncio.run(work(centre, lasts, asks_every=asks_every))
        kept = centre.kept()
    shutil.rmtree(folder)
    return {
        "posts_per_second": round(len(load.seconds) / load.lasted, 1),
        "asks_per_second": round(len(load.asked) / load.lasted, 1),
        "p50_ms": quantile(load.seconds, 0.5),
        "p99_ms": quantile(load.seconds, 0.99),
        "losses": len(load.acknowledged - kept.keys()),
        "refused_or_broken": len(load.refused) + load.broken,
    }


def _earlier(engine: Engine, ring: Keyring, now: datetime) -> None:
    """Two months' records of a busy centre."""
    form, at = load_form(), now - timedelta(days=60)
    records = [
        Inquiry(
            call_id=f"{1700438494 + n}.0", number=1, at=at + timedelta(minutes=10 * n), operator="op001",
            category="survey", item="how", voice="question", stance="", handling="guided", faq="",
            flags=frozenset(), ward="", age_band="", summary="", contact="",
        )
        for n in range(EARLIER)
    ]  # fmt: skip
    enter_records(engine, ring, form, Actor("sv1", now), records, oversees=True)


def _session(engine: Engine, staff_id: str, now: datetime) -> str:
    with engine.begin() as connection:
        connection.execute(
            insert(accounts).values(
                staff_id=staff_id, revision=1, is_open=True, password_hash="none", must_change=False,
                recorded_at=now, recorded_by=SYSTEM,
            )
        )  # fmt: skip
        return sessions.begin(connection, staff_id, "127.0.0.1", now - timedelta(seconds=1))
