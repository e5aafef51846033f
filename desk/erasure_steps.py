"""The steps of an erasure around its signatures, each a form for whoever may do it: designation, application, consent, withdrawal, and
the other person's look with the certificate (別紙2-13).

An application is counted first and shown by kind, place and days; what is signed then is over the items that were shown. Evidence stays
where it is: its SHA-256 alone is handed in, worked out by the browser or typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.erasure_steps import METHODS, ErasureFound, ErasureSteps
from compliance.erasure.case_file import EvidenceKind
from compliance.erasure.selection import Selection
from compliance.erasure.states import CaseState
from compliance.erasure.workflow import Consented
from compliance.errors import EntryRefused
from compliance.people.rights import Right
from desk.bodies import Fields, one
from desk.erasures import NO_CASE, ErasurePages
from desk.pages import page, refused
from desk.sign_in import not_allowed, session, visitor

KIND_TITLES = {
    "": "録音（通話・伝言）",
    "call": "通話録音だけ",
    "message": "伝言だけ",
    "inquiry": "対応記録の言葉だけ",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OFFICE_OR_NUMBER = 60
_LONGEST = {"from_office": _OFFICE_OR_NUMBER, "number": _OFFICE_OR_NUMBER, "conditions": 200}
_SAID = {"designated": "市の指定を記録しました。"}
_CONSENTED_TO = (CaseState.APPLIED, CaseState.CONSENTED)

Deed = Callable[[ErasureSteps, str, str, str, str], None]
"""A step of a case: by staff id and passphrase, on the case of that number as it was looked at."""


class ErasureStepPages(ErasurePages):
    """The pages of the steps, over the services."""

    async def show_application(self, request: Request) -> Response:
        """What a selection finds now, and the form that applies for it; the city's designation before that."""
        return await self._application(request, "", 200)

    async def designate(self, request: Request) -> Response:
        """Enter the method that the city named."""
        got = await self._step(request, Right.RECORD_CONSENT)
        if isinstance(got, Response):
            return got
        steps, fields = got
        passphrase, method = one(fields, "passphrase"), one(fields, "method")
        try:  # before the passphrase is tried: what was mistyped is no attempt, and ends no row of them
            kind, sha256 = _evidence(fields)
            on = _day(fields, "dated_on", "市の指定の日")
        except EntryRefused as error:
            return await self._application(request, str(error), 422)

        def act(staff_id: str) -> None:
            steps.designate(staff_id, passphrase, on, kind, sha256, method)

        if said := await self._signed(request, act):
            return await self._application(request, said, 422)
        return RedirectResponse("/erasures/application?said=designated", 303)

    async def apply(self, request: Request) -> Response:
        """Apply for the items that were shown."""
        got = await self._step(request, Right.APPLY_ERASURE)
        if isinstance(got, Response):
            return got
        steps, fields = got
        passphrase, looked = one(fields, "passphrase"), one(fields, "looked")
        wants_witness = one(fields, "witness") == "yes"
        try:
            selection = _selection({name: one(fields, name) for name in _ASKED})
            planned_on = _day(fields, "planned_on", "処理予定日")
        except EntryRefused as error:
            return await self._application(request, str(error), 422, fields)
        made: list[str] = []

        def act(staff_id: str) -> None:
            made.append(
                steps.apply(staff_id, passphrase, looked, selection, planned_on, wants_witness)
            )

        said = await self._signed(request, act)
        if said or not made:
            return await self._application(request, said, 422, fields)
        return RedirectResponse(f"/erasures/{made[0]}", 303)

    async def show_consent(self, request: Request) -> Response:
        """The city's consent as a form, and the form that takes the application back."""
        if answer := await not_allowed(request, self._services, Right.RECORD_CONSENT):
            return answer
        return await self._consent_page(request, "", 200)

    async def consent(self, request: Request) -> Response:
        """Enter the city's consent."""

        def read_off(fields: Fields) -> Deed:
            given = _consented(fields)
            return lambda steps, *about: steps.consent(*about, given)

        return await self._of_case(request, Right.RECORD_CONSENT, read_off, on_consent=True)

    async def withdraw(self, request: Request) -> Response:
        """Take an application back before it is begun."""
        return await self._of_case(
            request,
            Right.APPLY_ERASURE,
            lambda _: lambda steps, *about: steps.withdraw(*about),
            on_consent=True,
        )

    async def paper(self, request: Request) -> Response:
        """Make the application's paper where its making was cut off."""
        return await self._of_case(
            request, Right.APPLY_ERASURE, lambda _: lambda steps, *about: steps.paper(*about)
        )

    async def verify(self, request: Request) -> Response:
        """Look whether it is gone, sign that, and make the certificate. The right is asked of whoever opened the key: a session has it
        never."""
        return await self._of_case(
            request, Right.SEE_ERASURES, lambda _: lambda steps, *about: steps.verify(*about)
        )

    async def _step(self, request: Request, right: Right) -> tuple[ErasureSteps, Fields] | Response:
        if answer := await not_allowed(request, self._services, right):
            return answer
        fields = await self._typed(request)
        if isinstance(fields, Response):
            return fields
        steps = self._services.steps
        return refused(404, NO_CASE, **session(request)) if steps is None else (steps, fields)

    async def _of_case(
        self,
        request: Request,
        right: Right,
        read_off: Callable[[Fields], Deed],
        *,
        on_consent: bool = False,
    ) -> Response:
        """Do a step of the case that the path names; `read_off` makes it of what was typed, or raises `EntryRefused`."""
        got = await self._step(request, right)
        if isinstance(got, Response):
            return got
        steps, fields = got
        view = await self._view(request)
        if view is None:
            return refused(404, NO_CASE, **session(request))
        case_id, looked = view.case.case_id, one(fields, "looked")
        passphrase = one(fields, "passphrase")
        try:
            deed = read_off(fields)
        except EntryRefused as error:
            said = str(error)
        else:
            said = await self._signed(
                request, lambda staff_id: deed(steps, staff_id, passphrase, case_id, looked)
            )
        if said and on_consent:
            return await self._consent_page(request, said, 422)
        return await self._after(request, case_id, said)

    async def _consent_page(self, request: Request, said: str, status: int) -> Response:
        view = await self._view(request)
        if view is None or self._services.steps is None:
            return refused(404, NO_CASE, **session(request))
        return page(
            "erasure_consent.html",
            status,
            **session(request),
            view=view,
            may_consent=view.has_paper and view.state in _CONSENTED_TO,
            may_withdraw=visitor(request).may(Right.APPLY_ERASURE) and view.is_open,
            kinds=EvidenceKind,
            longest=_LONGEST,
            said=said,
        )

    async def _application(
        self, request: Request, said: str, status: int, fields: Fields | None = None
    ) -> Response:
        """The page over what was asked to be counted, in its address or with an application (`fields`)."""
        if answer := await not_allowed(request, self._services, Right.APPLY_ERASURE):
            return answer
        steps = self._services.steps
        if steps is None:
            return refused(404, NO_CASE, **session(request))
        query = request.query_params
        asked = {name: one(fields, name) if fields else query.get(name, "") for name in _ASKED}
        found: ErasureFound | None = None
        if fields or "kind" in query:
            try:
                found = await run_in_threadpool(steps.found, _selection(asked))
            except EntryRefused as error:
                said, status = said or str(error), 422
        return page(
            "erasure_application.html",
            status,
            **session(request),
            asked=asked,
            found=found,
            is_designated=await run_in_threadpool(steps.is_designated),
            may_designate=visitor(request).may(Right.RECORD_CONSENT),
            kinds=EvidenceKind,
            kind_titles=KIND_TITLES,
            methods=METHODS,
            again=urlencode(asked),
            told=_SAID.get(query.get("said", ""), ""),
            said=said,
        )


_ASKED = ("from", "until", "kind", "medium", "end")


def _selection(asked: Mapping[str, str]) -> Selection:
    """What was asked for.

    Raises:
        EntryRefused: a day is none, or there is no such kind.
    """
    if asked["kind"] not in KIND_TITLES:
        raise EntryRefused("種類を選んでください。")
    days = {}
    for name in ("from", "until"):
        try:
            days[name] = date.fromisoformat(asked[name]) if asked[name] else None
        except ValueError:
            raise EntryRefused("録音の日を入れてください。") from None
    return Selection(
        days["from"], days["until"], asked["kind"], asked["medium"].strip()[:64],
        is_contract_end=asked["end"] == "yes",
    )  # fmt: skip


def _consented(fields: Fields) -> Consented:
    """The city's consent as it was typed.

    Raises:
        EntryRefused: something of it is missing or too long.
    """
    for name, most in _LONGEST.items():
        if len(one(fields, name).strip()) > most:
            raise EntryRefused(
                f"部署・番号は{_OFFICE_OR_NUMBER}字、条件は{_LONGEST['conditions']}字以内です。"
            )
    count = one(fields, "count").strip()
    if not count.isascii() or not count.isdecimal():
        raise EntryRefused("市が承諾した件数を数字で入れてください。")
    kind, sha256 = _evidence(fields)
    return Consented(
        dated_on=_day(fields, "dated_on", "承諾の日"),
        consented_by=one(fields, "from_office").strip(),
        items_count=int(count),
        evidence_kind=kind,
        evidence_sha256=sha256,
        number=one(fields, "number").strip(),
        conditions=one(fields, "conditions").strip(),
        wants_witness=one(fields, "witness") == "yes",
        expires_on=_day(fields, "expires_on", "承諾の期限") if one(fields, "expires_on") else None,
    )


def _evidence(fields: Fields) -> tuple[EvidenceKind, str]:
    """What shows the city's word, by kind and digest.

    Raises:
        EntryRefused: there is no such kind, or no digest.
    """
    kind, sha256 = one(fields, "evidence_kind"), one(fields, "evidence_sha256").strip().lower()
    if kind not in set(EvidenceKind):
        raise EntryRefused("証拠の種類を選んでください。")
    if not _SHA256.fullmatch(sha256):
        raise EntryRefused(
            "証拠のファイルを選ぶか、その照合値（SHA-256、16進64桁）を入れてください。"
        )
    return EvidenceKind(kind), sha256


def _day(fields: Fields, name: str, title: str) -> date:
    try:
        return date.fromisoformat(one(fields, name))
    except ValueError:
        raise EntryRefused(f"{title}を入れてください。") from None
