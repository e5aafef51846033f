"""Records as they were kept: found by what lies in clear, one with its words, struck out, taken up again to be corrected (6(3)アイ).

One's own, to SV and MG everybody's. A record that is struck out stays with all its revisions and counts no more; an operator strikes out
what was first entered on the same day and never was a complaint or urgent, and takes neither mark away; everything else is for whoever
tells the city.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, ObjectKind, Result, note
from compliance.ground.japan import TOKYO, civil_date
from compliance.inquiries.entering import void
from compliance.inquiries.follow_up import open_callbacks
from compliance.inquiries.form import Form
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.reasons import STRIKING, reason_of
from compliance.inquiries.record import LOCKED, Flag
from compliance.inquiries.register import (
    Revision,
    history_of,
    in_force_by_id,
    latest,
    life_of,
    texts_of,
)
from compliance.inquiries.submissions import key_of_submission
from compliance.people.rights import Right
from compliance.registers.entries import entries
from compliance.registers.known import CALLBACKS, REGISTERS
from compliance.sign_in.sessions import Visitor
from desk.bodies import BodyRefused, Fields, one
from desk.own import may_read
from desk.pages import page, page_number, refused
from desk.services import RecentCall, Services, value_of
from desk.sign_in import not_allowed, read, session, visitor

PER_PAGE = 100
FLAG_TITLES = {
    Flag.COMPLAINT: "クレーム",
    Flag.URGENT: "緊急",
    Flag.NEEDS_CARE: "要配慮",
    Flag.MESSAGE: "預かり",
}
_UNREADABLE = "入力を読み取れません。"
_NO_REASON = "取り消す理由を選んでください。"
_NO_RECORD = "その対応記録はありません。"
_NOT_STRUCK = (
    "取り消せるのは、当日に登録したクレームでない自分の記録だけです。SV・責任者に頼んでください。"
)
_SAID = {"struck": "取り消しました（記録は残り、集計に入りません）。"}
_ASKED = ("word", "from", "to", "operator", "category", "handling", "flag")


class RecordPages:
    """The pages, over the services."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_(self, request: Request) -> Response:
        """The records that are asked for, the newest first."""
        if answer := await not_allowed(request, self._services, Right.WRITE_INQUIRY):
            return answer
        shown = await run_in_threadpool(self._found, request)
        return page("inquiries.html", **session(request), **shown)

    async def one(self, request: Request) -> Response:
        """A record with its words. The log says who read it."""
        if answer := await not_allowed(request, self._services, Right.WRITE_INQUIRY):
            return answer
        return await self._page(request, "", 200)

    async def strike(self, request: Request) -> Response:
        """Strike a record out."""
        if answer := await not_allowed(request, self._services, Right.WRITE_INQUIRY):
            return answer
        kept = await run_in_threadpool(self._kept, request)
        if kept is None:
            return refused(404, _NO_RECORD, **session(request))
        s, who = self._services, visitor(request)
        if not await run_in_threadpool(_may_strike, s.engine, who, kept, civil_date(s.now())):
            await run_in_threadpool(
                self._note, request, kept, Action.INQUIRY_VOIDED, Result.REFUSED
            )
            return await self._page(request, _NOT_STRUCK, 403)
        try:
            reason = reason_of(one(await read(request), "reason"), STRIKING)
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))
        if reason is None:
            return await self._page(request, _NO_REASON, 422)
        try:
            await run_in_threadpool(
                void, s.engine, s.form, who.actor(s.now()), kept.inquiry_id, reason
            )
        except EntryRefused as error:
            return await self._page(request, str(error), 422)
        return RedirectResponse("/inquiries?said=struck", 303)

    async def _page(self, request: Request, said: str, status: int) -> Response:
        row = await run_in_threadpool(self._one, request)
        history = await run_in_threadpool(self._history, request)
        if row is None and history and history[-1].is_void:
            return page("struck.html", status, **session(request), id=request.path_params["inquiry_id"],
                        history=_told(history))  # fmt: skip
        if row is None:
            return refused(404, _NO_RECORD, **session(request))
        entered = [
            r for r in REGISTERS.values() if r.is_about_inquiry and visitor(request).may(r.write)
        ]
        return page(
            "record.html", status, **session(request), row=row, entered=entered, said=said,
            history=_told(history), reasons=STRIKING,
        )  # fmt: skip

    def _history(self, request: Request) -> Sequence[Revision]:
        """The revisions of the record that the path names, struck out or not; empty where it is not theirs."""
        who = visitor(request)
        found = history_of(self._services.engine, str(request.path_params["inquiry_id"]))
        oversees = who.may(Right.TELL_THE_CITY)
        return found if found and (oversees or found[-1].operator == who.staff_id) else ()

    def _found(self, request: Request) -> dict[str, Any]:
        who, query, form = visitor(request), request.query_params, self._services.form
        asked = {name: query.get(name, "").strip()[:64] for name in _ASKED}
        wanted = _wanted(asked)
        if not who.may(Right.TELL_THE_CITY):
            wanted.append(lambda one: may_read(who, one))
        kept: Sequence[KeptInquiry] = latest(self._services.engine)
        for test in wanted:
            kept = [one for one in kept if test(one)]
        number = page_number(query.get("page", ""))
        last = len(kept) - (number - 1) * PER_PAGE
        shown = kept[max(0, last - PER_PAGE) : max(0, last)]
        return {
            "rows": [row_of(form, one) for one in reversed(shown)],
            "found": len(kept),
            "number": number,
            "has_more": last > PER_PAGE,
            "asked": asked,
            "same": "&".join(f"{name}={quote(text)}" for name, text in asked.items() if text),
            "form": form,
            "by_number": who.may(Right.TELL_THE_CITY) and self._services.call_log is not None,
            "flags": {flag.value: title for flag, title in FLAG_TITLES.items()},
            "said": _SAID.get(query.get("said", ""), ""),
        }

    def _kept(self, request: Request) -> KeptInquiry | None:
        """The record that the path names, null where there is none that this person may read."""
        asked = str(request.path_params["inquiry_id"])
        found = in_force_by_id(self._services.engine, asked)
        return found if found and may_read(visitor(request), found) else None

    def _one(self, request: Request) -> dict[str, Any] | None:
        s, who = self._services, visitor(request)
        asked = str(request.path_params["inquiry_id"])
        kept = in_force_by_id(s.engine, asked)
        if kept is None:
            return None
        is_theirs = may_read(who, kept)
        self._note(request, kept, Action.INQUIRY_READ, Result.DONE if is_theirs else Result.REFUSED)
        if not is_theirs:
            return None
        summary, contact = words_of_record(s, kept)
        return row_of(s.form, kept, summary, contact) | {
            "may_strike": _may_strike(s.engine, who, kept, civil_date(s.now())),
            "may_correct": bool(key_of_submission(s.engine, kept.inquiry_id, who.staff_id)),
            "call_id": kept.inquiry.call_id,
        }

    def _note(self, request: Request, kept: KeptInquiry, action: Action, result: Result) -> None:
        s = self._services
        actor = visitor(request).actor(s.now())
        with s.engine.begin() as connection:
            note(connection, actor.entry(action, ObjectKind.INQUIRY, kept.inquiry_id, result))


def _told(history: Sequence[Revision]) -> list[tuple[int, str, str, str, str]]:
    """Revisions as lines: number, time in Japan, by whom, what was done, why."""
    return [
        (
            one.revision,
            f"{one.recorded_at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
            one.recorded_by,
            "取消し" if one.is_void else "登録" if one.revision == 1 else "訂正",
            one.reason.title_ja if one.reason else "",
        )
        for one in history
    ]


def words_of_record(services: Services, kept: KeptInquiry) -> tuple[str, str]:
    """Summary and contact of a record; the contact for as long as the return call is open."""
    s = services
    summary, contact = texts_of(s.engine, s.ring(), kept.inquiry_id, kept.revision)
    noted = [one for one in entries(s.engine, CALLBACKS) if one.about == kept.inquiry_id]
    is_open = bool(open_callbacks([kept], noted))
    return summary, contact if is_open or not contact else LOCKED


def fields_of_record(services: Services, who: Visitor, asked: str) -> Fields:
    """A record as the form would hand it in, under the key by which it was handed in: entered anew, it is its next revision. Nothing
    where it is not there or was not handed in at the desk by this person. The log says that it was read."""
    s = services
    kept = in_force_by_id(s.engine, asked)
    key = key_of_submission(s.engine, asked, who.staff_id) if kept else ""
    if kept is None or not key:
        return {}
    entry = who.actor(s.now()).entry(Action.INQUIRY_READ, ObjectKind.INQUIRY, asked, Result.DONE)
    with s.engine.begin() as connection:
        note(connection, entry)
    record = kept.inquiry
    summary, contact = words_of_record(s, kept)
    call = RecentCall(record.call_id, record.at, "")
    said = {
        "key": key, "corrects": "yes", "call": value_of(call), "subject": record.subject, "voice": record.voice,
        "stance": record.stance, "handling": record.handling, "faq": record.faq, "ward": record.ward,
        "age_band": record.age_band, "channel": record.channel, "summary": summary, "contact": contact,
    }  # fmt: skip
    return {
        **{name: (text,) for name, text in said.items()},
        "flags": tuple(flag.value for flag in Flag if flag in record.flags),
    }


def _may_strike(engine: Engine, who: Visitor, kept: KeptInquiry, today: date) -> bool:
    """What was ever a complaint or urgent, or was first entered on another day, is not for an operator, whatever it says now."""
    if who.may(Right.TELL_THE_CITY):
        return True
    entered_at, was_grave = life_of(engine, kept.inquiry_id)
    return not was_grave and civil_date(entered_at) == today


def _wanted(asked: Mapping[str, str]) -> list[Callable[[KeptInquiry], bool]]:
    """What a record must be to be shown, one test for each thing that was asked."""
    word, first, last, operator, category, handling, flag = (asked[name] for name in _ASKED)
    tests: list[tuple[str, Callable[[KeptInquiry], bool]]] = [
        (word, lambda one: word in (one.inquiry_id, one.inquiry.call_id, one.inquiry.faq)),
        (operator, lambda one: one.inquiry.operator == operator),
        (category, lambda one: one.inquiry.category == category),
        (handling, lambda one: one.inquiry.handling == handling),
        (flag, lambda one: any(flag == known.value for known in one.inquiry.flags)),
        (first, lambda one: civil_date(one.inquiry.at).isoformat() >= first),
        (last, lambda one: civil_date(one.inquiry.at).isoformat() <= last),
    ]
    return [test for given, test in tests if given]


def row_of(form: Form, kept: KeptInquiry, summary: str = "", contact: str = "") -> dict[str, Any]:
    """A record as pages show it, every code by its title."""
    record = kept.inquiry
    return {
        "id": kept.inquiry_id,
        "at": record.at.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M"),
        "call": record.call_id or "電話以外",
        "number": record.number,
        "operator": record.operator,
        "subject": form.title_of_code(record.subject),
        "voice": form.voices.get(record.voice, ""),
        "stance": form.stances.get(record.stance, ""),
        "handling": form.handlings.get(record.handling, ""),
        "faq": record.faq,
        "flags": "、".join(FLAG_TITLES[flag] for flag in Flag if flag in record.flags),
        "ward": form.wards.get(record.ward, ""),
        "age_band": form.age_bands.get(record.age_band, ""),
        "channel": form.channels.get(record.channel, record.channel),
        "was_told": kept.was_told,
        "summary": summary,
        "contact": contact,
        "revision": kept.revision,
    }
