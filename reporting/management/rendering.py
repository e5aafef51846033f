"""PDF and workbook of the manager's report: the papers' own, with figures to the right and as numbers."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.management.words import PERIOD, REMARK
from reporting.paper import tables as papers
from reporting.paper import wareki
from reporting.paper.tables import LAYOUT, TablePaper, texts
from reporting.paper.typesetting import typeset

KEPT_TOGETHER = 20
"""A table of so many rows stands on one page."""
_COUNT, _DECIMAL = re.compile(r"[\d,]+"), re.compile(r"\d+\.\d+")
_LENGTH, _CLOCK = re.compile(r"(\d+):(\d\d)"), re.compile(r"\d\d:\d\d")
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})（.）")
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
    first = _period_of(paper)
    return papers.render_xlsx(paper, printed_at, lambda text, column: as_value(text, column, first))


def _period_of(paper: TablePaper) -> date | None:
    """The first day that the report is of: the days of its rows are printed without their year."""
    return wareki.day_in(dict(paper.facts).get(PERIOD, ""))


def as_value(text: str, column: int, first: date | None = None) -> tuple[object, str]:
    """A printed cell as the value that it shows, with the kind that gives its format: days from `first` on, times of day, counts,
    shares, and lengths of time. Pure."""
    if column == 0:
        if first is not None and (day := _DAY.fullmatch(text)):
            month_day = (int(day[1]), int(day[2]))
            year = first.year + (month_day < (first.month, first.day))
            return date(year, *month_day), ""
        return (time.fromisoformat(text), "") if _CLOCK.fullmatch(text) else (text, "")
    if _COUNT.fullmatch(text):
        return int(text.replace(",", "")), ""
    if length := _LENGTH.fullmatch(text):
        return (int(length[1]) * 60 + int(length[2])) / 86_400, "length"
    if _DECIMAL.fullmatch(text):
        return float(text), "seconds"
    if share := _PERCENT.fullmatch(text):
        return round(float(share[1]) / 100, 3), "percent"
    return text, ""
