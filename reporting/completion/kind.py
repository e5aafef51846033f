"""業務完了届 as a kind of paper (9(2)ア)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reporting.paper.kind import Reading
from reporting.paper.table_kind import table_kind

if TYPE_CHECKING:
    from reporting.paper.tables import TablePaper

KIND = "completion"
"""The deliverable's kind in registers and in the outbox."""


def _read(reading: Reading) -> TablePaper:
    from reporting.completion.reader import read_completion

    return read_completion(reading)


def _headline(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    return (("成果品", len(paper.table("成果品一覧").rows)),)


COMPLETION = table_kind(
    KIND,
    clause="completion",
    summary_ja="その月の業務の完了と、提出した書類の一覧を届け出ます（毎月の業務完了後）。",
    read=_read,
    headline=_headline,
)
