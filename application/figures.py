"""運営状況報告（管理者用） of any period, from the warehouse as it is (9(3)); registers and papers stay untouched."""

from __future__ import annotations

from datetime import date, timedelta

from application.home.settings import Settings
from application.warehouse.reading import warehouse_to_read
from compliance.ground.home import Home
from reporting.errors import FiguresNotBuilt
from reporting.management.reader import read_management
from reporting.paper.tables import TablePaper


def figures_of(
    settings: Settings, home: Home, today: date, first_day: date, last_day: date
) -> TablePaper:
    """The report of first to last day, both included; `today` is not over and so not counted.

    Raises:
        PeriodRefused: the last day lies before the first.
        FiguresNotBuilt: no run has built the warehouse yet.
        HomeBusy: a run builds it now.
    """
    with warehouse_to_read(home) as connection:
        if connection is None:
            raise FiguresNotBuilt(
                "集計がまだありません。`madoguchi run` を実行してから、作り直してください。"
            )
        return read_management(
            connection, settings.contract, first_day, last_day, today - timedelta(days=1)
        )


def month_of(first_of_month: date) -> tuple[date, date]:
    """First and last day of a calendar month. Pure."""
    first = first_of_month.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def days_of(first: str, last: str) -> tuple[date, date]:
    """First and last day as typed. Pure.

    Raises:
        ValueError: one is no day, or the last lies before the first.
    """
    days = date.fromisoformat(first), date.fromisoformat(last)
    if days[1] < days[0]:
        raise ValueError(f"the period ends on {days[1]}, before it begins")
    return days
