"""What callers asked, of one week: counts by the form's codes, for sections 3 to 6 (6(3)エ 問い合わせ内容).

Null where no record of an inquiry lies in the week: then the paper says 未記入, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from compliance.inquiries.form import Form

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One 小区分: inquiries by day, in the order of the paper's days, of the week, and since the first day."""

    category: str
    item: str
    by_day: tuple[int, ...]
    total: int
    cumulative: int


@dataclass(frozen=True, slots=True)
class CodeCount:
    """One code's title with its number of inquiries in the week."""

    title: str
    total: int


@dataclass(frozen=True, slots=True)
class InquiryContent:
    """The week's inquiries; `recorded` of the `answered` calls have a record. `items` in the form's order, those that were ever asked; `voices`, `stances` and
    `handlings` whole, in the form's order."""

    total: int
    complaints: int
    items: tuple[ItemRow, ...]
    voices: tuple[CodeCount, ...]
    stances: tuple[CodeCount, ...]
    handlings: tuple[CodeCount, ...]
    form_version: int
    answered: int = 0
    recorded: int = 0

    @property
    def leading(self) -> tuple[ItemRow, ...]:
        """The five items that were asked most in the week, the form's order among equals."""
        asked = [row for row in self.items if row.total]
        return tuple(sorted(asked, key=lambda row: -row.total)[:5])

    def of_handling(self, title: str) -> int:
        """How many inquiries were handled so."""
        return next((told.total for told in self.handlings if told.title == title), 0)


def read_content(
    connection: DuckDBPyConnection,
    days: Sequence[date],
    first_day: date,
    last_day: date,
    form: Form,
) -> InquiryContent | None:
    """The content of the days from the first of `days` to `last_day`; cumulative from `first_day`. Null where none of
    those days has a record."""
    rows = connection.execute(
        "select call_date, dimension, code, inquiry_count, complaint_count "
        "from reports.rpt_inquiry_daily where call_date between ? and ?",
        [first_day, last_day],
    ).fetchall()
    week = [row for row in rows if row[0] >= days[0]]
    if not week:
        return None
    answered, recorded = connection.execute(
        "select count(*), count(*) filter (where call_id in "
        "(select call_id from marts.fct_inquiries where call_id is not null)) "
        "from marts.fct_calls where outcome = 'answered' and call_date between ? and ?",
        [days[0], last_day],
    ).fetchone() or (0, 0)
    return InquiryContent(
        total=sum(count for _, dimension, _, count, _ in week if dimension == "item"),
        complaints=sum(found for _, dimension, _, _, found in week if dimension == "item"),
        items=_items(rows, form, days),
        voices=_told(week, "voice", form.voices),
        stances=_told(week, "stance", form.stances),
        handlings=_told(week, "handling", form.handlings),
        form_version=form.version,
        answered=answered,
        recorded=recorded,
    )


def _items(
    rows: Sequence[tuple[date, str, str, int, int]], form: Form, days: Sequence[date]
) -> tuple[ItemRow, ...]:
    counted: dict[str, dict[date, int]] = {}
    for day, dimension, code, count, _ in rows:
        if dimension == "item":
            counted.setdefault(code, {})[day] = count
    found = []
    for root in form.categories.values():
        for item, title in root.items.items():
            by_day = counted.get(f"{root.code}/{item}")
            if by_day is None:
                continue
            of_days = tuple(by_day.get(day, 0) for day in days)
            week = sum(count for day, count in by_day.items() if day >= days[0])
            found.append(ItemRow(root.title, title, of_days, week, sum(by_day.values())))
    return tuple(found)


def _told(
    rows: Sequence[tuple[date, str, str, int, int]], dimension: str, titles: Mapping[str, str]
) -> tuple[CodeCount, ...]:
    return tuple(
        CodeCount(
            title,
            sum(count for _, of, known, count, _ in rows if of == dimension and known == code),
        )
        for code, title in titles.items()
    )
