"""責任者確認 of a paper (6(3)オ): who confirmed stands in the files that leave, made of the very data that were looked at."""

from __future__ import annotations

from sqlalchemy import Engine

from compliance.deliverables.register import Deliverable
from compliance.errors import EntryRefused
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from orchestration.duties.outbox import outbox_of
from reporting.kinds import KINDS
from reporting.paper.issue import confirm


def contradictions(paper: Deliverable) -> tuple[str, ...]:
    """What an edition says in two ways, as sentences for whoever confirms it."""
    kind = KINDS[paper.kind]
    return kind.contradictions(kind.from_json(paper.data_json))


def confirmed(
    engine: Engine, home: Home, actor: Actor, paper: Deliverable, *, despite: bool = False
) -> bool:
    """Confirm an edition; false where it was confirmed already. `despite`: with the contradictions that it was shown to have.

    Raises:
        EntryRefused: it is not the latest edition, was made anew since it was looked at, or contradicts itself.
    """
    if (found := contradictions(paper)) and not despite:
        raise EntryRefused(
            f"{paper.name} の記載に食い違いがあります。{'　'.join(found)}　記録を直すか、食い違いを承知のうえで確認してください。"
        )
    shelf = outbox_of(engine, home, actor.at)
    return confirm(KINDS[paper.kind], actor, paper, shelf)
