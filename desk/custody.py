"""The state of what is kept, for those who keep recordings without a shell: recordings, media, key copies, backups, and what needs a hand.

It looks and acts nowhere: holds, erasures and registers have pages of their own (6(3)カ, 別紙2-13).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from application.backup_duties import told_of_drill
from application.custody_state import (
    BackupsKept,
    CopyCondition,
    CustodyState,
    Hand,
    KeyCopyKept,
    MediumKept,
    RecordingsKept,
)
from compliance.ground.japan import TOKYO
from compliance.people.rights import Right
from compliance.registers.known import REGISTERS
from compliance.vault.states import RecordingState
from desk.pages import page, refused
from desk.recording_states import STATE_TITLES
from desk.services import Services
from desk.sign_in import not_allowed, session, visitor

NONE_YET = "まだありません"
UNKNOWN = "計測不能"
NOTHING_THERE = "録音なし"
NOT_WRITTEN = "未記入"
NONE_AT_HAND = "手元に録音がありません"
_NO_PAGE = "その画面はありません。"
_CONDITIONS = {
    CopyCondition.WHOLE: "写したときのまま",
    CopyCondition.CHANGED: "写したときと違う",
    CopyCondition.AWAY: f"{UNKNOWN}　控えが見えません（媒体が届いていないか、控えがありません）",
}
_OTHERS = (RecordingState.SPOOLED, RecordingState.ERASED, RecordingState.UNUSABLE)
"""The states beside `SEALED`, which is told by where its copies lie."""
_LINKS = (
    ("/holds", "録音の保全", frozenset({Right.HOLD_RECORDING})),
    ("/erasures", "消去", frozenset({Right.SEE_ERASURES})),
    ("/registers", "台帳", frozenset(register.write for register in REGISTERS.values())),
    ("/today", "朝の確認", frozenset({Right.TELL_THE_CITY})),
)


class CustodyPages:
    """The page, over the services. For the two officers, the administrator and the manager."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def show(self, request: Request) -> Response:
        """Everything of this moment."""
        if answer := await not_allowed(request, self._services, Right.SEE_CUSTODY):
            return answer
        if self._services.custody is None:
            return refused(404, _NO_PAGE, **session(request))
        found = await run_in_threadpool(self._services.custody)
        who = visitor(request)
        links = [(path, title) for path, title, rights in _LINKS if any(map(who.may, rights))]
        return page("custody.html", **session(request), **told(found), links=links)


def told(found: CustodyState) -> dict[str, Any]:
    """What the page shows, in words. Pure."""
    return {
        "at": _time(found.at),
        "hands": [_hand(one) for one in found.hands],
        "recordings": _recordings(found.recordings),
        "oldest": _time(found.recordings.oldest_at_hand, NONE_AT_HAND),
        "next_due": _next_due(found.recordings),
        "due": found.recordings.due,
        "online_days": found.online_days,
        "media": [_medium(one) for one in found.media],
        "epoch": NONE_YET if found.epoch is None else f"第{found.epoch}期",
        "key_copies": [_key_copy(one) for one in found.key_copies],
        "backups": _backups(found.backups, civil_today=found.at.astimezone(TOKYO).date()),
    }


def _hand(one: Hand) -> dict[str, Any]:
    return {
        "text": one.text_ja,
        "who": "又は".join(role.title_ja for role in sorted(one.roles)),
        "commands": one.commands,
        "path": one.path,
    }


def _recordings(kept: RecordingsKept) -> list[tuple[str, int, str]]:
    """Each state, its number and what is to be known of it; last those that are held, whatever their state."""
    if not kept.by_state:
        return []
    _, size = kept.by_state.get(RecordingState.SEALED, (0, 0))
    rows = [
        (
            STATE_TITLES[RecordingState.SEALED],
            kept.in_state(RecordingState.SEALED),
            f"{size:,}バイト",
        ),
        ("うち手元にあるもの", kept.at_hand, ""),
        ("うち媒体だけにあるもの", kept.only_on_media, ""),
    ]
    if kept.nowhere:
        rows.append(("うち写しの所在が分からないもの", kept.nowhere, "保管庫を確かめてください"))
    rows += [(STATE_TITLES[state], kept.in_state(state), "") for state in _OTHERS]
    rows.append(("保全中", kept.held, "上のどの状態のものも。消去と媒体への移動から除かれます"))
    return rows


def _next_due(kept: RecordingsKept) -> str:
    return "移すものがありません" if kept.next_due is None else kept.next_due.isoformat()


def _medium(one: MediumKept) -> dict[str, Any]:
    return {
        "id": one.medium_id,
        "serial": one.serial,
        "kept_at": one.kept_at or NOT_WRITTEN,
        "reach": "接続されています" if one.is_reachable else "届いていません",
        "number": one.recordings,
        "written": _time(one.written_at, NOTHING_THERE),
        "verified": _time(one.verified_at, NOTHING_THERE),
        "since": _time(one.verified_since, NOTHING_THERE),
        "owes": [f"{o.case_id}　{o.title}（{_time(o.since)}から）" for o in one.owes],
    }


def _key_copy(one: KeyCopyKept) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": one.label,
        "made": _time(one.made_at),
        "epoch": "いまの時期" if one.is_current else "以前の時期",
        "is_current": one.is_current,
        "condition": _CONDITIONS[one.condition],
        "is_wrong": one.condition is CopyCondition.CHANGED,
        "owes": "消去の残務：破棄" if one.is_owed else "",
    }


def _backups(kept: BackupsKept, civil_today: date) -> dict[str, Any]:
    made, due = kept.made, kept.drill_due
    return {
        "made": f"{_time(made.at)}　{made.backup}　{made.files:,}ファイル　{made.size_bytes:,}バイト"
        if made
        else NONE_YET,
        "drill": told_of_drill(kept.drill) if kept.drill else NONE_YET,
        "is_drill_wrong": kept.drill is not None and not kept.drill.is_right,
        "due": "模擬の時計のホームには、期限がありません" if due is None else due.isoformat(),
        "is_late": due is not None and due < civil_today,
    }


def _time(at: datetime | None, without: str = NONE_YET) -> str:
    return without if at is None else f"{at.astimezone(TOKYO):%Y-%m-%d %H:%M}"
