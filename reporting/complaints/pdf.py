"""日次報告書（苦情） as PDF: a cover with the list, then one sheet for each case."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.complaints import wording
from reporting.complaints.value import ComplaintCase, ComplaintReport
from reporting.paper import wareki
from reporting.paper.confirmed import text_of
from reporting.paper.typesetting import typeset

LAYOUT = Path(__file__).with_name("complaints.typ")


def render_pdf(report: ComplaintReport, printed_at: datetime) -> bytes:
    """The paper as PDF bytes, its words filled in. `printed_at` is an aware instant.

    Raises:
        RenderingFailed: the typesetter refused it.
    """
    printed = printed_at.astimezone(TOKYO)
    return typeset(LAYOUT, texts(report, printed), printed)


def texts(report: ComplaintReport, printed: datetime) -> dict[str, Any]:
    """Everything that the paper prints. Pure; `printed` is civil time in Japan."""
    head = report.head
    return {
        "title": head.title,
        "complaints_clause": head.cited("complaints"),
        "document_number": wording.BLANK,
        "date": wareki.full(printed.date()),
        "recipient": head.recipient,
        "contractor": [
            ("所在地", head.contractor_address or wording.BLANK),
            ("名称", head.contractor_name or wording.BLANK),
            ("代表者", head.contractor_representative or wording.BLANK),
            ("発行責任者・担当者", head.manager_name or wording.BLANK),
            ("電話", head.contact_telephone or wording.BLANK),
        ],
        "work_name": head.work_name,
        "edition": f"第{report.edition}版",
        "checkpoint": report.checkpoint or wording.BLANK,
        "confirmed": text_of(report.confirmation, "\n"),
        "days": wording.days(report),
        "due": wareki.full(report.due_date),
        "count": f"{len(report.cases)}件（うち緊急{report.urgent}件）",
        "rows": [
            (
                str(number),
                case.receipt_number,
                wording.moment(case.received_at),
                case.subject,
                wording.title_of(case),
                wording.urgency(case),
                "要" if case.waits_for_city else "否",
                wording.state_of(case),
            )
            for number, case in enumerate(report.cases, start=1)
        ],
        "definition": wording.definition(report),
        "cases": [
            _case(number, case, len(report.cases)) for number, case in enumerate(report.cases, 1)
        ],
        "corrections": [(c.item, c.before, c.after, c.reason) for c in report.corrections],
    }


def _case(number: int, case: ComplaintCase, of: int) -> dict[str, Any]:
    course = case.course
    return {
        "number": f"{number}／{of}",
        "receipt": [
            ("受付番号", case.receipt_number),
            ("受付日時", wording.moment(case.received_at)),
            ("受付方法", "預かりメッセージ" if case.is_message else "電話"),
            ("受付者", case.operator),
            ("区分", case.subject),
            ("市民の声種別", case.voice or wording.BLANK),
            ("対応記録の番号", f"{case.inquiry_id}（第{case.revision}版）"),
        ],
        "summary": case.summary or wording.ERASED,
        "demand": (course.demand if course else "") or wording.BLANK,
        "rows": wording.course_rows(case),
        "course": course.course if course else "",
        "standing": wording.standing(case),
        "urgent": wording.urgent_rows(case) if case.is_urgent else [],
        "request": (course.request if course else "") or wording.BLANK,
        "opinion": (course.opinion if course else "") or wording.BLANK,
        "attached": wording.attached(case),
    }
