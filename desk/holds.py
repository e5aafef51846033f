"""Recordings that are held at the desk: what, since when, why and by whom, and a hold set or let go with the own passphrase (6(3)カ)."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.holding import DeskHolds
from compliance.ground.japan import TOKYO
from compliance.people.rights import Right
from compliance.vault.preservation import HoldReason
from desk.bodies import BodyRefused, Fields, one
from desk.pages import page, refused
from desk.recording_states import STATE_TITLES
from desk.services import Services
from desk.sign_in import not_allowed, read, session
from desk.signature import by_passphrase

PATH = "/holds"
LONGEST_ID = 64
_UNREADABLE = "入力を読み取れません。"
_NO_RECORDING = "その録音は目録にありません。通話の画面にある録音の番号を入れてください。"
_NO_REASON = "理由を選んでください。"
_SAID = {"held": "保全しました。", "released": "保全を解きました。"}


class HoldPages:
    """The pages, over the services. For whoever may hold a recording: MG and the two officers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        s = services
        self._holding = DeskHolds(s.engine, s.home, s.now, s.first_day)

    async def list_(self, request: Request) -> Response:
        """What is held, and the form of a hold, the recording filled in where the address names one."""
        if answer := await not_allowed(request, self._services, Right.HOLD_RECORDING):
            return answer
        said = _SAID.get(request.query_params.get("said", ""), "")
        return await self._page(request, said, 200)

    async def hold(self, request: Request) -> Response:
        """Hold a recording."""
        fields = await self._typed(request)
        if isinstance(fields, Response):
            return fields
        recording_id, reason = one(fields, "recording").strip(), _reason(fields)
        is_known = len(recording_id) <= LONGEST_ID and await run_in_threadpool(
            self._holding.is_known, recording_id
        )
        # before the passphrase is tried: what was mistyped is no attempt
        if not is_known or reason is None:
            return await self._page(request, _NO_REASON if is_known else _NO_RECORDING, 422)
        passphrase = one(fields, "passphrase")
        return await self._done(
            request,
            lambda staff_id: self._holding.hold(staff_id, passphrase, recording_id, reason),
            "held",
        )

    async def release(self, request: Request) -> Response:
        """Let a hold go that was looked at."""
        fields = await self._typed(request)
        if isinstance(fields, Response):
            return fields
        recording_id, reason = str(request.path_params["recording_id"]), _reason(fields)
        seen, passphrase = one(fields, "looked"), one(fields, "passphrase")
        if reason is None:
            return await self._page(request, _NO_REASON, 422)
        looked = int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= 9 else 0
        return await self._done(
            request,
            lambda who: self._holding.release(who, passphrase, recording_id, reason, looked),
            "released",
        )

    async def _typed(self, request: Request) -> Fields | Response:
        """What was typed, or the answer to whoever may not type it here."""
        if answer := await not_allowed(request, self._services, Right.HOLD_RECORDING):
            return answer
        try:
            return await read(request)
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))

    async def _done(self, request: Request, act: Callable[[str], None], what: str) -> Response:
        said = await run_in_threadpool(by_passphrase, self._services, request, act)
        if said:
            return await self._page(request, said, 422)
        return RedirectResponse(f"{PATH}?said={what}", 303)

    async def _page(self, request: Request, said: str, status: int) -> Response:
        found = await run_in_threadpool(self._holding.list_)
        named = request.query_params.get("recording", "")
        return page(
            "holds.html",
            status,
            **session(request),
            path=PATH,
            rows=[
                (
                    one.hold,
                    f"{one.hold.set_at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
                    STATE_TITLES[one.state],
                )
                for one in found
            ],
            reasons={code.value: code.title_ja for code in HoldReason},
            recording=named if len(named) <= LONGEST_ID else "",
            longest=LONGEST_ID,
            said=said,
            is_wrong=status != 200,
        )


def _reason(fields: Fields) -> HoldReason | None:
    said = one(fields, "reason")
    return HoldReason(said) if said in set(HoldReason) else None
