"""The words and sentences of the complaint report; PDF and workbook say each thing alike."""

from __future__ import annotations

from datetime import datetime

from reporting.complaints.value import ComplaintCase, ComplaintReport
from reporting.paper import wareki

BLANK = "未記入"
ERASED = "（消去済み）"
NONE = "―"
TITLE_LENGTH = 24
STATUSES = {"closed": "終結", "callback": "折返し", "city": "委託者の対応待ち"}


def title_of(case: ComplaintCase) -> str:
    """件名: the first sentence, cut where it is long."""
    first = case.summary.split("。", 1)[0] if case.summary else ERASED
    return first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1] + "…"


def state_of(case: ComplaintCase) -> str:
    """状況: where the case stands, in a word or two."""
    status = case.course.status if case.course is not None else ""
    is_called_back = case.callback is not None and case.callback.is_closed
    if status == "callback" or (not status and (is_called_back or case.needs_callback)):
        return "折返し済み" if is_called_back else "折返し未了"
    if status:
        return STATUSES[status]
    return "委託者の対応待ち" if case.needs_city else BLANK


def urgency(case: ComplaintCase) -> str:
    """緊急: whether it is, and whether the city was told by telephone."""
    if not case.is_urgent:
        return NONE
    call = case.urgent_call
    return "緊急　電話未済" if call is None else f"緊急　{clock(call.told_at)}電話"


def course_rows(case: ComplaintCase) -> list[tuple[str, str, str]]:
    """対応経過: when, who, what, in the order of time."""
    rows = [(case.received_at, case.operator, f"受付。{case.handling or NONE}")]
    rows += [(one.told_at, one.told_by, f"市へ{one.manner}") for one in case.reports]
    rows += [(one.at, one.by, one.what or ERASED) for one in case.steps]
    back = case.callback
    if back is not None and back.done_at is not None:
        rows.append((back.done_at, back.done_by or BLANK, f"折返し（{back.result or BLANK}）"))
    return [(moment(at), who, what) for at, who, what in sorted(rows, key=lambda row: row[0])]


def standing(case: ComplaintCase) -> str:
    """現状 as boxes, the one that holds ticked, with the due day of the return call."""
    state = state_of(case)
    due = case.callback.due_on if case.callback else None
    boxes = (
        (closing(case), state in ("終結", "折返し済み")),
        (
            f"折返し（期限 {wareki.month_day(due) if due else BLANK}）",
            state == "折返し未了",
        ),
        ("委託者の対応待ち", state == "委託者の対応待ち"),
    )
    return "　".join(f"{'■' if is_so else '□'}{title}" for title, is_so in boxes)


def closing(case: ComplaintCase) -> str:
    """終結, with its day: that of the course, else of the return call that ended it."""
    day = case.course.closed_on if case.course else None
    if day is None and state_of(case) == "折返し済み" and case.callback and case.callback.done_at:
        day = case.callback.done_at.date()
    if state_of(case) not in ("終結", "折返し済み"):
        return "終結"
    return f"終結（{wareki.month_day(day) if day else BLANK}）"


def urgent_rows(case: ComplaintCase) -> list[tuple[str, str]]:
    """緊急報告 (6(3)オ): who decided when, the telephone call, who was reached, what was said."""
    call = case.urgent_call
    if call is None:
        return [
            (
                "電話による報告",
                "未了。至急、市へ電話し、台帳「市への報告・引継ぎ」に記入してください。",
            )
        ]
    decided = f"{call.decided_by or BLANK}　{moment(call.decided_at) if call.decided_at else ''}"
    return [
        ("判断した者・時刻", decided.strip()),
        ("電話した者・時刻", f"{call.told_by}　{moment(call.told_at)}"),
        ("相手", call.reached or ERASED),
        ("市の指示", call.instruction or BLANK),
    ]


def attached(case: ComplaintCase) -> str:
    """Foot of a case: whether name and contact are kept, whether the call was recorded."""
    contact = "□無　■秘匿別紙（別送）" if case.has_contact else "■無　□秘匿別紙"
    if case.recordings is None:
        sound = "通話の記録を確認中"
    else:
        sound = "■有　□無" if case.recordings else "□有　■無"
    return f"氏名・連絡先　{contact}　　録音　{sound}"


def definition(report: ComplaintReport) -> str:
    """The definition of クレーム, with the day of the city's 確認."""
    day = report.definition_confirmed_on
    return (
        f"クレームの定義：{report.definition}（市の確認日：{wareki.plain(day) if day else BLANK}）"
    )


def days(report: ComplaintReport) -> str:
    """対象日, with the closed days that follow it where there are any."""
    if report.last_day == report.day:
        return wareki.full(report.day)
    return f"{wareki.full(report.day)}（{wareki.month_day(report.last_day)}までの休業日を含む）"


def moment(at: datetime) -> str:
    """11月20日（月）09:03."""
    return wareki.day_clock(at)


def clock(at: datetime) -> str:
    """09:03."""
    return wareki.clock(at)
