"""3の3: what an officer and the manager confirmed together since another officer was missing, which the city is told of."""

from __future__ import annotations

from sqlalchemy import Engine

from compliance.ground.japan import civil_date
from compliance.people.proposals import ProposalState, all_proposals
from reporting.paper import wareki
from reporting.paper.tables import Table
from reporting.personal_information.month import Month

TITLE = "3の3　保護管理者の一方に代わり責任者と確認した事項"


def together_table(month: Month, engine: Engine) -> Table | None:
    """Such confirmations of the month; null where there was none."""
    rows = tuple(
        (
            wareki.plain(civil_date(one.decided_at)),
            one.kind.title_ja,
            one.staff_id,
            f"{one.proposed_by}、{one.decided_by}",
        )
        for one in all_proposals(engine)
        if one.state is ProposalState.CONFIRMED
        and one.with_manager
        and one.decided_at is not None
        and month.first <= one.decided_at < month.after
    )
    if not rows:
        return None
    return Table(
        TITLE, ("日付", "事項", "職員番号", "提案・確認した者"), rows, (2, 2, 1.4, 2), keys=3
    )
