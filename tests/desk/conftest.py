"""A desk on each engine, and a browser without a screen's cookies and origin that asks it in process."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, select
from starlette.types import ASGIApp, Message

from application.board import Board
from application.call_log import CallLog
from application.custody_state import CustodyState
from application.erasure_cases import Cases
from application.erasure_steps import ErasureSteps
from application.message_sounds import MessageSounds
from application.open_matters import OpenMatters
from application.shelf import PaperShelf
from application.today import Brief
from compliance.contract.terms import Definition
from compliance.ground.acts import SYSTEM, Actor, Purpose, audit_outbox
from compliance.ground.home import Home
from compliance.inquiries.form import load_form
from compliance.keys.keyring import Keyring
from compliance.keys.names import NameKey
from compliance.people.person import Employment, EventKind, Particulars
from compliance.people.register import enter
from compliance.people.rights import Role
from compliance.people.training_and_pledges import note_event
from compliance.sign_in import passwords
from compliance.sign_in.accounts import open_account
from desk import sign_in
from desk.app import build_desk
from desk.services import RecentCall, Services
from tests.compliance.conftest import address, engine, home, migrated

__all__ = ["engine", "home", "migrated"]

FIRST = date(2023, 11, 20)
AT = datetime(2023, 11, 20, 0, 30, tzinfo=UTC)
KEY = NameKey(b"k" * 32)
PASSWORD = "回数券より 歩いて 札幌"
CALLS = (
    RecentCall("1700438494.0", datetime(2023, 11, 20, 0, 20, tzinfo=UTC), "調査の問い合わせ"),
    RecentCall("1700438300.0", datetime(2023, 11, 20, 0, 10, tzinfo=UTC), "施策への意見等"),
)
HOST = "localhost"
MORNING = Brief(AT.date(), (), OpenMatters((), (), (), (), None), (), None, 0)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        return next((v for k, v in self.headers if k == name.lower()), "")


@dataclass
class Browser:
    """Keeps cookies and says from which page a request comes, as a browser does."""

    app: ASGIApp
    terminal: str = "10.0.0.5"
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        chunks: Sequence[bytes] | None = None,
        **headers: str,
    ) -> Answer:
        given = {
            "host": HOST,
            "accept": "text/html",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        if self.cookies:
            given["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if method not in ("GET", "HEAD"):
            given.setdefault("origin", f"http://{HOST}")
            if chunks is None:
                given.setdefault("content-length", str(len(body)))
        place, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "scheme": "http", "path": place, "raw_path": place.encode(), "root_path": "",
            "query_string": query.encode(), "client": (self.terminal, 5000), "server": (HOST, 80),
            "headers": [(k.encode(), v.encode()) for k, v in given.items() if v != "-"],
        }  # fmt: skip
        parts = list(chunks) if chunks is not None else [body]
        waiting: list[Message] = [
            {"type": "http.request", "body": part, "more_body": at + 1 < len(parts)}
            for at, part in enumerate(parts)
        ]
        sent = asyncio.run(_ask(self.app, scope, waiting))
        start = next(m for m in sent if m["type"] == "http.response.start")
        answer = Answer(
            start["status"],
            [(k.decode().lower(), v.decode()) for k, v in start["headers"]],
            b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body"),
        )
        for name, value in answer.headers:
            if name == "set-cookie":
                self.set_cookies.append(value)
                key, _, rest = value.partition("=")
                text = rest.partition(";")[0]
                if "Max-Age=0" in value:
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = text
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, fields: Any, **headers: str) -> Answer:
        body = urlencode(fields, doseq=True).encode()
        more = {"content_type": "application/x-www-form-urlencoded", **headers}
        return self.ask("POST", path, body, **more)

    def send(self, fields: Any, csrf: str, path: str = "/inquiry", **headers: str) -> Answer:
        body = json.dumps(fields).encode()
        more = {
            "content_type": "application/json",
            "accept": "application/json",
            "x_csrf_token": csrf,
            **headers,
        }
        return self.ask("POST", path, body, **more)

    def csrf(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get(path).text)
        assert found, path
        return found.group(1)

    def log_in(self, staff_id: str, password: str, **more: str) -> Answer:
        csrf = self.csrf("/login")
        return self.post(
            "/login", {"csrf": csrf, "staff_id": staff_id, "password": password, **more}
        )

    def socket(self, path: str, **headers: str) -> list[Message]:
        given = {"host": HOST, "origin": f"http://{HOST}", **headers}
        given["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        scope = {
            "type": "websocket", "path": path, "query_string": b"", "subprotocols": [],
            "headers": [(k.encode(), v.encode()) for k, v in given.items()],
        }  # fmt: skip
        return asyncio.run(_ask(self.app, scope, [{"type": "websocket.connect"}]))


async def _ask(app: ASGIApp, scope: dict[str, Any], waiting: list[Message]) -> list[Message]:
    sent: list[Message] = []
    done = asyncio.Event()

    async def receive() -> Message:
        """What was asked, then, once all is answered, that the browser is gone."""
        if waiting:
            return waiting.pop(0)
        if scope["type"] == "http":
            await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            done.set()

    await app(scope, receive, send)
    return sent


@dataclass
class Desk:
    """A desk with its people: op1, op2 (operators), sv1, ad1 (administrator), each with an account."""

    engine: Engine
    home: Home
    now: datetime = AT
    calls: Sequence[RecentCall] = CALLS
    is_tls: bool = False
    morning: Brief = MORNING
    unrecorded: int = 0
    call_log: CallLog | None = None
    board: Board | None = None
    shelf: PaperShelf | None = None
    sounds: MessageSounds | None = None
    cases: Cases | None = None
    steps: ErasureSteps | None = None
    custody: CustodyState | None = None
    definitions: Sequence[Definition] = ()
    passphrase: str = ""
    """What opens everybody's own key, where they have one."""

    def app(self) -> ASGIApp:
        return build_desk(self.services())

    def services(self) -> Services:
        return Services(
            engine=self.engine,
            home=self.home,
            now=lambda: self.now,
            first_day=FIRST,
            form=load_form(),
            ring=lambda: Keyring.open(self.home),
            calls=lambda staff_id: self.calls if staff_id == "op1" else (),
            morning=lambda: self.morning,
            unrecorded=lambda: self.unrecorded,
            call_log=self.call_log,
            board=None if self.board is None else self._board,
            shelf=self.shelf,
            sounds=self.sounds,
            cases=self.cases,
            steps=self.steps,
            custody=None if self.custody is None else self._custody,
            definitions=self.definitions,
            clause=lambda name: f"仕様書（{name}）",
            is_tls=self.is_tls,
            key=lambda: KEY,
            hosts={HOST, "127.0.0.1"},  # where a real browser finds it
            wall=lambda: self.now,
        )

    def _board(self) -> Board:
        assert self.board is not None
        return self.board

    def _custody(self) -> CustodyState:
        assert self.custody is not None
        return self.custody

    def add(self, staff_id: str, role: Role, **changes: Any) -> str:
        founder = Actor(SYSTEM, AT, purpose=Purpose.FOUNDING)
        given = Particulars(frozenset({role}), Employment.REGULAR, FIRST, reported_on=FIRST)
        enter(self.engine, KEY, founder, staff_id, "表示 花子", replace(given, **changes))
        note_event(self.engine, founder, staff_id, EventKind.TRAINING_ATTENDED, FIRST)
        note_event(self.engine, founder, staff_id, EventKind.PLEDGE, FIRST)
        return open_account(self.engine, Actor("pm1", AT, proof="f" * 64), staff_id)

    def browser(self, **more: Any) -> Browser:
        return Browser(self.app(), **more)

    def entered(self, staff_id: str) -> Browser:
        """Somebody who has logged in and changed the first password."""
        first = open_account(self.engine, Actor("pm1", self.now, proof="f" * 64), staff_id)
        browser = self.browser()
        assert browser.log_in(staff_id, first).status == 303
        csrf = browser.csrf("/password")
        fields = {"csrf": csrf, "present": first, "new": PASSWORD, "again": PASSWORD,
                  "passphrase": self.passphrase}  # fmt: skip
        assert browser.post("/password", fields).header("location") == "/"
        return browser

    def noted(self) -> list[tuple[str, str, str, str]]:
        with self.engine.connect() as connection:
            rows = connection.execute(select(audit_outbox).order_by(audit_outbox.c.seq)).fetchall()
        return [(r.actor, r.action, r.object_id, r.result) for r in rows]


@pytest.fixture
def url(home: Home) -> Iterator[str]:
    """Address of an empty SQLite store; what the desk enters is asked on PostgreSQL too (`test_inquiry`)."""
    yield from address("sqlite", home)


@pytest.fixture
def desk(engine: Engine, home: Home, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk where the work of a hash is small, and nobody waits for a refusal."""
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    monkeypatch.setattr(sign_in, "PAUSE_SECONDS", 0.0)
    made = Desk(engine, home)
    for staff_id, role in (
        ("op1", Role.OPERATOR), ("op2", Role.OPERATOR), ("sv1", Role.SUPERVISOR), ("ad1", Role.ADMINISTRATOR),
    ):  # fmt: skip
        made.add(staff_id, role)
    return made
