"""What came of the calls that the centre made as its work: attempts by day, by how they ended, and cases that were reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from compliance.contract.campaigns import Campaign
from compliance.ground.japan import civil_date
from reporting.management.words import NOTHING, count, percent, short_day
from reporting.paper.tables import Table

if TYPE_CHECKING:
    from compliance.registers.entries import KeptEntry

UNKNOWN, UNNAMED = "（定めのない結果）", "（定めのない発信業務）"


@dataclass(frozen=True, slots=True)
class CampaignAttempt:
    """One attempt, by the codes of its entry."""

    campaign: str
    case_id: str
    day: date
    result: str


def attempts_of(
    entries: Sequence[KeptEntry], first_day: date, last_day: date
) -> list[CampaignAttempt]:
    """The attempts of those civil days in Japan, both included. Pure."""
    found = [
        CampaignAttempt(
            one.get("campaign"),
            one.get("case_id"),
            civil_date(datetime.fromisoformat(one.get("at"))),
            one.get("result"),
        )
        for one in entries
    ]
    return [one for one in found if first_day <= one.day <= last_day]


def campaign_tables(
    campaigns: Sequence[Campaign], attempts: Sequence[CampaignAttempt], title: str
) -> tuple[Table, ...]:
    """Under a table of all campaigns a table by result for each, and one by day. Pure."""
    rows = [_line(one, [a for a in attempts if a.campaign == one.code]) for one in campaigns]
    known = {one.code for one in campaigns}
    if others := [one for one in attempts if one.campaign not in known]:
        cases = len({(one.campaign, one.case_id) for one in others})
        rows.append((UNNAMED, count(cases), count(len(others)), *[NOTHING] * 4))
    tables = [
        Table(
            title,
            ("発信業務", "対象の件", "架電", "到達した件", "到達率", "約束した件", "約束率"),
            tuple(rows),
            (2.2, 1, 1, 1.1, 1, 1.1, 1),
            note="件は案件番号の数。到達率＝到達した件÷対象の件、約束率＝約束した件÷到達した件。",
        )
    ]
    for one in campaigns:
        theirs = [a for a in attempts if a.campaign == one.code]
        tables += [_by_result(one, theirs, title), _by_day(one, theirs, title)]
    return tuple(tables)


def _line(campaign: Campaign, attempts: Sequence[CampaignAttempt]) -> tuple[str, ...]:
    cases, reached, promised = _cases(campaign, attempts)
    return (
        campaign.label,
        count(cases),
        count(len(attempts)),
        count(reached),
        percent(reached / cases if cases else None),
        count(promised),
        percent(promised / reached if reached else None),
    )


def _cases(campaign: Campaign, attempts: Sequence[CampaignAttempt]) -> tuple[int, int, int]:
    """Cases that were called, of which reached, of which promised."""
    results = {one.code: one for one in campaign.results}
    told = [(a.case_id, results.get(a.result)) for a in attempts]
    return (
        len({case for case, _ in told}),
        len({case for case, result in told if result and result.reached}),
        len({case for case, result in told if result and result.promised}),
    )


def _by_result(campaign: Campaign, attempts: Sequence[CampaignAttempt], title: str) -> Table:
    counted = Counter(one.result for one in attempts)
    total = len(attempts)
    rows = [
        (one.label, count(counted[one.code]), percent(counted[one.code] / total if total else None))
        for one in campaign.results
    ]
    known = {one.code for one in campaign.results}
    if unknown := sum(n for code, n in counted.items() if code not in known):
        rows.append((UNKNOWN, count(unknown), percent(unknown / total)))
    rows.append(("計", count(total), percent(1.0 if total else None)))
    return Table(
        f"{title}（{campaign.label}・結果）", ("結果", "架電", "構成比"), tuple(rows), (3, 1, 1)
    )


def _by_day(campaign: Campaign, attempts: Sequence[CampaignAttempt], title: str) -> Table:
    rows = []
    for day in sorted({one.day for one in attempts}):
        theirs = [one for one in attempts if one.day == day]
        cases, reached, promised = _cases(campaign, theirs)
        rows.append((short_day(day), count(cases), count(len(theirs)), count(reached), count(promised)))  # fmt: skip
    return Table(
        f"{title}（{campaign.label}・日別）",
        ("日", "対象の件", "架電", "到達した件", "約束した件"),
        tuple(rows),
        note="同じ件は、日ごとに1件と数えます。日別の和は期間の件数と一致しません。",
    )
