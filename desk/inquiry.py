"""The page of the record (6(3)アイ): the call that just ended, codes by single keys, words where they are needed.

What the page hands in is judged by `compliance.inquiries.record.problems` alone, and each problem is shown beside its field
with everything that was typed still there. The same key handed in twice is one record.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from compliance.errors import EntryRefused, EpochLeft, HomeBusy, KeyUnavailable, Outdated
from compliance.ground.japan import TOKYO
from compliance.inquiries.authorship import MarksStay
from compliance.inquiries.entering import Entered, ReasonMissing
from compliance.inquiries.form import NOT_COUNTED
from compliance.inquiries.reasons import CORRECTING, reason_of
from compliance.inquiries.record import Flag, problems_by_field
from compliance.inquiries.register import counts_of, latest
from compliance.inquiries.submissions import Submitted, submit
from compliance.people.rights import Right
from compliance.registers.entries import entries
from compliance.registers.known import FAQ
from desk.bodies import JSON, BodyRefused, Fields, fields_of, one
from desk.calls import call_known
from desk.faq import Faq, faqs, most_used_first
from desk.pages import page
from desk.records import FLAG_TITLES, fields_of_record
from desk.services import RecentCall, Services, value_of
from desk.sign_in import not_allowed, session, visitor
from desk.submission import GENERAL, NO_KEY, Handed, by_field, handed_in

_SAID = {
    Entered.NEW: "登録しました。",
    Entered.CORRECTED: "訂正として登録しました。",
    Entered.KNOWN: "登録済みです。",
    Entered.ERASED: "消去済みの記録です。登録しませんでした。",
}
_CORRECTING = "登録済みの記録を直しています。登録すると次の版になります。"
_NOT_CORRECTED = "画面で登録した自分の記録だけを直せます。"
_TRIES = 2
_BUSY = "混み合っています。入力は残っています。もう一度登録してください。"


class InquiryPages:
    """The pages, over the services."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._one_at_a_time = threading.Lock()  # a keyring that was opened earlier lacks a key

    async def show(self, request: Request) -> Response:
        """The empty form; a worklist may say which call it is about and which marks it has."""
        if answer := await self._not_allowed(request):
            return answer
        query = request.query_params
        given: Fields = {n: tuple(query.getlist(n)) for n in ("call", "flags") if query.get(n)}
        said = ""
        if asked := query.get("correct"):
            given = await run_in_threadpool(
                fields_of_record, self._services, visitor(request), asked
            )
            said = _CORRECTING if given else _NOT_CORRECTED
        return await run_in_threadpool(self._form, request, given, {}, said, 200)

    async def calls(self, request: Request) -> Response:
        """The calls that ended lately, with how many records each has; and what forms carry now."""
        if answer := await self._not_allowed(request):
            return answer
        who = visitor(request)
        found = await run_in_threadpool(self._calls, who.staff_id)
        return JSONResponse({"csrf": who.csrf, "calls": found})

    async def hand_in(self, request: Request) -> Response:
        """Enter a record."""
        content_type = request.headers.get("content-type", "")
        try:
            fields = fields_of(await request.body(), content_type)
        except BodyRefused:
            return JSONResponse({"problems": {GENERAL: ["入力を読み取れません。"]}}, 400)
        if answer := await self._not_allowed(request):
            return answer
        done = await run_in_threadpool(self._enter, request, fields)
        is_json = content_type.startswith(JSON)
        if isinstance(done, Submitted):
            said = _SAID[done.entered]
            if is_json:
                return JSONResponse(
                    {"inquiry_id": done.inquiry_id, "number": done.number,
                     "entered": done.entered.value, "said": said}
                )  # fmt: skip
            return await run_in_threadpool(self._form, request, {}, {}, said, 200)
        if is_json:
            return JSONResponse({"problems": done}, 422)
        return await run_in_threadpool(self._form, request, fields, done, "", 422)

    async def _not_allowed(self, request: Request) -> Response | None:
        return await not_allowed(request, self._services, Right.WRITE_INQUIRY)

    def _enter(self, request: Request, fields: Fields) -> Submitted | dict[str, list[str]]:
        s, who = self._services, visitor(request)
        now = s.now()
        asked = one(fields, "call").partition("|")[0]
        calls = [*s.calls(who.staff_id), *self._message(request, fields)]
        if asked not in {call.call_id for call in calls}:
            calls += call_known(s, who, asked)
        handed: Handed = handed_in(fields, who.staff_id, calls, now, s.form)
        wrong = by_field(problems_by_field(handed.record, s.form))
        for place, texts in handed.problems.items():
            wrong.setdefault(place, []).extend(texts)
        if wrong:
            return wrong
        reason = reason_of(one(fields, "reason"), CORRECTING)
        for _ in range(_TRIES):
            try:
                with self._one_at_a_time:
                    return submit(
                        s.engine,
                        s.ring(),
                        s.form,
                        who.actor(now),
                        handed.key,
                        handed.record,
                        reason,
                        oversees=who.may(Right.TELL_THE_CITY),
                    )
            except MarksStay as error:
                return {"flags": [str(error)]}
            except ReasonMissing as error:
                return {"reason": [str(error)]}
            except EntryRefused as error:
                return {GENERAL: [str(error)]}
            except (
                Outdated,
                EpochLeft,
            ):  # the keyring went on, or others entered much at the same moment
                continue
            except KeyUnavailable:
                return {GENERAL: [NO_KEY]}
        return {GENERAL: [_BUSY]}

    def _message(self, request: Request, fields: Fields) -> list[RecentCall]:
        """The call of the message that a record says it is of, whatever its age, to whoever may hear it."""
        s, who = self._services, visitor(request)
        if s.sounds is None or Flag.MESSAGE not in fields.get("flags", ()):
            return []
        if not who.may(Right.LISTEN):
            return []
        call_id = one(fields, "call").partition("|")[0]
        known = [k.inquiry for k in latest(s.engine) if Flag.MESSAGE in k.inquiry.flags]
        places = [(one.call_id, one.at) for one in known]
        with suppress(HomeBusy):  # then the page's own time counts, within its days
            places += [(one.call_id, one.at) for one in s.sounds.waiting()]
        return [RecentCall(call, at, "") for call, at in places if call_id and call == call_id]

    def _calls(self, staff_id: str) -> list[dict[str, Any]]:
        found = self._services.calls(staff_id)
        counted = counts_of(self._services.engine, {call.call_id for call in found})
        return [
            {
                "value": value_of(call),
                "title": title_of(call),
                "records": counted.get(call.call_id, 0),
            }
            for call in found
        ]

    def _form(
        self,
        request: Request,
        fields: Fields,
        wrong: dict[str, list[str]],
        said: str,
        status: int,
    ) -> Response:
        s, who = self._services, visitor(request)
        calls = self._calls(who.staff_id)
        given = {name: values[-1] for name, values in fields.items() if values}
        known = self._faqs()
        fresh = next((call["value"] for call in calls if not call["records"]), "")
        return page(
            "inquiry.html",
            status,
            **session(request),
            form=s.form,
            not_counted=NOT_COUNTED,
            flags={flag.value: title for flag, title in FLAG_TITLES.items()},
            faqs=known,
            faq_list=most_used_first(known),
            faq_waits=FAQ.ending.title if FAQ.ending else "",
            calls=calls,
            given={"call": fresh, **given},
            given_flags=fields.get("flags", ()),
            key=one(fields, "key") or str(uuid4()),
            reasons=CORRECTING,
            corrects="reason" in wrong or bool(one(fields, "corrects")),
            wrong=wrong,
            said=said,
        )

    def _faqs(self) -> list[Faq]:
        engine = self._services.engine
        return faqs(entries(engine, FAQ), (kept.inquiry for kept in latest(engine)))


def title_of(call: RecentCall) -> str:
    """A call as the form shows it: its time in Japan, its queue, its id."""
    return f"{call.at.astimezone(TOKYO):%m/%d %H:%M:%S} {call.queue} {call.call_id}"
