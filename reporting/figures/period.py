"""What a paper of figures is made of: the counts of a period by day and service, and which days have records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from compliance.contract.due_terms import Unit
from compliance.contract.paper_terms import DeliverableTerms
from compliance.contract.terms import Contract
from reporting.figures.campaigns import CampaignAttempt
from reporting.figures.counts import ServiceCounts
from reporting.management.figures import DayFigures

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

UNCHOSEN = "（業務の選択なし）"


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """Everything that the sections are made of; `counts` are of the paper's services alone."""

    connection: DuckDBPyConnection
    contract: Contract
    terms: DeliverableTerms
    unit: Unit
    first_day: date
    last_day: date
    counted_until: date
    held: Mapping[date, DayFigures]
    counts: Mapping[tuple[date, str], ServiceCounts]
    attempts: Sequence[CampaignAttempt] = ()

    def of(self, days: Sequence[date], service: str | None = None) -> ServiceCounts:
        """The sum over days, of one service or of all that the paper has."""
        wanted = frozenset(days)
        theirs = (
            one
            for (day, code), one in self.counts.items()
            if day in wanted and service in (None, code)
        )
        return sum(theirs, ServiceCounts())

    @property
    def measured(self) -> tuple[date, ...]:
        """The days with records."""
        return tuple(day for day, one in self.held.items() if one.has_records)

    @property
    def services(self) -> tuple[tuple[str, str], ...]:
        """Code and label of the paper's services, in the order of the contract; the calls that chose none, where there are any."""
        listed = [(one.code, one.label) for one in self.contract.services]
        if self.terms.service:
            return tuple(one for one in listed if one[0] == self.terms.service)
        known = {code for code, _ in listed}
        unlisted = sorted({code for _, code in self.counts} - known - {""})
        listed += [(code, code) for code in unlisted]
        if any(code == "" for _, code in self.counts):
            listed.append(("", UNCHOSEN))
        return tuple(listed)
