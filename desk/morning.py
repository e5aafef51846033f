"""The manager's morning as a page says it: ids, codes, counts and days, each with what to do next. Pure.

Labels that people gave to entries are left out: a label may hold a name, and a page is no register.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from application.backup_duties import told_of_drill
from application.duties import Urgency
from application.handing_over import PaperState
from application.open_matters import OpenMatters
from application.target_shares import TargetShares
from application.today import Brief, PaperToday, Yesterday
from compliance.ground.japan import TOKYO
from desk.call_kinds import CALL_KINDS, UNRECORDED, calls_path

MOST_SHOWN = 50
"""So many lines of a list are shown; of the others their number."""


@dataclass(frozen=True, slots=True)
class Open:
    """Something of the floor that waits: its id, its time as a page shows it, and the inquiry that it is (blank: a call)."""

    ref: str
    at: str
    inquiry_id: str = ""


@dataclass(frozen=True, slots=True)
class OpenList:
    """What waits of one sort, the newest first, what to do about it, and the desk's page for that."""

    title: str
    found: tuple[Open, ...]
    next_step: str
    path: str

    @property
    def shown(self) -> tuple[Open, ...]:
        """The newest ones."""
        return self.found[:MOST_SHOWN]

    @property
    def others(self) -> int:
        """How many more there are."""
        return max(0, len(self.found) - MOST_SHOWN)


def morning_page(brief: Brief, page_of_making: Callable[[str, str], str]) -> dict[str, Any]:
    """What the page shows, in the order in which it is asked. `page_of_making` gives the page of a paper's making (kind, period) in
    the UI beside the desk, which whoever has this morning may see; blank where there is none."""
    return {
        "today": brief.today,
        "due": [
            _paper(one, page_of_making) for one in brief.papers if one.urgency is not Urgency.SOON
        ],
        "unconfirmed": [_paper(one, page_of_making) for one in brief.unconfirmed],
        "figures": _figures(brief.yesterday) if brief.yesterday else None,
        "targets": [_target(one) for one in brief.targets],
        "floor": _floor(brief.floor),
        "duties": brief.pressing,
        "open_erasure_tasks": brief.open_erasure_tasks,
        "unsigned": brief.unsigned,
        "drill": told_of_drill(brief.drill) if brief.drill else "",
    }


def _figures(y: Yesterday) -> dict[str, Any]:
    """The day's counts, each with the way to the very calls that it counts."""
    return {
        "day": y.day,
        "incoming": y.incoming,
        "counts": [
            (CALL_KINDS[kind].title, n, calls_path(y.day, kind))
            for kind, n in (
                ("answered", y.answered),
                ("overflow", y.overflow),
                ("abandoned", y.abandoned),
                ("message", y.message),
                (UNRECORDED, y.unrecorded),
            )
        ],
    }


_BEHIND = {
    "answer_rate": "inbound",
    "abandon_rate": "abandoned",
    "overflow_rate": "overflow",
    "service_level": "answered",
}
"""Which calls a share of that definition leads to."""


def _target(one: TargetShares) -> dict[str, Any]:
    """A target's row: what it is, the day's share with the way to its calls, the month's up to that day."""
    return {
        "of": one.of_ja,
        "day": one.of_day,
        "path": calls_path(one.on, _BEHIND[one.definition]),
        "month": one.of_month,
        "month_name": f"{one.on.month}月",
    }


def _paper(one: PaperToday, page_of_making: Callable[[str, str], str]) -> dict[str, Any]:
    return {
        "title": one.title,
        "kind": one.kind,
        "period": one.period,
        "due": one.due_date,
        "urgency": one.urgency.title_ja,
        "state": one.state.title_ja if one.state else "未作成",
        "is_made": one.state is not None,
        "next_step": _next_step(one),
        "asset_path": page_of_making(one.kind, one.period) if one.due_date else "",
    }


def _next_step(one: PaperToday) -> str:
    if one.state is None:
        return "次の処理で作成される。すぐ作るなら madoguchi run"
    if one.state is PaperState.MADE:
        return "責任者が開いて確認する"
    return "書類を開いて市へ提出する"


def _floor(floor: OpenMatters) -> tuple[OpenList, ...]:
    urgent = sorted(floor.open_urgent, key=lambda one: one.received_at, reverse=True)
    overdue = sorted(floor.overdue, key=lambda one: one.due_on, reverse=True)
    return (
        OpenList(
            "緊急の電話の記録なし",
            tuple(
                Open(
                    one.inquiry_id,
                    f"{one.received_at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
                    one.inquiry_id,
                )
                for one in urgent
            ),
            "市へ電話し、「市への報告・引継ぎ」に記入する",
            "/escalations",
        ),
        OpenList(
            "折返しの期限超過",
            tuple(Open(one.inquiry_id, f"期限 {one.due_on}", one.inquiry_id) for one in overdue),
            "折り返し、「折返し」で済みにする",
            "/callbacks",
        ),
        OpenList(
            "書き起こしのない伝言",
            tuple(
                Open(f"通話 {call}" + (f"　録音 {recording}" if recording else "　録音なし"), day)
                for day, call, recording in floor.unwritten
            ),
            "録音を聴き、対応記録に「預かり」として書く",
            "/messages",
        ),
    )
