"""Access to the web: nobody passes without a session, nothing is changed from elsewhere, each answer is strict.

Pure ASGI, for HTTP and WebSocket alike, so that it can stand before any application. What it lets through carries `visitor`
(`compliance.sign_in.sessions.Visitor`, null before log-in) and `csrf` in its scope, and a whole body of at most 64 KiB.
A cookie of its own gives the log-in page something to prove before there is a session. What is addressed to a name that the
service was not told of is answered by nobody: so no page elsewhere can have its name point here.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from compliance.sign_in.sessions import Visitor, csrf_of, is_csrf, visitor_of
from desk.bodies import FORM, LIMIT_BYTES, BodyRefused, fields_of, one
from desk.pages import refused
from desk.services import Services
from desk.sockets import NOBODY, while_known

SESSION, ENTRANCE = "madoguchi_session", "madoguchi_entrance"
_OF_THIS_HOST = "__Host-"
"""Under TLS before a cookie's name: the browser takes it by TLS from this very host only, for every path (RFC 6265bis, 4.1.3.2)."""
ELSEWHERE = 4403
"""Code with which a WebSocket is closed that comes from another origin, or to a name that is not ours."""
STRICT = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
BY_TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
"""A year (RFC 6797): on every answer by TLS, the UI's own too. Names below ours are somebody else's matter."""
WITH_SOUND = {
    **STRICT,
    "Content-Security-Policy": STRICT["Content-Security-Policy"] + "; media-src 'self'",
}
"""Of the pages that play something."""
_PLAYING = frozenset({"/messages"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN = frozenset({"/login", "/healthz"})
_STATIC = "/static/"
_FIRST = frozenset({"/password", "/logout"})
"""All that somebody with a first password may do."""
_BY_ITSELF = frozenset({"/inquiry/calls", "/board/now", "/counts"})
"""What a page asks by itself: a sign of life only where it says that somebody was at it (`active=1`)."""
_LONGEST_COOKIE = 64
_ORIGIN_TEXT = "別の画面からの操作は受け付けません。"
_CSRF_TEXT = "画面が古くなっています。開き直して、もう一度操作してください。"
_NOT_OURS_TEXT = "この宛先では受け付けません。案内された名前で開いてください。"
_LARGE_TEXT = "入力が長すぎます（64KBまで）。戻って短くしてください。"


class AccessMiddleware:
    """Stands before an application. `is_foreign` tells by path what is not the desk's own (the Dagster UI behind the same
    access): such requests need a session and their own origin, and are otherwise left as they are."""

    def __init__(
        self,
        app: ASGIApp,
        services: Services,
        is_foreign: Callable[[str], bool] = lambda path: False,
    ) -> None:
        self._app = app
        self._services = services
        self._is_foreign = is_foreign

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one WebSocket, or the application's life."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not self._is_ours(headers):
            visitor, code = None, ELSEWHERE
        else:
            visitor = await self._visitor(scope, headers)
            code = 0
            if visitor is None or visitor.must_change:
                code = NOBODY
            elif not self._is_own_origin(headers, is_socket=True):
                code = ELSEWHERE
        if code:
            await receive()
            await send({"type": "websocket.close", "code": code})
            return
        scope["visitor"] = visitor

        async def still() -> bool:
            """Whether they are here with the roles they came with; the page opens it anew where those changed."""
            now = await self._visitor(scope, headers)
            return now == visitor

        await while_known(self._app, scope, receive, send, still)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method, headers = scope["path"], scope["method"], Headers(scope=scope)
        is_own = not self._is_foreign(path)
        if self._services.is_tls:
            send = _strict(send, BY_TLS_ONLY)
        strict = _strict(send, WITH_SOUND if path in _PLAYING else STRICT)
        if not self._is_ours(headers):
            await PlainTextResponse(_NOT_OURS_TEXT, 421)(scope, receive, strict)
            return
        visitor = await self._visitor(scope, headers)
        scope["visitor"] = visitor
        sign_in = ""
        if visitor is not None:
            scope["csrf"] = visitor.csrf
        else:
            sign_in = _cookie(headers, ENTRANCE, self._services.is_tls) or secrets.token_urlsafe(32)
            scope["csrf"] = csrf_of(sign_in)
        said = self._refusal(visitor, path, method, headers)
        if said is None and is_own and method not in _SAFE:
            body = await whole_body(headers, receive)
            if body is None:
                said = _answer(headers, 413, _LARGE_TEXT)
            elif not _carries(headers, body, scope["csrf"]):
                said = _answer(headers, 403, _CSRF_TEXT)
            else:
                receive = replayed(body, receive)
        if said is not None:
            await said(scope, receive, strict)
            return
        if path == "/login" and sign_in:
            strict = self._with_entrance(strict, sign_in)
        await self._app(scope, receive, strict if is_own else send)

    def _refusal(
        self, visitor: Visitor | None, path: str, method: str, headers: Headers
    ) -> Response | None:
        """Why a request does not pass, as its answer; null where it does."""
        if method not in _SAFE and not self._is_own_origin(headers):
            return _answer(headers, 403, _ORIGIN_TEXT)
        if path in _OPEN or path.startswith(_STATIC):
            return None
        is_page = method in _SAFE and _wants_page(headers)
        if visitor is None:
            if is_page:
                return RedirectResponse("/login", 303)
            return JSONResponse({"error": "ログインし直してください。"}, 401)
        if visitor.must_change and path not in _FIRST:
            if is_page:
                return RedirectResponse("/password", 303)
            return JSONResponse({"error": "先にパスワードを変更してください。"}, 403)
        return None

    async def _visitor(self, scope: Scope, headers: Headers) -> Visitor | None:
        token = _cookie(headers, SESSION, self._services.is_tls)
        if not token:
            return None
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        is_sign = scope["path"] not in _BY_ITSELF or query.get("active") == ["1"]
        if scope["type"] == "websocket":
            is_sign = False
        elif self._is_foreign(scope["path"]):
            is_sign = _wants_page(headers)  # what lies there asks for news all the time
        return await run_in_threadpool(
            visitor_of,
            self._services.engine,
            token,
            now=self._services.now(),
            first_day=self._services.first_day,
            is_sign_of_life=is_sign,
        )

    def _is_ours(self, headers: Headers) -> bool:
        """Whether a request is addressed, once, to a name that the service was told of. The port is left out: one may be
        led here through another."""
        named = headers.getlist("host")
        return len(named) == 1 and name_of(named[0]) in self._services.hosts

    def _is_own_origin(self, headers: Headers, *, is_socket: bool = False) -> bool:
        """Whether a request comes from a page of ours. A form of a page without referrer says `null`, and where the
        connection is trusted `Sec-Fetch-Site`; whoever says nothing at all still needs the token."""
        site = headers.get("sec-fetch-site", "")
        if site not in ("", "same-origin") and not (site == "none" and not is_socket):
            return False
        origin = headers.get("origin", "")
        if is_socket or origin not in ("", "null"):
            scheme = "https" if self._services.is_tls else "http"
            return origin == f"{scheme}://{headers.get('host', '')}"
        return True

    def _with_entrance(self, send: Send, sign_in: str) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append(
                    "Set-Cookie", cookie(ENTRANCE, sign_in, self._services.is_tls)
                )
            await send(message)

        return sent


def cookie(name: str, value: str, is_tls: bool) -> str:
    """A cookie of the sign-in, gone with the browser; a blank value takes it away."""
    ends = "" if value else "; Max-Age=0"
    return f"{cookie_name(name, is_tls)}={value}; Path=/; HttpOnly; SameSite=Strict{'; Secure' if is_tls else ''}{ends}"


def cookie_name(name: str, is_tls: bool) -> str:
    """What a browser knows a cookie by; a page by plain http can set none of that name for one by TLS."""
    return f"{_OF_THIS_HOST}{name}" if is_tls else name


def name_of(host: str) -> str:
    """The name, or the address, in a `Host` header: lower case, without port and brackets."""
    text = host.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].removesuffix(".")


def terminal_of(scope: Scope) -> str:
    """From where a request comes."""
    client: Any = scope.get("client")
    return terminal(str(client[0])) if client else ""


def terminal(address: str) -> str:
    """What counts as one terminal: an address, of IPv6 its network of 64 bits, since a machine has all of that at will."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address) or known.is_loopback:
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, 64), strict=False))


def token_of(scope: Scope, is_tls: bool) -> str:
    """The session's token that a request carries, blank where it has none."""
    return _cookie(Headers(scope=scope), SESSION, is_tls)


def _cookie(headers: Headers, name: str, is_tls: bool) -> str:
    for line in headers.getlist("cookie"):
        value = cookie_parser(line).get(cookie_name(name, is_tls), "")
        if value:
            return value if len(value) <= _LONGEST_COOKIE else ""
    return ""


def _wants_page(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


def _answer(headers: Headers, status: int, text: str) -> Response:
    if _wants_page(headers):
        return refused(status, text)
    return JSONResponse({"error": text}, status)


def _carries(headers: Headers, body: bytes, csrf: str) -> bool:
    """Whether a request carries what only a page of this session knows, in its header or its form."""
    shown = headers.get("x-csrf-token", "")
    if not shown and headers.get("content-type", "").startswith(FORM):
        try:
            shown = one(fields_of(body, FORM), "csrf")
        except BodyRefused:
            return False
    return is_csrf(shown, csrf)


async def whole_body(
    headers: Headers, receive: Receive, limit_bytes: int = LIMIT_BYTES
) -> bytes | None:
    """The whole body, or null where it is too large or was cut off."""
    told = headers.get("content-length", "0")
    if not told.isdigit() or int(told[:20]) > limit_bytes:
        return None
    parts, size, is_more = [], 0, True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit_bytes:
            return None
        is_more = message.get("more_body", False)
    return b"".join(parts)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A body that was read, to be read once more."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received


def _strict(send: Send, told: Mapping[str, str]) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in told.items():
                headers[name] = value
        await send(message)

    return sent
