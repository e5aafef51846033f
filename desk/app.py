"""The desk as one web application, the access middleware before it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from desk.access import ACCESS, Everybody, access_to
from desk.board import BoardPages
from desk.city import CityPages
from desk.erasures import ErasurePages
from desk.inquiry import InquiryPages
from desk.messages import MessagePages
from desk.middleware import AccessMiddleware
from desk.pages import STATIC, refused
from desk.papers import PaperPages
from desk.registers import RegisterPages
from desk.services import Services
from desk.sign_in import Entrance, not_allowed, session, visitor
from desk.worklists import Worklists

PATHS = frozenset(
    path for asked in ACCESS if "{" not in (path := asked.partition(" ")[2]) and path != "/static"
)
"""The pages that have one address each."""


_NOT_YOURS = "この画面を見る役割ではありません。"


def build_desk(services: Services) -> AccessMiddleware:
    """The application, with the access middleware before every route."""
    return AccessMiddleware(build_pages(services), services)


def build_pages(services: Services) -> Starlette:
    """The pages alone: whoever composes them with something else puts one access middleware before both."""
    sign_in, inquiry = Entrance(services), InquiryPages(services)
    worklists, papers, city = Worklists(services), PaperPages(services), CityPages(services)
    registers, messages = RegisterPages(services), MessagePages(services)
    erasures, board = ErasurePages(services), BoardPages(services)
    return Starlette(
        routes=_by_the_table(
            services,
            Route("/healthz", sign_in.health),
            Route("/login", sign_in.show_log_in, methods=["GET"]),
            Route("/login", sign_in.log_in, methods=["POST"]),
            Route("/logout", sign_in.log_out, methods=["POST"]),
            Route("/password", sign_in.show_password, methods=["GET"]),
            Route("/password", sign_in.change_password, methods=["POST"]),
            Route("/second", sign_in.show_second, methods=["GET"]),
            Route("/second", sign_in.set_second, methods=["POST"]),
            Route("/", sign_in.home),
            Route("/inquiry", inquiry.show, methods=["GET"]),
            Route("/inquiry", inquiry.hand_in, methods=["POST"]),
            Route("/inquiry/calls", inquiry.calls),
            Route("/inquiries", inquiry.list_),
            Route("/inquiries/{inquiry_id}", inquiry.one),
            Route("/today", worklists.today),
            Route("/calls-without-record", worklists.without_record),
            Route("/callbacks", worklists.callbacks),
            Route("/escalations", worklists.escalations),
            Route("/messages", messages.list_),
            Route("/messages/{recording_id}/sound", messages.sound),
            Route("/registers", registers.list_),
            Route("/registers/{name}", registers.show),
            Route("/registers/{name}/new", registers.new, methods=["GET"]),
            Route("/registers/{name}/new", registers.add, methods=["POST"]),
            Route("/registers/{name}/{entry}", registers.one, methods=["GET"]),
            Route("/registers/{name}/{entry}", registers.correct, methods=["POST"]),
            Route("/papers", papers.list_),
            Route("/papers/{kind}/{period}", papers.show, methods=["GET"]),
            Route("/papers/{kind}/{period}", papers.confirm, methods=["POST"]),
            Route("/papers/{kind}/{period}/receipt", papers.receive, methods=["POST"]),
            Route("/papers/{kind}/{period}/{edition}/{name}", papers.download),
            Route("/board", board.show),
            Route("/board/now", board.now),
            Route("/erasures", erasures.list_, methods=["GET"]),
            Route("/erasures", erasures.work_off, methods=["POST"]),
            Route("/erasures/{case_id}", erasures.show, methods=["GET"]),
            Route("/erasures/{case_id}", erasures.sign, methods=["POST"]),
            Route("/erasures/{case_id}/start", erasures.start, methods=["POST"]),
            Route("/definitions", city.definitions),
            Route("/certificates", city.certificates),
            Route("/certificates/{case_id}/{name}", city.certificate_file),
            Mount("/static", StaticFiles(directory=STATIC)),
        ),
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )


def _by_the_table(services: Services, *routes: Route | Mount) -> list[BaseRoute]:
    """The routes, each asking its row of the table before its page is asked.

    Raises:
        LookupError: a route has no row.
    """
    return [
        Route(one.path, _asking(services, one), methods=sorted(one.methods or ()))
        if isinstance(one, Route)
        else _open(one)
        for one in routes
    ]


def _open(mounted: Mount) -> Mount:
    if access_to("GET", mounted.path) is not Everybody.OPEN:
        raise LookupError(
            f"{mounted.path} holds files: whatever is there, it is open to everybody."
        )
    return mounted


def _asking(services: Services, route: Route) -> Callable[[Request], Awaitable[Response]]:
    rows = {method: access_to(method, route.path) for method in route.methods or ()}
    page = route.endpoint

    async def asked(request: Request) -> Response:
        access = rows[request.method]
        if isinstance(access, frozenset) and not any(map(visitor(request).may, access)):
            # the registers say it in their words, and the log has it
            answer = await not_allowed(request, services, min(access))
            return answer or refused(403, _NOT_YOURS, **session(request))
        answered: Response = await page(request)
        return answered

    return asked


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return refused(status, "その画面はありません。" if status == 404 else "受け付けられません。")


async def _broken(request: Request, error: Exception) -> Response:
    """Says nothing of what broke: it may hold what somebody typed."""
    return refused(
        500, "処理できませんでした。入力は登録されていません。管理者に知らせてください。"
    )
