"""What a later edition of a complaint report says differently, case by case; words are named, never repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from reporting.complaints import wording
from reporting.complaints.value import ComplaintCase, ComplaintReport
from reporting.paper.kind import Correction

_LATE = "提出後に届いた記録による"
_CHANGED = "記録の訂正による"
_WORDING = "契約の設定又は様式の変更による"
_FIELDS = {
    "receipt_number": "受付番号",
    "received_at": "受付日時",
    "operator": "受付者",
    "subject": "区分",
    "voice": "市民の声種別",
    "handling": "対応",
    "is_urgent": "緊急",
    "is_message": "受付方法",
    "needs_city": "市の対応",
    "has_contact": "氏名・連絡先",
    "recordings": "録音",
}


def corrections_between(before: ComplaintReport, after: ComplaintReport) -> tuple[Correction, ...]:
    """Everything printed that moved; cases by their receipt numbers."""
    earlier = {case.inquiry_id: case for case in before.cases}
    later = {case.inquiry_id: case for case in after.cases}
    found: list[Correction] = []
    if len(earlier) != len(later):
        found.append(Correction("件数", f"{len(earlier)}件", f"{len(later)}件", _LATE))
    for one, case in later.items():
        if one not in earlier:
            found.append(
                Correction(f"{case.receipt_number}　追加", wording.NONE, case.subject, _LATE)
            )
        else:
            found += _case(earlier[one], case)
    found += [
        Correction(f"{case.receipt_number}　取消し", case.subject, wording.NONE, _CHANGED)
        for one, case in earlier.items()
        if one not in later
    ]
    if before.head != after.head or before.definition != after.definition:
        found.append(Correction("頭書・定義", "前版のとおり", "本版のとおり", _WORDING))
    if before.definition_confirmed_on != after.definition_confirmed_on:
        found.append(
            Correction("定義の確認日", _shown(before.definition_confirmed_on), _shown(after.definition_confirmed_on), _WORDING)
        )  # fmt: skip
    return tuple(found)


def _case(before: ComplaintCase, after: ComplaintCase) -> Iterator[Correction]:
    name = after.receipt_number
    for field, title in _FIELDS.items():
        was, now = getattr(before, field), getattr(after, field)
        if was != now:
            yield Correction(f"{name}　{title}", _shown(was), _shown(now), _CHANGED)
    if before.revision != after.revision:
        yield Correction(
            f"{name}　申出の内容", f"第{before.revision}版", f"第{after.revision}版", _CHANGED
        )
    for title, was, now in (
        ("市への報告", before.reports, after.reports),
        ("折返し", before.callback, after.callback),
        ("対応経過", before.steps, after.steps),
        ("現状・要求・所見", before.course, after.course),
    ):
        if was != now:
            yield Correction(f"{name}　{title}", _held(was), _held(now), _LATE)


def _held(value: Any) -> str:
    if isinstance(value, tuple):
        return f"{len(value)}件"
    return "記入あり" if value is not None else wording.BLANK


def _shown(value: Any) -> str:
    match value:
        case None | "":
            return wording.BLANK
        case bool():
            return "はい" if value else "いいえ"
        case datetime():
            return wording.moment(value)
        case _:
            return str(value)
