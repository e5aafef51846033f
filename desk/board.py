"""The floor's board: who waits, who is there, what today came to, to be read from across the room (6(1)オ)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from application.board import QueueNow
from application.running_targets import TargetNow
from compliance.ground.japan import TOKYO
from compliance.people.rights import Right
from compliance.sign_in.sessions import Visitor
from desk.pages import page, refused
from desk.services import Services
from desk.sign_in import not_allowed, session, visitor
from reporting.weekly.wording import NOT_MEASURABLE

UNKNOWN = "―"
"""Stands where nothing was measured: that is not 0."""
RUNNING = "now"
"""The running day among those whose calls are listed."""
_DOING = {
    "free": "待機", "talking": "応対中", "paused": "休止", "ringing": "呼出中", "holding": "保留中", "dialling": "発信中",
}  # fmt: skip


class BoardPages:
    """The pages, over the services: the board, and the part of it that the page asks for every few seconds."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def show(self, request: Request) -> Response:
        """The board."""
        return await self._page(request, "board.html")

    async def now(self, request: Request) -> Response:
        """What is on it now, alone."""
        return await self._page(request, "board_now.html")

    async def _page(self, request: Request, name: str) -> Response:
        if answer := await not_allowed(request, self._services, Right.WRITE_INQUIRY):
            return answer
        if self._services.board is None:
            return refused(404, "その画面はありません。", **session(request))
        return page(
            name, **session(request), **await run_in_threadpool(self._shown, visitor(request))
        )

    def _shown(self, who: Visitor) -> dict[str, Any]:
        s = self._services
        assert s.board is not None  # noqa: S101 - the page is there
        board, now = s.board(), s.now()
        last = board.last_at
        is_known = board.is_counted and not board.unknown
        leads = s.call_log is not None and who.may(
            Right.TELL_THE_CITY
        )  # an operator's list is shorter
        return {
            "at": f"{now.astimezone(TOKYO):%H:%M:%S}",
            "last": f"{last.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}" if last else "なし",
            "is_live": board.is_live,
            "lines": board.lines,
            "notice": board.notice,
            "unknown": board.unknown,
            "alarms": board.alarms,
            "alarm_wait_seconds": board.alarm_wait_seconds,
            "alarm_waiting": board.alarm_waiting,
            "targets": [_target(one, is_known=is_known) for one in board.targets],
            "queues": [
                (named(one), one.waiting, lasted(one.longest_since, now)) for one in board.queues
            ],
            "operators": [
                (one.staff_id, one.doing, _DOING[one.doing], lasted(one.since, now), one.reason)
                for one in board.operators
            ],
            "counts": [
                (
                    title,
                    number if is_known else UNKNOWN,
                    path_of(kind) if leads and is_known else "",
                )
                for title, number, kind in (
                    ("入電", board.incoming, "inbound"),
                    ("応答", board.answered, "answered"),
                    ("放棄", board.abandoned, "abandoned"),
                    ("あふれ", board.overflow, "overflow"),
                    ("預かりへ", board.mailbox, "message"),
                )
            ],
        }


def path_of(kind: str) -> str:
    """Where the running day's calls of a kind are listed."""
    return f"/calls?on={RUNNING}&which={kind}"


def named(queue: QueueNow) -> str:
    """A queue's title with the language that is spoken there, unless the title says it."""
    if not queue.language or queue.language in queue.title:
        return queue.title
    return f"{queue.title}（{queue.language}）"


def _target(one: TargetNow, *, is_known: bool) -> tuple[str, str, str, str]:
    """A target as it is read: of what, how much, how it stands, and a word for its colour."""
    of = f"{one.title}（{one.service}）" if one.service else one.title
    bound = f"目標 {one.bound:g}％{'以上' if one.is_least else '以下'}"
    if not is_known:
        return of, bound, NOT_MEASURABLE, "unmeasured"
    if one.share is None:
        return of, bound, UNKNOWN, "unmeasured"
    counted = f"{one.share * 100:.1f}％（{one.numerator}／{one.denominator}）"
    return of, bound, counted, "met" if one.is_met else "missed"


def lasted(since: datetime | None, now: datetime) -> str:
    """How long something lasts, as minutes and seconds, hours where it does that long; blank where it is not known."""
    if since is None:
        return ""
    seconds = max(0, int((now - since) / timedelta(seconds=1)))
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
