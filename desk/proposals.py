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

_UNREADABLE = "入力を読み取れません。"
_DIFFERENT = "新しいパスフレーズが二つの欄で違います。"
_CONFIRMED = "確認しました。"
_PROPOSED = "提案しました。別の人が確認するまで、何も変わりません。"
_TURNED_DOWN = "取り下げました。何も変わりません。"
_CLAIMED = "署名鍵を作りました。指紋："


class ProposalPages:
    """The pages, over the services: the proposals for whoever keeps the register of people, the claim for everybody."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(
            services.engine, services.home, services.now, services.first_day
        )

    async def list_(self, request: Request) -> Response:
        """The proposals that wait for a second person, and the form of an enrolment."""
        if answer := await not_allowed(request, self._services, Right.KEEP_PEOPLE):
            return answer
        return await self._page(request, "", "", 200)

    async def decide(self, request: Request) -> Response:
        """Confirm a proposal as it was looked at, or turn it down."""
        fields = await self._typed(request)
        if isinstance(fields, Response):
            return fields
        number, is_off = str(request.path_params["number"]), one(fields, "decision") == "turn_down"

        def decided(decisions: Decisions, staff_id: str) -> str:
            given = (staff_id, one(fields, "passphrase"), number, one(fields, "looked"))
            if not is_off:
                return decisions.confirm(*given)
            decisions.turn_down(*given)
            return ""

        return await self._acted(request, decided, _TURNED_DOWN if is_off else _CONFIRMED)

    async def enrol(self, request: Request) -> Response:
        """Propose that somebody makes a key of their own."""
        fields = await self._typed(request)
        if isinstance(fields, Response):
            return fields

        def proposed(decisions: Decisions, staff_id: str) -> str:
            return decisions.enrol(
                staff_id, one(fields, "passphrase"), one(fields, "staff_id").strip()
            )[1]

        return await self._acted(request, proposed, _PROPOSED)

    async def show_claim(self, request: Request) -> Response:
        """The form by which somebody makes the own key."""
        return self._claim(request, "", 200)

    async def claim(self, request: Request) -> Response:
        """Make the own key with both halves of the code."""
        try:
            fields = await read(request)
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))
        if one(fields, "new") != one(fields, "again"):
            return self._claim(request, _DIFFERENT, 422)
        try:
            fingerprint = await run_in_threadpool(
                self._decisions.claim, visitor(request).staff_id, one(fields, "first").strip(),
                one(fields, "second").strip(), one(fields, "new"),
            )  # fmt: skip
        except PersonUnproved:
            return self._claim(request, WRONG, 422)
        except (EntryRefused, Outdated) as error:
            return self._claim(request, str(error), 422)
        return self._claim(request, f"{_CLAIMED}{fingerprint}", 200)

    async def _typed(self, request: Request) -> Fields | Response:
        """What was typed, or the answer to whoever may not type it here."""
        if answer := await not_allowed(request, self._services, Right.KEEP_PEOPLE):
            return answer
        try:
            return await read(request)
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))

    async def _acted(
        self, request: Request, act: Callable[[Decisions, str], str], told: str
    ) -> Response:
        """The page after an act by somebody's passphrase, with the half of a code that it gave."""
        halves: list[str] = []
        try:
            said = await run_in_threadpool(
                by_passphrase,
                self._services,
                request,
                lambda staff_id: halves.append(act(self._decisions, staff_id)),
            )
        except Outdated as error:
            said = str(error)
        if said:
            return await self._page(request, said, "", 422)
        return await self._page(request, told, "".join(halves), 200)

    async def _page(self, request: Request, said: str, half: str, status: int) -> Response:
        found = await run_in_threadpool(self._decisions.open_)
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
        shown: dict[str, Any] = {"said": said, "is_wrong": status != 200}
        return page("claim.html", status, **session(request), **shown)
