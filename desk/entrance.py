"""Pages of the door: log in, log out, the own password, and what somebody may do here."""

from __future__ import annotations

from base64 import b32decode, b32encode
from collections.abc import Callable
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from compliance.door import sessions
from compliance.door.accounts import change_password, log_in, offered_second, set_second
from compliance.door.sessions import Visitor
from compliance.door.totp import SECRET_BYTES
from compliance.errors import EntryRefused, HomeBusy, LogInRefused, NotAllowed, Outdated
from compliance.ground.japan import TOKYO
from compliance.people.acting import allow
from compliance.people.rights import Right
from compliance.registers.known import REGISTERS
from desk.bodies import BodyRefused, Fields, fields_of, one
from desk.door import ENTRANCE, SESSION, cookie, terminal_of, token_of
from desk.pages import page, refused
from desk.services import Services

_AT_ONCE, _WAITING = 1, 16
"""Argon2id derives one at a time; who waits beyond that holds no thread of the others, and too many are sent away."""
_BUSY_TEXT = "混み合っています。少し待って、もう一度ログインしてください。"
_OFFERED = (
    (Right.WRITE_INQUIRY, "対応記録を書く", "/inquiry"),
    (Right.WRITE_INQUIRY, "登録した対応記録", "/inquiries"),
    (Right.WRITE_INQUIRY, "折返し", "/callbacks"),
    (Right.WRITE_INQUIRY, "現在の状況", "/board"),
    (Right.TELL_THE_CITY, "市への報告・引継ぎ", "/escalations"),
    (Right.TELL_THE_CITY, "朝の確認", "/today"),
    (Right.LISTEN, "書き起こす伝言", "/messages"),
    (Right.TELL_THE_CITY, "記録のない通話", "/calls-without-record"),
    (Right.READ_PAPERS, "書類", "/papers"),
    (Right.READ_PAPERS, "用語の定義", "/definitions"),
    (Right.SEE_ERASURES, "消去", "/erasures"),
    (Right.READ_PAPERS, "消去証明書", "/certificates"),
)
BUILDING_TEXT = "いま集計中です。1分ほど後に開き直してください。"


class Entrance:
    """The pages, over the services."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._work = CapacityLimiter(_AT_ONCE)
        self._waiting = 0

    async def health(self, request: Request) -> Response:
        """That it answers; says nothing else."""
        return PlainTextResponse("ok")

    async def show_log_in(self, request: Request) -> Response:
        """The form of the log-in."""
        return page("login.html", csrf=request.scope["csrf"], said="", staff_id="")

    async def log_in(self, request: Request) -> Response:
        """Let somebody in: a new token, whatever session the browser had ends."""
        try:
            fields = await read(request)
        except BodyRefused:
            return refused(400, "入力を読み取れません。")
        staff_id, s = one(fields, "staff_id"), self._services
        try:
            token = await self._slow(
                lambda: log_in(
                    s.engine,
                    staff_id,
                    one(fields, "password"),
                    one(fields, "code"),
                    now=s.now(),
                    first_day=s.first_day,
                    terminal=terminal_of(request.scope),
                    key=s.key() if s.key else None,
                )
            )
        except LogInRefused as error:
            return page(
                "login.html", 401, csrf=request.scope["csrf"], said=str(error), staff_id=staff_id
            )
        if token is None:
            return refused(503, _BUSY_TEXT)
        if earlier := token_of(request.scope):
            await run_in_threadpool(sessions.end, s.engine, earlier, s.now())
        return self._with_session(RedirectResponse("/", 303), token)

    async def log_out(self, request: Request) -> Response:
        """End the session."""
        s = self._services
        await run_in_threadpool(sessions.end, s.engine, token_of(request.scope), s.now())
        return self._with_session(RedirectResponse("/login", 303), "")

    async def show_password(self, request: Request) -> Response:
        """The form of the own password."""
        return page("password.html", **session(request), said="")

    async def change_password(self, request: Request) -> Response:
        """Change the own password: a new token, all earlier sessions end."""
        who, s = visitor(request), self._services
        try:
            fields = await read(request)
        except BodyRefused:
            return refused(400, "入力を読み取れません。", **session(request))
        new = one(fields, "new")
        if new != one(fields, "again"):
            return self._password_refused(request, "新しいパスワードが二つの欄で違います。")
        try:
            token = await self._slow(
                lambda: change_password(
                    s.engine,
                    who.staff_id,
                    one(fields, "present"),
                    new,
                    now=s.now(),
                    first_day=s.first_day,
                    terminal=terminal_of(request.scope),
                )
            )
        except LogInRefused:
            return self._password_refused(
                request, "今のパスワードが違います。続けて失敗したときは、15分待ってください。"
            )
        except (EntryRefused, Outdated) as error:
            return self._password_refused(request, str(error))
        if token is None:
            return refused(503, _BUSY_TEXT, **session(request))
        return self._with_session(RedirectResponse("/", 303), token)

    async def show_second(self, request: Request) -> Response:
        """A secret for an authenticator, until it is confirmed known to nobody but this page."""
        if self._services.key is None:
            return refused(404, "確認コードは使われていません。", **session(request))
        return self._second(request, offered_second(), "", 200)

    async def set_second(self, request: Request) -> Response:
        """Ask for a code at each further log-in, once one was shown."""
        who, s = visitor(request), self._services
        if s.key is None:
            return refused(404, "確認コードは使われていません。", **session(request))
        try:
            fields = await read(request)
            secret = b32decode(one(fields, "secret"))
        except (BodyRefused, ValueError):
            secret = b""
        if len(secret) != SECRET_BYTES:
            return refused(400, "入力を読み取れません。", **session(request))
        try:
            await run_in_threadpool(
                set_second, s.engine, s.key(), who.actor(s.now()), secret, one(fields, "code")
            )
        except EntryRefused as error:
            return self._second(request, secret, str(error), 422)
        return RedirectResponse("/", 303)

    async def home(self, request: Request) -> Response:
        """What this person may do here."""
        who, s = visitor(request), self._services
        offered = [(title, path) for right, title, path in _OFFERED if who.may(right)]
        offered += [
            (link.title, link.path) for link in s.links if link.right is None or who.may(link.right)
        ]
        if any(who.may(register.write) for register in REGISTERS.values()):
            offered.append(("台帳", "/registers"))
        morning, said = None, ""
        if s.morning is not None and who.may(Right.TELL_THE_CITY):
            try:
                morning = await run_in_threadpool(s.morning)
            except HomeBusy:
                said = BUILDING_TEXT
        return page(
            "home.html", **session(request), offered=offered, morning=morning, morning_said=said
        )

    async def _slow(self, work: Callable[[], str]) -> str | None:
        """Do what takes a hash's work; null where too many wait already."""
        if self._waiting >= _WAITING:
            return None
        self._waiting += 1
        try:
            return await to_thread.run_sync(work, limiter=self._work)
        finally:
            self._waiting -= 1

    def _second(self, request: Request, secret: bytes, said: str, status: int) -> Response:
        text = b32encode(secret).decode("ascii")
        return page("second.html", status, **session(request), secret=text, said=said)

    def _password_refused(self, request: Request, said: str) -> Response:
        return page("password.html", 422, **session(request), said=said)

    def _with_session(self, response: Response, token: str) -> Response:
        is_tls = self._services.is_tls
        response.headers.append("Set-Cookie", cookie(SESSION, token, is_tls))
        if token:
            response.headers.append("Set-Cookie", cookie(ENTRANCE, "", is_tls))
        return response


async def read(request: Request) -> Fields:
    """The fields of a request.

    Raises:
        BodyRefused: they cannot be read.
    """
    return fields_of(await request.body(), request.headers.get("content-type", ""))


async def not_allowed(request: Request, services: Services, right: Right) -> Response | None:
    """Why the registers do not let this person do that today, as its answer; null where they do. A refusal is noted."""
    who, now = visitor(request), services.now()
    today = now.astimezone(TOKYO).date()
    try:
        await run_in_threadpool(
            allow, services.engine, who.actor(now), right, today, services.first_day
        )
    except NotAllowed as error:
        text = str(error).rpartition(": ")[2]
        if "text/html" in request.headers.get("accept", ""):
            return refused(403, text, **session(request))
        return JSONResponse({"error": text}, 403)
    return None


def visitor(request: Request) -> Visitor:
    """Who is at it; the door let nobody else through."""
    found = request.scope["visitor"]
    assert isinstance(found, Visitor)  # noqa: S101
    return found


def session(request: Request) -> dict[str, Any]:
    """What every page may show of the session."""
    return {"visitor": visitor(request), "csrf": request.scope["csrf"]}
