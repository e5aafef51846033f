"""The words of the 別紙, filled in when it is printed."""

from __future__ import annotations

from dataclasses import replace

from compliance.registers.known import ESCALATIONS
from reporting.paper.kind import Words
from reporting.voices.value import CityWords, Voice, VoicesReport


def subjects(report: VoicesReport) -> tuple[str, ...]:
    """The inquiries whose words it prints."""
    ids = [one.inquiry_id for one in (*report.messages, *report.opinions)]
    return tuple(dict.fromkeys([*ids, *(one.inquiry_id for one in report.reports)]))


def told(report: VoicesReport, words: Words) -> VoicesReport:
    """The report with words in their places."""
    return replace(
        report,
        messages=tuple(_voice(one, words) for one in report.messages),
        opinions=tuple(_voice(one, words) for one in report.opinions),
        reports=tuple(_report(one, words) for one in report.reports),
    )


def _voice(one: Voice, words: Words) -> Voice:
    return replace(one, summary=words.summary(one.inquiry_id, one.revision))


def _report(one: CityWords, words: Words) -> CityWords:
    said = words.entry(ESCALATIONS.name, one.entry_id, one.revision)
    return replace(one, reached=said.get("reached", ""), instruction=said.get("instruction", ""))
