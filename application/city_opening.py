"""The city's viewer opens a sealed paper at the desk: one that was handed over, for a reason of a list, by the own key; the log says who,
which and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Engine

from application.handing_over import HANDED_OVER, note_opened, open_paper, state_of
from compliance.deliverables.edition import Deliverable
from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, Purpose, Result, note
from compliance.ground.home import Home

CITY_PURPOSES: Mapping[Purpose, str] = {
    Purpose.INSPECTION: "受け取った書類の検査",
    Purpose.COMPLAINT: "苦情への対応",
    Purpose.INCIDENT: "事故の確認",
    Purpose.CITY_REQUEST: "庁内の照会への回答",
}
"""What the city's viewer may open a paper for, as the page calls it."""


def opened_by_city(
    engine: Engine, home: Home, actor: Actor, paper: Deliverable, name: str, purpose: str
) -> bytes:
    """A file of an edition that the city was given, by the name under which it was given. `actor` is whoever opened their own key,
    `purpose` a code of the list. The entry stands before the file is given away; a refusal is an entry too.

    Raises:
        EntryRefused: it was never handed over, or no reason of the list was chosen.
        KeyUnavailable, HomeDamaged: as `open_paper`; nothing is noted.
    """
    known = next((one for one in CITY_PURPOSES if one.value == purpose), None)
    acting = actor if known is None else replace(actor, purpose=known)
    if state_of(engine, paper) not in HANDED_OVER:
        _refused(engine, acting, paper)
        raise EntryRefused(f"{paper.name} は市へ提出されていません。")
    if known is None:
        _refused(engine, acting, paper)
        raise EntryRefused("開く理由を選んでください。")
    opened = open_paper(engine, home, paper.kind, paper.period, paper.edition)
    note_opened(engine, acting, paper)
    return opened.files[name]


def _refused(engine: Engine, actor: Actor, paper: Deliverable) -> None:
    entry = actor.entry(Action.PAPER_OPENED, ObjectKind.DELIVERABLE, paper.name, Result.REFUSED)
    with engine.begin() as connection:
        note(connection, entry)
