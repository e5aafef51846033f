"""Forms that registers fill, as a kind of paper: made when somebody asks, confirmed, handed over and received like any other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from reporting.paper.kind import Reading
from reporting.paper.table_kind import table_kind

if TYPE_CHECKING:
    from reporting.paper.tables import TablePaper

KIND = "forms"
"""The kind in registers and in the outbox; the period is the entry's number, or the register's name for a list."""


def _read(_: Reading) -> NoReturn:
    raise LookupError("forms are made of an entry, not of a period")


def _headline(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    return ((paper.head.title, len(paper.tables[0].rows)),)


FORMS = replace(
    table_kind(
        KIND,
        "別紙1、別紙2、6(3)ウ、11",
        "台帳の記載から作る届・申請・報告（事故報告書、預り証、許可申請書など）です。作るには `madoguchi registers paper` を使います。",
        _read,
        _headline,
    ),
    is_by_period=False,
)
