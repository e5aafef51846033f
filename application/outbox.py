"""The outbox of a home as papers are issued into it, and what they print of whoever confirmed them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from application.words import HomeWords
from compliance.deliverables.edition import Deliverable
from compliance.errors import KeyUnavailable
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.ground.japan import civil
from compliance.keys.names import load_or_create_name_key
from compliance.people.register import holds_names, names
from reporting.paper.issue import Outbox
from reporting.paper.kind import Confirmation


def outbox_of(
    engine: Engine, home: Home, now: datetime, checkpoint: Callable[[], str] = str
) -> Outbox:
    """Where papers of a home go; `checkpoint` gives the log's as papers print it, for whoever makes one."""
    words = HomeWords(engine, home)
    return Outbox(
        engine=engine,
        root=home.outbox,
        write=durable.write_durably,
        now=now,
        words=words,
        seal=words.seal,
        checkpoint=checkpoint,
        confirmation=lambda paper: confirmation_of(engine, home, paper),
    )


def confirmation_of(engine: Engine, home: Home, paper: Deliverable) -> Confirmation | None:
    """What papers print of whoever confirmed an edition: name and staff id; the id alone where no name can be opened."""
    if paper.confirmed_at is None or paper.confirmed_by is None:
        return None
    at = civil(paper.confirmed_at).replace(second=0, microsecond=0)
    return Confirmation(_named(engine, home, paper.confirmed_by), at)


def _named(engine: Engine, home: Home, staff_id: str) -> str:
    try:
        key = load_or_create_name_key(home, holds_names=holds_names(engine))
        name = names(engine, key).get(staff_id, "")
    except KeyUnavailable:
        name = ""
    return f"{name}（{staff_id}）" if name else staff_id
