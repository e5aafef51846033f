"""The desk as one web application, the access middleware before it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from compliance.sign_in.sessions import Visitor
from desk.middleware import AccessMiddleware
from desk.pages import STATIC, refused
from desk.services import Services
from desk.sign_in import not_allowed, session, visitor
from desk.site import MENU, PAGES, Page

_NOT_YOURS = "この画面を見る役割ではありません。"


def build_desk(services: Services) -> AccessMiddleware:
    """The application, with the access middleware before every route."""
    return AccessMiddleware(build_pages(services), services)


def build_pages(services: Services) -> Starlette:
    """The pages alone: whoever composes them with something else puts one access middleware before both."""
    groups = {of: of(services) for of in dict.fromkeys(page.of for page in PAGES)}
    routes = [
        Route(page.path, _asked(services, page, groups[page.of]), methods=[page.method])
        for page in PAGES
    ]
    return Starlette(
        routes=[*routes, Mount("/static", StaticFiles(directory=STATIC))],
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )


def _asked(
    services: Services, page: Page[Any], group: object
) -> Callable[[Request], Awaitable[Response]]:
    """The page, once its row lets the visitor through."""

    async def asked(request: Request) -> Response:
        access = page.access
        if (who := request.scope.get("visitor")) is not None:
            request.scope["menu"] = menu_of(who, services, request.url.path)
        if isinstance(access, frozenset) and not any(map(visitor(request).may, access)):
            # the registers say it in their words, and the log has it
            answer = await not_allowed(request, services, min(access))
            return answer or refused(403, _NOT_YOURS, **session(request))
        answered: Response = await page.answer(group, request)
        return answered

    return asked


def menu_of(who: Visitor, services: Services, here: str) -> list[tuple[str, str, bool]]:
    """What somebody finds here: title, path, and whether it is the page that was asked for."""
    if who.must_change:
        return []
    known = [
        (page.menu, page.path)
        for page in MENU
        if isinstance(page.access, frozenset) and any(map(who.may, page.access))
    ]
    known += [
        (link.title, link.path)
        for link in services.links
        if link.right is None or who.may(link.right)
    ]
    return [(title, path, path == here) for title, path in known]


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return refused(status, "その画面はありません。" if status == 404 else "受け付けられません。")


async def _broken(request: Request, error: Exception) -> Response:
    """Says nothing of what broke: it may hold what somebody typed."""
    return refused(
        500, "処理できませんでした。入力は登録されていません。管理者に知らせてください。"
    )
