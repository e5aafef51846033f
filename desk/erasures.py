"""Erasures at the desk: which there are and whom they wait for, and the signatures under an authorisation and a start (別紙2-13).

Whoever signs sees what will be destroyed and signs that with the own passphrase. Nothing is executed from here: a job uses the
signature of whoever executes up, within ten minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.erasure_cases import Cases, ErasureView
from compliance.erasure.states import CaseState
from compliance.ground.japan import TOKYO
from compliance.people.rights import Right, Role, roles_with
from desk.bodies import BodyRefused, Fields, one
from desk.pages import page, refused
from desk.services import Services
from desk.sign_in import not_allowed, read, session, visitor
from desk.signature import by_passphrase

NO_CASE = "その消去案件はありません。"
"""What an unknown number is answered with."""
_UNREADABLE = "入力を読み取れません。"
_SIGNED = "署名しました。10分以内に処理の画面（Dagster）で erasure_tasks を実行してください。"
_NO_EXECUTOR = "実施する担当者を選んでください。"


class ErasurePages:
    """The pages, over the services."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_(self, request: Request) -> Response:
        """Every case with its state and whom it waits for, the newest first."""
        if answer := await not_allowed(request, self._services, Right.SEE_ERASURES):
            return answer
        return await self._list(request, "", 200)

    async def show(self, request: Request) -> Response:
        """One case: what will be destroyed, what the city said, what stands in the way, and the form of whoever is to sign."""
        if answer := await not_allowed(request, self._services, Right.SEE_ERASURES):
            return answer
        return await self._page(request, "", 200)

    async def sign(self, request: Request) -> Response:
        """Sign the authorisation of the case as it was looked at."""
        asked = await self._about(request)
        if isinstance(asked, Response):
            return asked
        cases, view, fields = asked
        executor = one(fields, "executor")
        if executor and executor not in view.executors:
            return await self._page(request, _NO_EXECUTOR, 422)
        case_id, passphrase, looked = (
            view.case.case_id,
            one(fields, "passphrase"),
            one(fields, "looked"),
        )
        said = await self._signed(
            request, lambda who: cases.sign(who, passphrase, case_id, looked, executor)
        )
        return await self._after(request, case_id, said)

    async def start(self, request: Request) -> Response:
        """Sign the start of the case's execution, as whoever executes."""
        asked = await self._about(request)
        if isinstance(asked, Response):
            return asked
        cases, view, fields = asked
        case_id, passphrase, looked = (
            view.case.case_id,
            one(fields, "passphrase"),
            one(fields, "looked"),
        )
        witness, removes = one(fields, "witness"), one(fields, "remove_sources") == "yes"
        said = await self._signed(
            request, lambda who: cases.start(who, passphrase, case_id, looked, witness, removes)
        )
        return await self._after(request, case_id, said)

    async def work_off(self, request: Request) -> Response:
        """Sign that what is owed be destroyed, as whoever executes."""
        fields = await self._typed(request)
        if isinstance(fields, Response):
            return fields
        cases, passphrase = self._services.cases, one(fields, "passphrase")
        if cases is None:
            return refused(404, NO_CASE, **session(request))
        removes = one(fields, "remove_sources") == "yes"
        said = await self._signed(request, lambda who: cases.work_off(who, passphrase, removes))
        return await self._list(request, said or _SIGNED, 422 if said else 200)

    async def _typed(self, request: Request) -> Fields | Response:
        """What was typed, or the answer to whoever may not type it here."""
        if answer := await not_allowed(request, self._services, Right.SEE_ERASURES):
            return answer
        try:
            return await read(request)
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))

    async def _about(self, request: Request) -> tuple[Cases, ErasureView, Fields] | Response:
        """What was typed about a case that there is, or the answer that ends it."""
        fields = await self._typed(request)
        if isinstance(fields, Response):
            return fields
        cases, view = self._services.cases, await self._view(request)
        if cases is None or view is None:
            return refused(404, NO_CASE, **session(request))
        return cases, view, fields

    async def _signed(self, request: Request, sign: Callable[[str], None]) -> str:
        return await run_in_threadpool(by_passphrase, self._services, request, sign)

    async def _after(self, request: Request, case_id: str, said: str) -> Response:
        if said:
            return await self._page(request, said, 422)
        return RedirectResponse(f"/erasures/{case_id}", 303)

    async def _list(self, request: Request, said: str, status: int) -> Response:
        cases, who = self._services.cases, visitor(request)
        found = await run_in_threadpool(cases.list_) if cases else ()
        owed = await run_in_threadpool(cases.owed) if cases else ()
        return page(
            "erasures.html",
            status,
            **session(request),
            cases=found,
            owed=owed,
            may_apply=who.may(Right.APPLY_ERASURE) and self._services.steps is not None,
            may_work_off=bool(owed) and who.may(Right.EXECUTE_ERASURE),
            said=said,
            is_wrong=status != 200,
        )

    async def _view(self, request: Request) -> ErasureView | None:
        cases = self._services.cases
        if cases is None:
            return None
        return await run_in_threadpool(cases.show, request.path_params["case_id"])

    async def _page(self, request: Request, said: str, status: int) -> Response:
        view, who = await self._view(request), visitor(request)
        if view is None:
            return refused(404, NO_CASE, **session(request))
        until = view.expires_at
        return page(
            "erasure.html",
            status,
            **session(request),
            view=view,
            signed=[
                (one.staff_id, f"{one.at.astimezone(TOKYO):%Y-%m-%d %H:%M}")
                for one in view.signatures
            ],
            until=f"{until.astimezone(TOKYO):%Y-%m-%d %H:%M}" if until else "",
            may_sign=who.may(Right.AUTHORISE_ERASURE) and view.takes(who.staff_id, who.roles),
            may_start=who.may(Right.EXECUTE_ERASURE) and view.starts(who.staff_id, who.roles),
            started_until=_time(view.started_until(who.staff_id)),
            does_next=_does_next(view),
            has_steps=self._services.steps is not None,
            may_record=who.may(Right.RECORD_CONSENT) and view.is_open,
            may_make_paper=who.may(Right.APPLY_ERASURE) and view.is_open and not view.has_paper,
            may_verify=who.may(Right.VERIFY_ERASURE) and view.verifies(who.staff_id, who.roles),
            is_looked_after=view.state is CaseState.VERIFIED,
            is_certified=view.state is CaseState.CERTIFIED,
            said=said,
        )


_NEXT = {
    CaseState.APPLIED: Right.RECORD_CONSENT,
    CaseState.CONSENTED: Right.AUTHORISE_ERASURE,
    CaseState.EXECUTING: Right.EXECUTE_ERASURE,
    CaseState.EXECUTED: Right.VERIFY_ERASURE,
    CaseState.VERIFIED: Right.VERIFY_ERASURE,
}
"""By which right a case goes on from where it is."""


def _does_next(view: ErasureView) -> str:
    """Who may do the next step, by their roles; blank at its end."""
    right = _NEXT.get(view.state)
    if right is None:
        return ""
    if view.state is CaseState.CONSENTED and not view.case.awaits_signature and view.executor:
        return view.executor
    may = roles_with(right)
    return "、".join(role.title_ja for role in Role if role in may)


def _time(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(TOKYO):%H:%M}"
