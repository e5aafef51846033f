"""A paper of tables as a kind: what all of them share; value and renderings are loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from compliance.contract.due_terms import Unit
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


def kind_on_request(
    kind: str,
    clause: str,
    summary_ja: str,
    headline: Callable[[TablePaper], tuple[tuple[str, int], ...]] | None = None,
) -> PaperKind[TablePaper]:
    """A paper of tables that is made when somebody asks for it, of what they hand in, and that no contract owes by a day."""
    made = table_kind(kind, clause, summary_ja, _of_no_period, headline or _one_of_its_title)
    return replace(made, is_by_period=False)


def _of_no_period(_: Reading) -> NoReturn:
    raise LookupError(
        "this paper is made when somebody asks for it, of what they hand in, and not of a period"
    )


def _one_of_its_title(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    return ((paper.head.title, 1),)


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
