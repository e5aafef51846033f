"""日次報告書（苦情） as a kind of paper (6(3)オ). Its renderings are loaded when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.contract.due_terms import Unit
from reporting.paper.kind import Correction, PaperKind, Reading, Render, Scope, Words

if TYPE_CHECKING:
    from reporting.complaints.value import ComplaintReport

KIND = "complaints"
"""The deliverable's kind in registers and in the outbox."""


def _value() -> type[ComplaintReport]:
    from reporting.complaints.value import ComplaintReport

    return ComplaintReport


def _read(reading: Reading) -> ComplaintReport:
    from reporting.complaints.reader import read_complaints

    return read_complaints(reading)


def _corrections(before: ComplaintReport, after: ComplaintReport) -> tuple[Correction, ...]:
    from reporting.complaints.corrections import corrections_between

    return corrections_between(before, after)


def _pdf() -> Render[ComplaintReport]:
    from reporting.complaints.pdf import render_pdf

    return render_pdf


def _xlsx() -> Render[ComplaintReport]:
    from reporting.complaints.workbook import render_xlsx

    return render_xlsx


def _headline(report: ComplaintReport) -> tuple[tuple[str, int], ...]:
    return (
        ("クレーム", len(report.cases)),
        ("うち緊急", report.urgent),
        ("緊急の電話の記録", sum(case.urgent_call is not None for case in report.cases)),
        ("市の対応を要するもの", sum(case.waits_for_city for case in report.cases)),
    )


def _subjects(report: ComplaintReport) -> tuple[str, ...]:
    from reporting.complaints.told import subjects

    return subjects(report)


def _told(report: ComplaintReport, words: Words) -> ComplaintReport:
    from reporting.complaints.told import told

    return told(report, words)


def _contradictions(report: ComplaintReport) -> tuple[str, ...]:
    from reporting.complaints.contradictions import contradictions

    return contradictions(report)


COMPLAINTS = PaperKind(
    kind=KIND,
    unit=Unit.DAY,
    clause="complaints",
    summary_ja=(
        "その営業日（続く休業日を含む）に受け付けたクレームを、翌営業日までに報告する書類です。申出の言葉を含むため"
        "暗号化して置きます。開くには `madoguchi papers open` を使います。"
    ),
    assets=("fct_calls",),
    value=_value,
    read=_read,
    corrections=_corrections,
    renderings={"pdf": _pdf, "xlsx": _xlsx},
    headline=_headline,
    subjects=_subjects,
    told=_told,
    scope=Scope.OWN_DAYS,
    contradictions=_contradictions,
)
