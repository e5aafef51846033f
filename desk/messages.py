"""Messages that are to be written down, and their sound (6(3)カ, 別紙2-11).

Sound goes from the vault to the browser in pieces: no file of it is made, no cache keeps it. It is asked for with a purpose, and the log
says who heard what before the first byte leaves. A player asks anew whenever somebody seeks: what follows within half an hour in the
same session, and does not begin at the beginning, is the same hearing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from application.message_sounds import NoSound, Sound
from compliance.errors import HomeBusy, SealBroken
from compliance.ground.acts import Purpose
from compliance.ground.japan import TOKYO
from compliance.people.rights import Right
from compliance.vault.listening import PURPOSES
from desk.byte_range import Part, part_of
from desk.durations import said_ja
from desk.morning import MOST_SHOWN
from desk.pages import page, refused
from desk.services import RecentCall, Services, value_of
from desk.sign_in import BUILDING_TEXT, not_allowed, session, visitor

"""What a message may be heard for, the usual one leading."""
SAME_HEARING = timedelta(minutes=30)
_NO_PAGE = "その画面はありません。"
_NO_PURPOSE = "聴く目的を選んでください。"
_DAMAGED = "録音が封をしたときのものと違います。管理者に知らせてください。"
_BEYOND = "録音の終わりを過ぎています。"
_HEAD = 12


class MessagePages:
    """The pages, over the services. For whoever may listen: SV, MG and the officer."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._heard = _Heard()

    async def list_(self, request: Request) -> Response:
        """Messages without a record, the newest first, each to be heard and written down."""
        if answer := await not_allowed(request, self._services, Right.LISTEN):
            return answer
        if self._services.sounds is None:
            return refused(404, _NO_PAGE, **session(request))
        try:
            found = await run_in_threadpool(self._services.sounds.waiting)
        except HomeBusy:
            return refused(503, BUILDING_TEXT, **session(request))
        return page(
            "messages.html",
            **session(request),
            rows=[
                {
                    "at": f"{one.at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
                    "call": one.call_id,
                    "value": value_of(RecentCall(one.call_id, one.at, "")),
                    "recording": one.recording_id,
                    "seconds": said_ja(one.seconds),
                    "refusal": one.refusal,
                    "is_held": one.is_held,
                }
                for one in found[:MOST_SHOWN]
            ],
            found=len(found),
            others=max(0, len(found) - MOST_SHOWN),
            purposes={purpose.value: title for purpose, title in PURPOSES.items()},
            purpose=(_purpose(request) or Purpose.MESSAGE).value,
            may_write=visitor(request).may(Right.WRITE_INQUIRY),
        )

    async def sound(self, request: Request) -> Response:
        """The sound of a message, or the part that a player asks for."""
        if answer := await not_allowed(request, self._services, Right.LISTEN):
            return answer
        if request.method != "GET":
            return _refused(request, 405, "聴くときは再生してください。")
        purpose = _purpose(request)
        if purpose is None:
            return _refused(request, 400, _NO_PURPOSE)
        sounds, recording_id = self._services.sounds, str(request.path_params["recording_id"])
        if sounds is None:
            return _refused(request, 404, _NO_PAGE)
        sound = await run_in_threadpool(sounds.open, recording_id, purpose)
        if isinstance(sound, NoSound):
            return _refused(request, sound.status, sound.text)
        told = "" if "if-range" in request.headers else request.headers.get("range", "")
        part = part_of(told, sound.size_bytes)
        if part is None:
            answer = _refused(request, 416, _BEYOND)
            answer.headers["Content-Range"] = f"bytes */{sound.size_bytes}"
            return answer
        try:
            kind, pieces = await run_in_threadpool(_first, sound, part)
        except SealBroken:
            return _refused(request, 409, _DAMAGED)
        await run_in_threadpool(self._note, request, recording_id, purpose, part)
        headers = {
            "Accept-Ranges": "bytes",
            "Content-Length": str(part.end - part.start),
            "Content-Disposition": "inline",
            "Content-Type": kind,
        }
        if not part.is_whole:
            headers["Content-Range"] = part.content_range
        return StreamingResponse(pieces, 200 if part.is_whole else 206, headers)

    def _note(self, request: Request, recording_id: str, purpose: Purpose, part: Part) -> None:
        s, who = self._services, visitor(request)
        assert s.sounds is not None  # noqa: S101 - it was opened
        now = s.now()
        hearing = (who.session, recording_id, purpose.value)
        if part.start == 0 or not self._heard.goes_on(hearing, now):
            s.sounds.note(who.actor(now), recording_id, purpose)
            self._heard.begin(hearing, now)


class _Heard:
    """Which hearings began lately. Lost with the process: what follows is then noted once more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began: dict[tuple[str, str, str], datetime] = {}

    def goes_on(self, hearing: tuple[str, str, str], now: datetime) -> bool:
        """Whether it began within the time that counts as one."""
        with self._lock:
            began = self._began.get(hearing)
        return began is not None and began <= now < began + SAME_HEARING

    def begin(self, hearing: tuple[str, str, str], now: datetime) -> None:
        """It begins; those that are over are forgotten."""
        with self._lock:
            self._began = {h: at for h, at in self._began.items() if now < at + SAME_HEARING}
            self._began[hearing] = now


def _first(sound: Sound, part: Part) -> tuple[str, Iterator[bytes]]:
    """What kind of sound it is, and the part's pieces with the first one opened: what is damaged is said before anything is given."""
    head = b"".join(sound.pieces(0, _HEAD))
    pieces = sound.pieces(part.start, part.end)
    first = next(pieces, b"")
    kind = (
        "audio/wav" if head[:4] == b"RIFF" and head[8:] == b"WAVE" else "application/octet-stream"
    )
    return kind, chain([first], pieces)


def _purpose(request: Request) -> Purpose | None:
    """What it is to be heard for; null where that is none of the purposes."""
    told = request.query_params.get("for", "")
    return next((purpose for purpose in PURPOSES if purpose.value == told), None)


def _refused(request: Request, status: int, text: str, **more: Any) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return refused(status, text, **session(request), **more)
    return JSONResponse({"error": text}, status)
