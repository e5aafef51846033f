"""A paper of tables as a kind: what all of them share; value and renderings are loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from compliance.contract.terms import Unit
from reporting.paper.kind import Correction, Mismatch, PaperKind, Reading, Render, Scope

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from compliance.ground.home import Home
    from reporting.paper.tables import TablePaper


def table_kind(
    kind: str,
    clause: str,
    summary_ja: str,
    read: Callable[[Reading], TablePaper],
    headline: Callable[[TablePaper], tuple[tuple[str, int], ...]],
    mismatches: Callable[[Reading], Sequence[Mismatch]] | None = None,
    is_still_owed: Callable[[Engine, Home, datetime, datetime], bool] | None = None,
) -> PaperKind[TablePaper]:
    """A monthly paper of tables that registers and log fill."""
    return PaperKind(
        kind=kind,
        unit=Unit.MONTH,
        clause=clause,
        summary_ja=summary_ja,
        assets=(),
        value=_value,
        read=read,
        corrections=_corrections,
        renderings={"pdf": _pdf, "xlsx": _xlsx},
        headline=headline,
        scope=Scope.REGISTERS,
        mismatches=mismatches,
        is_still_owed=is_still_owed,
    )


def _value() -> type[TablePaper]:
    from reporting.paper.tables import TablePaper

    return TablePaper


def _corrections(before: TablePaper, after: TablePaper) -> tuple[Correction, ...]:
    from reporting.paper.tables import corrections_between

    return corrections_between(before, after)


def _pdf() -> Render[TablePaper]:
    from reporting.paper.tables import render_pdf

    return render_pdf


def _xlsx() -> Render[TablePaper]:
    from reporting.paper.tables import render_xlsx

    return render_xlsx
