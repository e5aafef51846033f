"""責任者確認 of a paper (6(3)オ): who confirmed stands in the files that leave, made of the very data that were looked at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from compliance.deliverables.register import Deliverable
from compliance.errors import EntryRefused, KeyUnavailable
from compliance.ground import durable
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.ground.japan import civil
from compliance.keys.names import load_or_create_name_key
from compliance.people.register import holds_names, names
from orchestration.duties.words import HomeWords
from reporting.kinds import KINDS
from reporting.paper.issue import Shelf, confirm
from reporting.paper.kind import Confirmation


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
    words = HomeWords(engine, home)
    shelf = Shelf(
        engine=engine,
        outbox=home.outbox,
        write=durable.write_durably,
        now=actor.at,
        words=words,
        seal=words.seal,
        confirmation=lambda one: confirmation_of(engine, home, one),
    )
    return confirm(KINDS[paper.kind], actor, paper, shelf)


def confirmation_of(engine: Engine, home: Home, paper: Deliverable) -> Confirmation | None:
    """What papers print of whoever confirmed an edition: name and staff id; the id alone where no name can be opened."""
    if paper.confirmed_at is None or paper.confirmed_by is None:
        return None
    return Confirmation(
        _named(engine, home, paper.confirmed_by), _to_the_minute(paper.confirmed_at)
    )


def _named(engine: Engine, home: Home, staff_id: str) -> str:
    try:
        key = load_or_create_name_key(home, holds_names=holds_names(engine))
        name = names(engine, key).get(staff_id, "")
    except KeyUnavailable:
        name = ""
    return f"{name}（{staff_id}）" if name else staff_id


def _to_the_minute(at: datetime) -> datetime:
    return civil(at).replace(second=0, microsecond=0)
