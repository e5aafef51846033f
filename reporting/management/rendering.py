"""PDF and workbook of the manager's report: the papers' own, with figures to the right and as numbers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.management.words import REMARK
from reporting.paper import tables as papers
from reporting.paper.tables import LAYOUT, TablePaper, texts
from reporting.paper.typesetting import typeset

KEPT_TOGETHER = 20
"""A table of so many rows stands on one page."""
_COUNT, _DECIMAL = re.compile(r"\d+"), re.compile(r"\d+\.\d+")
_PERCENT = re.compile(r"(\d+\.\d)%")


def told(paper: TablePaper, printed: datetime) -> dict[str, Any]:
    """What the layout prints; every column but the first, and one of remarks, holds figures. Pure."""
    whole = texts(paper, printed)
    tables = []
    for table in whole["tables"]:
        headings = table["headings"]
        until = len(headings) - (headings[-1] == REMARK)
        whole_on_a_page = len(table["rows"]) <= KEPT_TOGETHER
        tables.append(
            {**table, "figures_from": 1, "figures_until": until, "is_whole": whole_on_a_page}
        )
    return {**whole, "tables": tables}


def render_pdf(paper: TablePaper, printed_at: datetime) -> bytes:
    """The report as PDF bytes. `printed_at` is an aware instant.

    Raises:
        RenderingFailed: the typesetter refused it.
    """
    printed = printed_at.astimezone(TOKYO)
    return typeset(LAYOUT, told(paper, printed), printed)


def render_xlsx(paper: TablePaper, printed_at: datetime) -> bytes:
    """The workbook as bytes: counts and shares are numbers, so that they can be reckoned with."""
    return papers.render_xlsx(paper, printed_at, as_value)


def as_value(text: str, column: int) -> tuple[object, str]:
    """A printed cell as the value that it shows, with the kind that gives its format. Pure."""
    if column == 0:
        return text, ""
    if _COUNT.fullmatch(text):
        return int(text), ""
    if _DECIMAL.fullmatch(text):
        return float(text), "seconds"
    if share := _PERCENT.fullmatch(text):
        return round(float(share[1]) / 100, 3), "percent"
    return text, ""
