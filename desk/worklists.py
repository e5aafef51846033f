"""Worklists of the desk: the manager's morning, and answered calls that nobody wrote down (6(2), 6(3)イ)."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from compliance.errors import HomeBusy
from compliance.ground.japan import TOKYO
from compliance.people.rights import Right
from desk.entrance import BUILDING_TEXT, not_allowed, session
from desk.morning import MOST_SHOWN
from desk.pages import page, refused
from desk.services import Services

_NO_PAGE = "その画面はありません。"


class Worklists:
    """The pages, over the services. For whoever may tell the city: MG and SV."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def today(self, request: Request) -> Response:
        """The morning in one page; says so while the warehouse is built."""
        if answer := await not_allowed(request, self._services, Right.TELL_THE_CITY):
            return answer
        if self._services.morning is None:
            return refused(404, _NO_PAGE, **session(request))
        try:
            morning = await run_in_threadpool(self._services.morning)
        except HomeBusy:
            return refused(503, BUILDING_TEXT, **session(request))
        return page("today.html", **session(request), morning=morning)

    async def without_record(self, request: Request) -> Response:
        """Answered calls of the last business day without a record."""
        if answer := await not_allowed(request, self._services, Right.TELL_THE_CITY):
            return answer
        if self._services.without_record is None:
            return refused(404, _NO_PAGE, **session(request))
        try:
            found = await run_in_threadpool(self._services.without_record)
        except HomeBusy:
            return refused(503, BUILDING_TEXT, **session(request))
        rows = [
            (f"{call.at.astimezone(TOKYO):%H:%M:%S}", call.call_id, "、".join(call.operators))
            for call in found.calls[:MOST_SHOWN]
        ]
        return page(
            "without_record.html",
            **session(request),
            found=found,
            rows=rows,
            others=len(found.calls) - len(rows),
        )
