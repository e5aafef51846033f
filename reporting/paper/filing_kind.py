"""届・申請・報告 that registers fill, as a kind of paper: made when somebody asks, confirmed, handed over and received like any other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reporting.paper.kind import Correction
from reporting.paper.table_kind import kind_on_request

if TYPE_CHECKING:
    from reporting.paper.tables import TablePaper

KIND = "filings"
"""The kind in registers and in the outbox; the period is the entry's number with that of the filing, or the register's name for a list."""


_ENTERED = "台帳の記入・訂正による"


def _headline(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    return ((paper.head.title, len(paper.tables[0].rows)),)


def _corrections(before: TablePaper, after: TablePaper) -> tuple[Correction, ...]:
    """What moved, its facts too, by what the register says now; a filing has no terms of a contract but its head."""
    from reporting.paper.tables import corrections_between

    was, now = dict(before.facts), dict(after.facts)
    facts = [
        Correction(title, was.get(title, "―"), now.get(title, "―"), _ENTERED)
        for title in dict.fromkeys([*was, *now])
        if was.get(title) != now.get(title)
    ]
    return (*facts, *corrections_between(replace(before, facts=after.facts), after))


FILINGS = replace(
    kind_on_request(
        KIND,
        "filings",
        "台帳の記載から作る届・申請・報告（事故報告書、預り証、許可申請書など）です。作るには `madoguchi registers paper` を使います。",
        _headline,
    ),
    corrections=_corrections,
)
