"""What one case must not say at once: shown to whoever confirms the paper, who mends it or takes it upon them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reporting.complaints.value import ComplaintCase, ComplaintReport


def contradictions(report: ComplaintReport) -> tuple[str, ...]:
    """Sentences in Japanese, each with the 受付番号 of its case."""
    return tuple(
        f"{case.receipt_number}：{told}" for case in report.cases for told in _of_case(case)
    )


def _of_case(case: ComplaintCase) -> Iterator[str]:
    status = case.course.status if case.course is not None else ""
    if case.urgent_call is not None and not case.is_urgent:
        yield "緊急の電話で市へ報告していますが、記録は緊急ではありません。"
    if status != "closed":
        return
    if case.course is not None and case.course.closed_on is None:
        yield "現状は終結ですが、終結日がありません。"
    if case.needs_callback and not (case.callback is not None and case.callback.is_closed):
        yield "現状は終結ですが、折返しが済んでいません。"
    if case.needs_city and not any(one.answered_at for one in case.reports):
        yield "現状は終結ですが、市の対応を待つ記録で、市の回答がありません。"
    if any(one.answered_at is None for one in case.reports):
        yield "現状は終結ですが、市の回答待ちの報告があります。"
