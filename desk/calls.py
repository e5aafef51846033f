"""Calls at the desk: a day's with what was written of each, and one call on one page with its recordings, its records and who called
before (6(2), 6(3)イ). An operator sees the own ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from application.board import Board
from application.call_log import CallLog, CallsOfNumber, CallView, LoggedCall
from compliance.errors import HomeBusy, KeyringDamaged, KeyUnavailable
from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.japan import TOKYO, civil_date
from compliance.inquiries.register import counts_of, latest
from compliance.people.rights import Right
from compliance.sign_in.sessions import Visitor
from compliance.vault.preservation import holds
from compliance.vault.states import RecordingState
from desk.board import RUNNING, lasted
from desk.bodies import BodyRefused, one
from desk.call_kinds import CALL_KINDS, UNRECORDED
from desk.durations import said_ja
from desk.own import may_read
from desk.pages import page, page_number, refused
from desk.recording_states import STATE_TITLES
from desk.services import RecentCall, Services, value_of
from desk.sign_in import BUILDING_TEXT, not_allowed, read, session, visitor

PER_PAGE = 100
BY_NUMBER = "/calls/by-number"
_LONGEST_NUMBER = 32
_NO_NUMBER = "電話番号（市外局番から、6桁以上の数字）を入れてください。"
_NO_NUMBERS = "番号を仮名にする鍵が消去されたか届かないため、番号では探せません。"
_NOT_MEASURED = "本日の通話は計測不能です。電話交換機の待ち行列の記録が届いていません。"
_UNREADABLE = "入力を読み取れません。"
_NO_PAGE, _NO_CALL = "その画面はありません。", "その通話はないか、見られる人ではありません。"


_TO_BE_HELD = (RecordingState.SPOOLED, RecordingState.SEALED)


class RunningUnknown(Exception):
    """Nothing can be told of the running day; it is not without calls."""


class CallPages:
    """The pages, over the services."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_(self, request: Request) -> Response:
        """The calls of one day, by default of the last one counted that are without a record; of the running one as the board counts."""
        if answer := await not_allowed(request, self._services, Right.WRITE_INQUIRY):
            return answer
        log = self._services.call_log
        if log is None:
            return refused(404, _NO_PAGE, **session(request))
        try:
            shown = await run_in_threadpool(self._listed, request, log)
        except HomeBusy:
            return refused(503, BUILDING_TEXT, **session(request))
        except RunningUnknown:
            return refused(503, _NOT_MEASURED, **session(request))
        return page("calls.html", **session(request), **shown)

    async def one(self, request: Request) -> Response:
        """One call with all that is known of it."""
        if answer := await not_allowed(request, self._services, Right.WRITE_INQUIRY):
            return answer
        log = self._services.call_log
        try:
            view = await run_in_threadpool(log.one, request.path_params["call_id"]) if log else None
        except HomeBusy:
            return refused(503, BUILDING_TEXT, **session(request))
        if view is None or not _is_theirs(visitor(request), view.call):
            return refused(404, _NO_CALL, **session(request))
        shown = await run_in_threadpool(self._viewed, visitor(request), view)
        return page("call.html", **session(request), **shown)

    async def of_number(self, request: Request) -> Response:
        """The calls from one telephone number, and what was written of them, for whoever may tell the city. The number comes in a body,
        is shown and noted nowhere; that somebody asked stands in the log before they get an answer."""
        if answer := await not_allowed(request, self._services, Right.TELL_THE_CITY):
            return answer
        try:
            number = one(await read(request), "number")
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))
        log = self._services.call_log
        if log is None:
            return refused(404, _NO_PAGE, **session(request))
        await run_in_threadpool(self._note_search, request)
        try:
            found = (
                await run_in_threadpool(log.of_number, number)
                if len(number) <= _LONGEST_NUMBER
                else None
            )
        except HomeBusy:
            return refused(503, BUILDING_TEXT, **session(request))
        except (KeyUnavailable, KeyringDamaged):
            return refused(410, _NO_NUMBERS, **session(request))
        if found is None:
            return refused(422, _NO_NUMBER, **session(request))
        shown = await run_in_threadpool(self._of_number, found)
        return page("calls_of_number.html", **session(request), **shown)

    def _note_search(self, request: Request) -> None:
        s = self._services
        entry = (
            visitor(request)
            .actor(s.now())
            .entry(Action.NUMBER_SEARCHED, ObjectKind.PAGE, BY_NUMBER)
        )
        with s.engine.begin() as connection:
            note(connection, entry)

    def _of_number(self, found: CallsOfNumber) -> dict[str, Any]:
        form, of_them = self._services.form, {call.call_id for call in found.calls}
        written = [one for one in latest(self._services.engine) if one.inquiry.call_id in of_them]
        counted = counts_of(self._services.engine, of_them)
        return {
            "rows": [_row(call, counted.get(call.call_id, 0)) for call in found.calls],
            "count": found.count,
            "records": [
                (
                    kept.inquiry_id,
                    f"{kept.inquiry.at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
                    kept.inquiry.call_id,
                    kept.inquiry.operator,
                    form.title_of_code(kept.inquiry.subject),
                )
                for kept in reversed(written)
            ],
        }

    def _listed(self, request: Request, log: CallLog) -> dict[str, Any]:
        who, query = visitor(request), request.query_params
        running = self._running(query.get("on", ""))
        days = None if running else log.days()
        day = civil_date(self._services.now()) if running else _day(query.get("on", ""), days)
        which = query.get("which", UNRECORDED)
        kind = CALL_KINDS[which := which if which in CALL_KINDS else UNRECORDED]
        calls = running.calls if running else log.of_day(day) if day else ()
        found = [one for one in calls if _is_theirs(who, one)]
        written = counts_of(self._services.engine, {one.call_id for one in found})
        kept = [
            one
            for one in found
            if kind.holds(one.outcome, one.direction, written.get(one.call_id, 0))
        ]
        number = page_number(query.get("page", ""))
        rows = kept[(number - 1) * PER_PAGE : number * PER_PAGE]
        return {
            "days": days,
            "day": day,
            "on": RUNNING if running else day,
            "running": running is not None,
            "before": day - timedelta(days=1) if day and days and day > days[0] else None,
            "after": day + timedelta(days=1) if day and days and day < days[1] else None,
            "which": which,
            "kinds": {code: one.title for code, one in CALL_KINDS.items()},
            "by_number": BY_NUMBER if who.may(Right.TELL_THE_CITY) else "",
            "found": len(kept),
            "answered": sum(one.outcome == "answered" for one in found),
            "rows": [_row(one, written.get(one.call_id, 0)) for one in rows],
            "number": number,
            "has_more": len(kept) > number * PER_PAGE,
        }

    def _running(self, on: str) -> Board | None:
        """The running day where it is asked for, as the board counts it; null where it is not asked for.

        Raises:
            RunningUnknown: nobody can tell.
        """
        s = self._services
        if on != RUNNING:
            return None
        board = s.board() if s.board is not None else None
        if board is None or board.unknown or not board.is_counted:
            raise RunningUnknown
        return board

    def _viewed(self, who: Visitor, view: CallView) -> dict[str, Any]:
        call = view.call
        kept = [
            one
            for one in latest(self._services.engine)
            if one.inquiry.call_id == call.call_id and may_read(who, one)
        ]
        counted = counts_of(self._services.engine, {one.call_id for one in view.earlier})
        form, may_hold = self._services.form, who.may(Right.HOLD_RECORDING)
        held = holds(self._services.engine)
        return {
            "call": _row(call, len(kept)),
            "stays": [
                (one.operator, _clock(one.joined_at), lasted(one.joined_at, one.left_at) if one.left_at else "")
                for one in view.stays
            ],
            "recordings": [
                (one.recording_id, said_ja(one.seconds),
                 STATE_TITLES[one.state] if one.state else "目録にまだありません",
                 "保全中" if one.recording_id in held else "",
                 may_hold and one.state in _TO_BE_HELD)
                for one in view.recordings
            ],
            "records": [
                (one.inquiry_id, one.inquiry.number, one.inquiry.operator, form.title_of_code(one.inquiry.subject))
                for one in kept
            ],
            "earlier_count": max(view.earlier_count, len(view.earlier)),
            "earlier": [
                _row(one, counted.get(one.call_id, 0)) | {"is_theirs": _is_theirs(who, one)}
                for one in view.earlier
            ],
            "evidence": view.evidence,
        }  # fmt: skip


def _is_theirs(who: Visitor, call: LoggedCall) -> bool:
    return who.staff_id in call.operators or who.may(Right.TELL_THE_CITY)


def _row(call: LoggedCall, records: int) -> dict[str, Any]:
    """A call as a line, with the value by which the form takes it."""
    return {
        "id": call.call_id,
        "at": f"{call.at.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}",
        "queue": call.queue,
        "title": call.title if call.direction == "inbound" else f"発信：{call.title}",
        "operators": "、".join(call.operators),
        "wait": said_ja(call.wait_seconds),
        "talk": said_ja(call.talk_seconds),
        "records": records,
        "value": value_of(RecentCall(call.call_id, call.at, call.queue)),
    }


def _clock(at: Any) -> str:
    return "" if at is None else f"{at.astimezone(TOKYO):%H:%M:%S}"


def _day(text: str, days: tuple[date, date] | None) -> date | None:
    """The day that was asked for, the last one that is counted where none was or it is none."""
    if days is None:
        return None
    try:
        return min(max(date.fromisoformat(text), days[0]), days[1])
    except ValueError:
        return days[1]


def call_known(services: Services, who: Visitor, call_id: str) -> Sequence[RecentCall]:
    """A call of any age that somebody may write about, as the form knows calls; none where there is none of theirs, or while the
    warehouse is built."""
    if services.call_log is None or not call_id:
        return ()
    try:
        view = services.call_log.one(call_id)
    except HomeBusy:
        return ()
    if view is None or not _is_theirs(who, view.call):
        return ()
    return (RecentCall(call_id, view.call.at, view.call.queue),)
