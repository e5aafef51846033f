"""個人情報取扱状況報告書 at once, when the city asks (別紙2-14): the present month up to now, without an edition or a due day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from application.people import ActingHome
from compliance.contract.due import PaperPeriod
from compliance.contract.due_terms import Unit
from compliance.registers.entries import entries
from reporting.paper.kind import Reading
from reporting.paper.tables import TablePaper
from reporting.personal_information.kind import PERSONAL_INFORMATION

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def status_report(place: ActingHome) -> TablePaper:
    """The report of the month of today, as everything stands now."""
    words = place.settings.contract.words
    first = place.today.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    paper = PERSONAL_INFORMATION.read(
        Reading(
            connection=cast("DuckDBPyConnection", None),  # registers and log alone are read
            contract=place.contract,
            period=PaperPeriod(Unit.MONTH, f"{first:%Y-%m}", "", first, first, last, place.today),
            counted_until=place.today,
            problems=[],
            verdicts=list,
            inquiries=list,
            entries=lambda register, until: entries(place.engine, register, until=until),
            made_at=place.now,
            engine=place.engine,
            home=place.home,
        )
    )
    return replace(
        paper,
        facts=(*paper.facts, ("種別", f"求めによる随時の報告{words.cited('on_demand_report')}")),
    )
