"""The words of a complaint report, filled in when it is printed."""

from __future__ import annotations

from dataclasses import replace

from compliance.registers.known import COMPLAINT_STEPS, COMPLAINTS, ESCALATIONS
from reporting.complaints.value import ComplaintCase, ComplaintReport, Course, Report, Step
from reporting.paper.kind import Words


def subjects(report: ComplaintReport) -> tuple[str, ...]:
    """The inquiries whose words it prints."""
    return tuple(case.inquiry_id for case in report.cases)


def told(report: ComplaintReport, words: Words) -> ComplaintReport:
    """The report with words in their places."""
    return replace(report, cases=tuple(_case(case, words) for case in report.cases))


def _case(case: ComplaintCase, words: Words) -> ComplaintCase:
    return replace(
        case,
        summary=words.summary(case.inquiry_id, case.revision),
        reports=tuple(_report(one, words) for one in case.reports),
        course=None if case.course is None else _course(case.course, words),
        steps=tuple(_step(one, words) for one in case.steps),
    )


def _report(one: Report, words: Words) -> Report:
    said = words.entry(ESCALATIONS.name, one.entry_id, one.revision)
    return replace(one, reached=said.get("reached", ""), instruction=said.get("instruction", ""))


def _step(one: Step, words: Words) -> Step:
    said = words.entry(COMPLAINT_STEPS.name, one.entry_id, one.revision)
    return replace(one, what=said.get("what", ""))


def _course(one: Course, words: Words) -> Course:
    said = words.entry(COMPLAINTS.name, one.entry_id, one.revision)
    return replace(
        one,
        demand=said.get("demand", ""),
        course=said.get("course", ""),
        request=said.get("request", ""),
        opinion=said.get("opinion", ""),
    )
