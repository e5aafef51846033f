"""The desk and the Dagster UI as one application on one address, behind one gateway."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from compliance.people.rights import Right
from desk.middleware import STRICT, replayed, whole_body
from orchestration.gateway.questions import BODY_BYTES
from orchestration.gateway.webserver import GatedWebserver, UiVisitor

UI_PREFIX = "/dagster"
"""Where the Dagster UI lies; everything else is the desk's."""
_SAFE = ("GET", "HEAD", "OPTIONS")
_LARGE = f"A request to the Dagster UI ends at {BODY_BYTES // 1024} KiB."
_NOT_YOURS = "この画面を見る役割ではありません。"
_FROM_ELSEWHERE = "別のサイトの画面からの操作は受け付けません。"


class OneAddress:
    """Sends each request to the desk or to the Dagster UI. The access middleware is around it and says who is there."""

    def __init__(self, desk: ASGIApp, ui: ASGIApp) -> None:
        self._desk = desk
        self._ui = ui

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "lifespan" or not is_of_ui(path):
            await self._desk(scope, receive, send)
            return
        visitor: UiVisitor = scope["visitor"]
        headers = Headers(scope=scope)
        if not visitor.may(Right.SEE_RUNS):
            await _refuse(scope, receive, send, _NOT_YOURS)
        elif _is_from_elsewhere(scope, headers):
            await _refuse(scope, receive, send, _FROM_ELSEWHERE)
        elif scope["type"] == "http" and path == UI_PREFIX:
            # by its path alone: the framework's own redirect repeats whatever host was asked for
            await RedirectResponse(f"{UI_PREFIX}/", 307, STRICT)(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] not in _SAFE:
            body = await whole_body(headers, receive, BODY_BYTES)
            if body is None:
                await JSONResponse({"errors": [{"message": _LARGE}]}, 413, STRICT)(
                    scope, receive, send
                )
            else:
                await self._ui(scope, replayed(body, receive), send)
        else:
            await self._ui(scope, receive, send)


def is_of_ui(path: str) -> bool:
    """Whether a path is the Dagster UI's; all others are the desk's, those that nobody has too."""
    return path == UI_PREFIX or path.startswith(f"{UI_PREFIX}/")


def one_address(
    guarded: Callable[[ASGIApp], ASGIApp], desk: ASGIApp, ui: GatedWebserver
) -> ASGIApp:
    """Both behind the access middleware."""
    return guarded(OneAddress(desk, ui.create_asgi_app()))


def _is_from_elsewhere(scope: Scope, headers: Headers) -> bool:
    """Whether a page of another site sent it: what changes something, and every WebSocket, comes from our own pages.

    Stricter than the access middleware, which lets a form without referrer (`Origin: null`) on to the look at its token: GraphQL has none.
    """
    if scope["type"] == "http" and scope["method"] in _SAFE:
        return False
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return True
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


async def _refuse(scope: Scope, receive: Receive, send: Send, message: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4403})
        return
    await PlainTextResponse(message, 403, STRICT)(scope, receive, send)
