"""責任者確認 of a paper (6(3)オ): who confirmed stands in the files that leave, made of the very data that were looked at."""

from __future__ import annotations

from sqlalchemy import Engine

from application.outbox import outbox_of
from compliance.deliverables.edition import Deliverable
from compliance.deliverables.register import editions
from compliance.errors import EntryRefused
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from reporting.kinds import KINDS
from reporting.paper.issue import confirm, restore


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
    kind = KINDS[paper.kind]
    try:
        return confirm(kind, actor, paper, outbox_of(engine, home, actor.at))
    except EntryRefused:
        # a run may have made it anew between the look and the register: its files are those that stand
        latest = editions(engine, paper.kind, paper.period)[-1]
        list(restore(kind, latest, outbox_of(engine, home, actor.at)))
        raise
