"""Papers of figures as kinds, one for each unit; a contract may owe several of one, told apart by a name after a dot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from compliance.contract.due_terms import Unit
from reporting.paper.kind import Correction, PaperKind, Reading, Render, Scope
from reporting.paper.table_kind import table_kind

if TYPE_CHECKING:
    from reporting.paper.tables import TablePaper

_SUMMARY = (
    "その期間の件数・率・時間を、業務別と合計で示します。目標のある項目は達成か否かを示します。"
)
_ASSETS = ("rpt_service_daily", "rpt_daily_kpi", "rpt_half_hour_kpi", "rpt_inquiry_daily")
UNITS = (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.YEAR)


def figures_kind(unit: Unit, name: str) -> PaperKind[TablePaper]:
    """The kind of that name, as the contract names it: `figures_month`, `figures_month.english`."""

    def read(reading: Reading) -> TablePaper:
        from reporting.figures.reader import read_figures

        return read_figures(reading, name)

    made = table_kind(name, clause="figures", summary_ja=_SUMMARY, read=read, headline=_headline)
    return replace(
        made,
        unit=unit,
        assets=_ASSETS,
        scope=Scope.OWN_DAYS,
        renderings={**made.renderings, "csv": _csv},
        corrections=_corrections,
    )


def is_figures(name: str) -> bool:
    """Whether a kind of that name is a paper of figures."""
    return name.partition(".")[0] in FIGURES


def _corrections(before: TablePaper, after: TablePaper) -> tuple[Correction, ...]:
    from reporting.figures.reader import figures_corrections

    return figures_corrections(before, after)


def _headline(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    from reporting.figures.reader import headline

    return headline(paper)


def _csv() -> Render[TablePaper]:
    from reporting.paper.tables import render_csv

    return render_csv


FIGURES: Mapping[str, PaperKind[TablePaper]] = {
    f"figures_{unit.value}": figures_kind(unit, f"figures_{unit.value}") for unit in UNITS
}
