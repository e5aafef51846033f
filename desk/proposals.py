"""Proposals about people and keys at the desk: decided by a second person, and the own key claimed with both halves of a code.

A half of a code stands on the page that answers whoever proposed or confirmed, and on none after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from application.proposals import Decisions
from compliance.errors import EntryRefused, Outdated, PersonUnproved
from compliance.ground.japan import TOKYO
from compliance.people.claims import WRONG
from compliance.people.rights import Right
from desk.bodies import BodyRefused, Fields, one
from desk.pages import page, refused
from desk.services import Services
from desk.sign_in import not_allowed, read, session, visitor
from desk.signature import by_passphrase

_NO_PAGE, _UNREADABLE = "その画面はありません。", "入力を読み取れません。"
_DIFFERENT = "新しいパスフレーズが二つの欄で違います。"
_CONFIRMED = "確認しました。"
_PROPOSED = "提案しました。別の人が確認するまで、何も変わりません。"
_TURNED_DOWN = "取り下げました。何も変わりません。"
_CLAIMED = "署名鍵を作りました。指紋："


class ProposalPages:
    """The pages, over the services: the proposals for whoever keeps the register of people, the claim for everybody."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_(self, request: Request) -> Response:
        """The proposals that wait for a second person, and the form of an enrolment."""
        if answer := await not_allowed(request, self._services, Right.KEEP_PEOPLE):
            return answer
        return await self._page(request, "", "", 200)

    async def decide(self, request: Request) -> Response:
        """Confirm a proposal as it was looked at, or turn it down."""

        def act(decisions: Decisions, fields: Fields, halves: list[str]) -> Callable[[str], None]:
            number, looked = str(request.path_params["number"]), one(fields, "looked")
            passphrase = one(fields, "passphrase")

            def confirmed(staff_id: str) -> None:
                halves.append(decisions.confirm(staff_id, passphrase, number, looked))

            def turned_down(staff_id: str) -> None:
                decisions.turn_down(staff_id, passphrase, number, looked)

            return turned_down if one(fields, "decision") == "turn_down" else confirmed

        return await self._acted(request, act, _CONFIRMED)

    async def enrol(self, request: Request) -> Response:
        """Propose that somebody makes a key of their own."""

        def act(decisions: Decisions, fields: Fields, halves: list[str]) -> Callable[[str], None]:
            passphrase, owner = one(fields, "passphrase"), one(fields, "staff_id").strip()

            def proposed(staff_id: str) -> None:
                halves.append(decisions.enrol(staff_id, passphrase, owner)[1])

            return proposed

        return await self._acted(request, act, _PROPOSED)

    async def show_claim(self, request: Request) -> Response:
        """The form by which somebody makes the own key."""
        return self._claim(request, "", 200)

    async def claim(self, request: Request) -> Response:
        """Make the own key with both halves of the code."""
        decisions = self._services.decisions
        if decisions is None:
            return refused(404, _NO_PAGE, **session(request))
        try:
            fields = await read(request)
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))
        if one(fields, "new") != one(fields, "again"):
            return self._claim(request, _DIFFERENT, 422)
        try:
            fingerprint = await run_in_threadpool(
                decisions.claim, visitor(request).staff_id, one(fields, "first").strip(),
                one(fields, "second").strip(), one(fields, "new"),
            )  # fmt: skip
        except PersonUnproved:
            return self._claim(request, WRONG, 422)
        except (EntryRefused, Outdated) as error:
            return self._claim(request, str(error), 422)
        return self._claim(request, f"{_CLAIMED}{fingerprint}", 200)

    async def _acted(
        self,
        request: Request,
        act: Callable[[Decisions, Fields, list[str]], Callable[[str], None]],
        told: str,
    ) -> Response:
        if answer := await not_allowed(request, self._services, Right.KEEP_PEOPLE):
            return answer
        decisions = self._services.decisions
        if decisions is None:
            return refused(404, _NO_PAGE, **session(request))
        try:
            fields = await read(request)
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))
        halves: list[str] = []
        doing = act(decisions, fields, halves)
        try:
            said = await run_in_threadpool(by_passphrase, self._services, request, doing)
        except Outdated as error:
            said = str(error)
        if said:
            return await self._page(request, said, "", 422)
        done = _TURNED_DOWN if one(fields, "decision") == "turn_down" else told
        return await self._page(request, done, "".join(halves), 200)

    async def _page(self, request: Request, said: str, half: str, status: int) -> Response:
        decisions = self._services.decisions
        if decisions is None:
            return refused(404, _NO_PAGE, **session(request))
        found = await run_in_threadpool(decisions.open_)
        who = visitor(request)
        return page(
            "proposals.html",
            status,
            **session(request),
            rows=[
                (view, f"{view.proposed_at.astimezone(TOKYO):%Y-%m-%d %H:%M}", f"{view.until.astimezone(TOKYO):%Y-%m-%d %H:%M}")
                for view in found
            ],
            may_enrol=who.may(Right.ENROL_KEY),
            said=said,
            is_wrong=status != 200,
            half=half,
        )  # fmt: skip

    def _claim(self, request: Request, said: str, status: int) -> Response:
        if self._services.decisions is None:
            return refused(404, _NO_PAGE, **session(request))
        shown: dict[str, Any] = {"said": said, "is_wrong": status != 200}
        return page("claim.html", status, **session(request), **shown)
