"""週次集計結果別紙（市民の声） as a kind of paper (6(3)エ、6(3)カ). Its renderings are loaded when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.contract.due_terms import Unit
from reporting.paper.kind import Correction, PaperKind, Reading, Render, Scope, Words

if TYPE_CHECKING:
    from reporting.voices.value import VoicesReport

KIND = "voices"
"""The deliverable's kind in registers and in the outbox."""


def _value() -> type[VoicesReport]:
    from reporting.voices.value import VoicesReport

    return VoicesReport


def _read(reading: Reading) -> VoicesReport:
    from reporting.voices.reader import read_voices

    return read_voices(reading)


def _corrections(before: VoicesReport, after: VoicesReport) -> tuple[Correction, ...]:
    from reporting.voices.corrections import corrections_between

    return corrections_between(before, after)


def _pdf() -> Render[VoicesReport]:
    from reporting.voices.pdf import render_pdf

    return render_pdf


def _xlsx() -> Render[VoicesReport]:
    from reporting.voices.pdf import render_xlsx

    return render_xlsx


def _headline(report: VoicesReport) -> tuple[tuple[str, int], ...]:
    return (
        ("預かりメッセージ", len(report.messages)),
        ("主な意見・要望", len(report.opinions)),
        ("市への報告・引継ぎ", len(report.reports)),
    )


def _subjects(report: VoicesReport) -> tuple[str, ...]:
    from reporting.voices.told import subjects

    return subjects(report)


def _told(report: VoicesReport, words: Words) -> VoicesReport:
    from reporting.voices.told import told

    return told(report, words)


VOICES = PaperKind(
    kind=KIND,
    unit=Unit.WEEK,
    clause="voices",
    summary_ja=(
        "預かりメッセージの内容、主な意見・要望、市への報告を、市民の言葉で記す別紙です。暗号化して置きます。"
        "開くには `madoguchi papers open` を使います。"
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
)
