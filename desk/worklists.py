"""Worklists of the desk: the manager's morning, return calls, what the city is to be told
(6(2), 6(3)イオ)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from compliance.errors import HomeBusy
from compliance.ground.japan import TOKYO, civil_date
from compliance.inquiries.follow_up import open_callbacks, untold, urgent_complaints
from compliance.inquiries.register import latest
from compliance.people.rights import Right
from compliance.registers.entries import entries
from compliance.registers.known import CALLBACKS, ESCALATIONS
from compliance.registers.sheet import shown
from compliance.registers.waiting import waiting
from desk.back import said_of
from desk.morning import MOST_SHOWN, morning_page
from desk.own import may_read
from desk.pages import page, refused
from desk.services import Services
from desk.sign_in import BUILDING_TEXT, not_allowed, session, visitor

_NO_PAGE = "その画面はありません。"


class Worklists:
    """The pages, over the services. For whoever may tell the city, MG and SV; an operator has the own return calls."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def today(self, request: Request) -> Response:
        """The morning in one page; says so while the warehouse is built."""
        if answer := await not_allowed(request, self._services, Right.TELL_THE_CITY):
            return answer
        if self._services.morning is None:
            return refused(404, _NO_PAGE, **session(request))
        try:
            brief = await run_in_threadpool(self._services.morning)
        except HomeBusy:
            return refused(503, BUILDING_TEXT, **session(request))
        return page(
            "today.html",
            **session(request),
            morning=morning_page(brief, self._services.page_of_making),
        )

    async def callbacks(self, request: Request) -> Response:
        """Return calls that are not closed, the one due first leading: one's own, to SV and MG everybody's."""
        if answer := await not_allowed(request, self._services, Right.WRITE_INQUIRY):
            return answer
        rows = await run_in_threadpool(self._callbacks, request)
        return page(
            "callbacks.html",
            **session(request),
            rows=rows[:MOST_SHOWN],
            others=max(0, len(rows) - MOST_SHOWN),
            overdue=sum(row["is_overdue"] for row in rows),
            said=said_of(request.query_params),
        )

    async def escalations(self, request: Request) -> Response:
        """What the city is to be told, the urgent ones leading, and what it has not answered."""
        if answer := await not_allowed(request, self._services, Right.TELL_THE_CITY):
            return answer
        found = await run_in_threadpool(self._escalations)
        return page(
            "escalations.html", **session(request), **found, said=said_of(request.query_params)
        )

    def _callbacks(self, request: Request) -> list[dict[str, Any]]:
        s, who = self._services, visitor(request)
        today = civil_date(s.now())
        kept = [one for one in latest(s.engine) if may_read(who, one)]
        return [
            {
                "inquiry_id": one.inquiry.inquiry_id,
                "call": one.inquiry.inquiry.call_id or "電話以外",
                "at": _time(one.inquiry.inquiry.at),
                "operator": one.inquiry.inquiry.operator,
                "due": one.due_on,
                "is_overdue": one.due_on < today,
                "is_today": one.due_on == today,
                "form": f"/registers/{CALLBACKS.name}/{one.entry_id}?"
                if one.entry_id
                else f"/registers/{CALLBACKS.name}/new?about={one.inquiry.inquiry_id}&",
            }
            for one in open_callbacks(kept, entries(s.engine, CALLBACKS))
        ]

    def _escalations(self) -> dict[str, Any]:
        s = self._services
        kept, noted = latest(s.engine), entries(s.engine, ESCALATIONS)
        urgent = [u for u in urgent_complaints(kept, noted, s.now()) if u.told_at is None]
        return {
            "urgent": [(u.inquiry_id, _time(u.received_at), u.call_id) for u in reversed(urgent)],
            "untold": [
                (one.inquiry_id, _time(one.inquiry.at), one.inquiry.call_id)
                for one in reversed(untold(kept, noted))
            ],
            "unanswered": [
                (e.entry_id, e.about, shown(ESCALATIONS.field("told_at"), e.get("told_at")),
                 shown(ESCALATIONS.field("manner"), e.get("manner")), e.get("told_by"))
                for e in reversed(waiting(ESCALATIONS, noted))
            ],
            "most": MOST_SHOWN,
        }  # fmt: skip


def _time(at: datetime) -> str:
    return f"{at.astimezone(TOKYO):%Y-%m-%d %H:%M}"
