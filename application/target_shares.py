"""The contract's targets against what the warehouse counted: the newest business day, and its month up to that day.

The counts are those of the papers of figures (`reports.rpt_service_daily`), judged exactly; days without calls add nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from application.warehouse.reading import rows_of, warehouse_to_read
from compliance.contract.targets import JUDGED, Target, targets_in_force
from compliance.contract.terms import Contract
from compliance.ground.home import Home
from reporting.management.words import percent

Shares = Mapping[tuple[date, str, str], tuple[int, int]]
"""Numerator and denominator by day, service (blank: none was chosen) and definition."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The counts of a share, and whether they meet the target; null where there is nothing to judge."""

    numerator: int
    denominator: int
    is_met: bool | None

    @property
    def share(self) -> float | None:
        """0..1; null where there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def text_ja(self) -> str:
        """The share to a tenth of a percent, and what it is of the target."""
        if self.is_met is None or self.share is None:
            return "対象なし"
        return f"{percent(self.share)} {'達成' if self.is_met else '未達成'}"


@dataclass(frozen=True, slots=True)
class TargetShares:
    """A target in force on a day. `definition` is its name, `title` its title in force, `service` the service's label (blank: of
    all), `bound` in percent, the least where `is_least`, else the most."""

    definition: str
    title: str
    service: str
    bound: float
    is_least: bool
    on: date
    of_day: Judged
    of_month: Judged

    @property
    def of_ja(self) -> str:
        """What is judged, and against what."""
        side = "以上" if self.is_least else "以下"
        return f"{self.title}（{self.service or '全業務'}）{self.bound:g}%{side}"


def target_shares(home: Home, contract: Contract, day: date) -> tuple[TargetShares, ...]:
    """The targets in force on a day, in the order of the contract, against the day and its month so far.

    Raises:
        HomeBusy: the warehouse is being built.
    """
    if not contract.targets:
        return ()
    return judged_on(contract, day, _read(home, day.replace(day=1), day))


def judged_on(contract: Contract, day: date, shares: Shares) -> tuple[TargetShares, ...]:
    """As `target_shares`, of the shares from the month's first day to that day. Pure."""
    labels = {one.code: one.label for one in contract.services}
    return tuple(
        TargetShares(
            definition=target.definition,
            title=contract.definition(target.definition, day).title,
            service=labels.get(target.service, ""),
            bound=target.bound,
            is_least=target.is_least,
            on=day,
            of_day=_judged(target, {key: one for key, one in shares.items() if key[0] == day}),
            of_month=_judged(target, shares),
        )
        for target in targets_in_force(contract.targets, day)
    )


def lines_of(targets: Sequence[TargetShares]) -> list[str]:
    """Each as a line of text."""
    return [
        f"目標：{one.of_ja}　前営業日 {one.of_day.text_ja}　{one.on.month}月 {one.of_month.text_ja}"
        for one in targets
    ]


def _judged(target: Target, shares: Shares) -> Judged:
    theirs = [
        counts
        for (_, service, name), counts in shares.items()
        if name == target.definition and target.service in ("", service)
    ]
    numerator, denominator = sum(n for n, _ in theirs), sum(d for _, d in theirs)
    return Judged(numerator, denominator, target.is_met(numerator, denominator))


def _read(home: Home, first: date, last: date) -> Shares:
    counted = ", ".join(f"{name}_numerator, {name}_denominator" for name in JUDGED)
    with warehouse_to_read(home) as connection:
        rows = rows_of(
            connection,
            f"select call_date, service, {counted} from reports.rpt_service_daily where call_date between ? and ?",
            [first, last],
        )
    return {
        (day, service, name): (int(counts[2 * n]), int(counts[2 * n + 1]))
        for day, service, *counts in rows
        for n, name in enumerate(JUDGED)
    }
