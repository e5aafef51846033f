"""Pages of the sign-in: log in, log out, the own password, and what somebody may do here."""

from __future__ import annotations

import math
from base64 import b32encode
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from anyio import sleep
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from compliance.errors import (
    EntryRefused,
    HomeBusy,
    LogInRefused,
    MustWait,
    NotAllowed,
    Outdated,
)
from compliance.ground.japan import civil_date
from compliance.people.acting import allow, prove
from compliance.people.person_keys import enrolled_keys
from compliance.people.rights import Right
from compliance.sign_in import sessions
from compliance.sign_in.accounts import (
    MUST_WAIT,
    change_password,
    has_second,
    log_in,
    offered_second,
    set_second,
)
from compliance.sign_in.sessions import Visitor
from desk.bodies import BodyRefused, Fields, fields_of, one
from desk.middleware import ENTRANCE, SESSION, cookie, terminal_of, token_of
from desk.morning import morning_page
from desk.offers import Offers
from desk.pages import page, refused
from desk.places import Crowded, Places
from desk.services import Services
from desk.typed import NOTHING, Typed

Done = TypeVar("Done")
PAUSE_SECONDS = 1.0
"""Whoever is sent away from the hash is told so after that long: asking faster costs a connection, of which an address has few,
and not the time of those who are let in."""
_OFFER_OVER_TEXT = "鍵の期限（10分）が過ぎました。新しい鍵を入力し直してください。"
_NOT_SHOWN_TEXT = (
    "パスワード又は今の確認コードが違います。続けて失敗したときは、15分待ってください。"
)
_NOT_THEIRS_TEXT = "今のパスワード（最初のときは署名鍵のパスフレーズも）が違います。続けて失敗したときは、15分待ってください。"
_BUSY_TEXT = "混み合っています。少し待って、もう一度ログインしてください。"
BUILDING_TEXT = "いま集計中です。1分ほど後に開き直してください。"


def _is_well(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1 from alembic_version")).first()
    except SQLAlchemyError:
        return False
    return True


class Entrance:
    """The pages, over the services."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._places = Places()
        self._offers = Offers(offered_second)

    async def health(self, request: Request) -> Response:
        """Whether it and its store answer; says nothing else."""
        is_well = await run_in_threadpool(_is_well, self._services.engine)
        return PlainTextResponse("ok" if is_well else "not ok", 200 if is_well else 503)

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
                request,
                lambda: log_in(
                    s.engine,
                    staff_id,
                    one(fields, "password"),
                    one(fields, "code"),
                    now=s.now(),
                    first_day=s.first_day,
                    terminal=terminal_of(request.scope),
                    key=s.key() if s.key else None,
                    tried_at=s.wall(),
                ),
            )
        except MustWait as error:
            return self._must_wait(error)
        except Crowded:
            return refused(503, _BUSY_TEXT)
        except LogInRefused as error:
            return page(
                "login.html", 401, csrf=request.scope["csrf"], said=str(error), staff_id=staff_id
            )
        if earlier := token_of(request.scope, s.is_tls):
            await run_in_threadpool(sessions.end, s.engine, earlier, s.now())
        return self._with_session(RedirectResponse("/", 303), token)

    async def log_out(self, request: Request) -> Response:
        """End the session."""
        s = self._services
        await run_in_threadpool(sessions.end, s.engine, token_of(request.scope, s.is_tls), s.now())
        return self._with_session(RedirectResponse("/login", 303), "")

    async def show_password(self, request: Request) -> Response:
        """The form of the own password."""
        return await self._password(request, "", 200)

    async def change_password(self, request: Request) -> Response:
        """Change the own password: a new token, all earlier sessions end."""
        who, s = visitor(request), self._services
        try:
            fields = await read(request)
        except BodyRefused:
            return refused(400, "入力を読み取れません。", **session(request))
        new = one(fields, "new")
        if new != one(fields, "again"):
            return await self._password(request, "新しいパスワードが二つの欄で違います。", 422)
        try:
            token = await self._slow(
                request,
                lambda: change_password(
                    s.engine,
                    who.staff_id,
                    one(fields, "present"),
                    new,
                    now=s.now(),
                    first_day=s.first_day,
                    terminal=terminal_of(request.scope),
                    tried_at=s.wall(),
                    show_key=partial(
                        prove, s.engine, s.home, who.staff_id, one(fields, "passphrase"), s.now()
                    ),
                ),
            )
        except MustWait as error:
            return self._must_wait(error, **session(request))
        except Crowded:
            return refused(503, _BUSY_TEXT, **session(request))
        except LogInRefused:
            return await self._password(request, _NOT_THEIRS_TEXT, 422)
        except (EntryRefused, Outdated) as error:
            return await self._password(request, str(error), 422)
        return self._with_session(RedirectResponse("/", 303), token)

    async def show_second(self, request: Request) -> Response:
        """A secret for an authenticator. Until it is confirmed it is kept for this session here, and nowhere else."""
        if self._services.key is None:
            return refused(404, "確認コードは使われていません。", **session(request))
        return await self._second(request, "", 200)

    async def set_second(self, request: Request) -> Response:
        """Ask for a code at each further log-in, once the password, the present code and one of the secret were shown."""
        who, s = visitor(request), self._services
        key = s.key
        if key is None:
            return refused(404, "確認コードは使われていません。", **session(request))
        try:
            fields = await read(request)
        except BodyRefused:
            return refused(400, "入力を読み取れません。", **session(request))
        secret = self._offers.offered(who.session, s.wall())
        if secret is None:
            return await self._second(request, _OFFER_OVER_TEXT, 422)
        try:
            await self._slow(
                request,
                lambda: set_second(
                    s.engine,
                    key(),
                    who.staff_id,
                    one(fields, "password"),
                    one(fields, "present"),
                    secret,
                    one(fields, "code"),
                    now=s.now(),
                    first_day=s.first_day,
                    terminal=terminal_of(request.scope),
                    proof=who.session,
                    tried_at=s.wall(),
                ),
            )
        except MustWait as error:
            return self._must_wait(error, **session(request))
        except Crowded:
            return refused(503, _BUSY_TEXT, **session(request))
        except LogInRefused:
            return await self._second(request, _NOT_SHOWN_TEXT, 422)
        except (EntryRefused, Outdated) as error:
            return await self._second(request, str(error), 422)
        self._offers.taken(who.session)
        return RedirectResponse("/", 303)

    async def home(self, request: Request) -> Response:
        """What this person may do here."""
        who, s = visitor(request), self._services
        morning, said = None, ""
        if s.morning is not None and who.may(Right.TELL_THE_CITY):
            try:
                morning = morning_page(await run_in_threadpool(s.morning), s.page_of_making)
            except HomeBusy:
                said = BUILDING_TEXT
        return page("home.html", **session(request), morning=morning, morning_said=said)

    async def _slow(self, request: Request, work: Callable[[], Done]) -> Done:
        """Do what takes a hash's work, in its turn; a terminal that must wait takes no place.

        Raises:
            MustWait, Crowded: nothing was looked at.
        """
        s, terminal = self._services, terminal_of(request.scope)

        def may_still() -> None:
            if (until := s.waiting.until(terminal, s.wall())) is not None:
                raise MustWait(MUST_WAIT, until)

        try:
            may_still()
            return await self._places.do(terminal, may_still, work)
        except MustWait as error:
            s.waiting.refused(terminal, error.until, s.wall())
            await sleep(PAUSE_SECONDS)
            raise
        except Crowded:
            await sleep(PAUSE_SECONDS)
            raise

    def _must_wait(self, error: MustWait, **values: Any) -> Response:
        seconds = math.ceil((error.until - self._services.wall()).total_seconds())
        answer = refused(429, str(error), **values)
        answer.headers["Retry-After"] = str(max(seconds, 1))
        return answer

    async def _second(self, request: Request, said: str, status: int) -> Response:
        who, s = visitor(request), self._services
        secret = self._offers.offer(who.session, s.wall())
        is_set = await run_in_threadpool(has_second, s.engine, who.staff_id)
        text = b32encode(secret).decode("ascii")
        return page(
            "second.html", status, **session(request), secret=text, said=said, is_set=is_set
        )

    async def _password(self, request: Request, said: str, status: int) -> Response:
        who = visitor(request)
        has_key = who.must_change and await run_in_threadpool(
            lambda: who.staff_id in enrolled_keys(self._services.engine)
        )
        return page("password.html", status, **session(request), said=said, asks_key=has_key)

    def _with_session(self, response: Response, token: str) -> Response:
        is_tls = self._services.is_tls
        response.headers.append("Set-Cookie", cookie(SESSION, token, is_tls))
        if token:
            response.headers.append("Set-Cookie", cookie(ENTRANCE, "", is_tls))
        return response


async def read(request: Request) -> Fields:
    """The fields of a request; a page that answers it with a refusal shows what was typed once more (`typed`).

    Raises:
        BodyRefused: they cannot be read.
    """
    fields = fields_of(await request.body(), request.headers.get("content-type", ""))
    request.scope["typed"] = Typed(request.scope["path"], fields)
    return fields


async def not_allowed(request: Request, services: Services, right: Right) -> Response | None:
    """Why the registers do not let this person do that today, as its answer; null where they do. A refusal is noted."""
    who, now = visitor(request), services.now()
    today = civil_date(now)
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
    """Who is at it; the access middleware let nobody else through."""
    found = request.scope["visitor"]
    assert isinstance(found, Visitor)  # noqa: S101
    return found


def session(request: Request) -> dict[str, Any]:
    """What every page may show of the session: who it is, what they find here, and what they handed in with this request."""
    who = visitor(request)
    return {
        "visitor": who,
        "csrf": request.scope["csrf"],
        "menu": request.scope.get("menu", ()),
        "typed": request.scope.get("typed", NOTHING),
        "is_pushed": who.may(Right.TELL_THE_CITY),
    }
