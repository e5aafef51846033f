"""The manager's morning and the calls without a record, as the desk shows them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from application.floor import Floor, unrecorded_calls
from application.handing_over import PaperState
from application.home.session import outlook
from application.home.settings import Settings
from application.today import PaperToday, Urgency, brief_of
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from desk.morning import (
    DayFigures,
    Morning,
    MorningDuty,
    MorningPaper,
    Open,
    OpenList,
    UnrecordedCall,
    UnrecordedCalls,
    UnsignedErasure,
)
from orchestration.assets.deliverables import page_of
from orchestration.door.application import UI_PREFIX


def morning_of(settings: Settings, now: datetime) -> Morning:
    """The morning of a home's present.

    Raises:
        HomeBusy: the warehouse is being built.
    """
    with outlook(settings, now) as place:
        brief = brief_of(place)
    y = brief.yesterday
    return Morning(
        today=brief.today,
        due=tuple(_paper(one) for one in brief.papers if one.urgency is not Urgency.SOON),
        unconfirmed=tuple(_paper(one) for one in brief.unconfirmed),
        figures=DayFigures(y.day, y.incoming, y.answered, y.overflow, y.abandoned, y.message)
        if y
        else None,
        floor=_floor(brief.floor),
        duties=tuple(
            MorningDuty(one.title, one.ref, one.day, one.urgency.title_ja) for one in brief.pressing
        ),
        open_erasure_tasks=brief.open_erasure_tasks,
        unsigned=tuple(
            UnsignedErasure(one.case_id, one.items_count, one.awaited) for one in brief.unsigned
        ),
    )


def without_record_of(
    settings: Settings, home: Home, engine: Engine, now: datetime
) -> UnrecordedCalls:
    """Answered calls of the last business day that nobody wrote down.

    Raises:
        HomeBusy: the warehouse is being built.
    """
    found = unrecorded_calls(home, engine, now.astimezone(TOKYO).date())
    return UnrecordedCalls(
        found.day, found.answered, tuple(UnrecordedCall(*one) for one in found.calls)
    )


def _paper(one: PaperToday) -> MorningPaper:
    return MorningPaper(
        title=one.title,
        kind=one.kind,
        period=one.period,
        due=one.due_date,
        urgency=one.urgency.title_ja,
        state=one.state.title_ja if one.state else "未作成",
        is_made=one.state is not None,
        next_step=_next_step(one),
        asset_path=f"{UI_PREFIX}{page_of(one.kind, one.period)}" if one.due_date else "",
    )


def _next_step(one: PaperToday) -> str:
    if one.state is None:
        return "次の処理で作成される。すぐ作るなら madoguchi run"
    if one.state is PaperState.MADE:
        return "責任者が開いて確認する"
    return f"市へ提出する：madoguchi papers deliver {one.kind} {one.period}"


def _floor(floor: Floor) -> tuple[OpenList, ...]:
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
