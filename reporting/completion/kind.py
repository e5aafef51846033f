"""業務完了届 as a kind of paper (9(2)ア)."""

from __future__ import annotations

from compliance.contract.terms import Unit
from reporting.paper.kind import Correction, PaperKind, Reading, Render, Scope
from reporting.paper.tables import TablePaper

KIND = "completion"


def _value() -> type[TablePaper]:
    return TablePaper


def _read(reading: Reading) -> TablePaper:
    from reporting.completion.reader import read_completion

    return read_completion(reading)


def _corrections(before: TablePaper, after: TablePaper) -> tuple[Correction, ...]:
    from reporting.paper.tables import corrections_between

    return corrections_between(before, after)


def _pdf() -> Render[TablePaper]:
    from reporting.paper.tables import render_pdf

    return render_pdf


def _xlsx() -> Render[TablePaper]:
    from reporting.paper.tables import render_xlsx

    return render_xlsx


def _headline(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    return (("成果品", len(paper.table("成果品一覧").rows)),)


COMPLETION = PaperKind(
    kind=KIND,
    unit=Unit.MONTH,
    clause="仕様書9(2)ア",
    summary_ja="その月の業務の完了と、提出した書類の一覧を届け出ます（毎月の業務完了後）。",
    assets=(),
    value=_value,
    read=_read,
    corrections=_corrections,
    renderings={"pdf": _pdf, "xlsx": _xlsx},
    headline=_headline,
    scope=Scope.REGISTERS,
)
