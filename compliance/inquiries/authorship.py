"""Who may enter and revise which 対応記録, and what of it stays: the one rule of desk, command, sheet and folder. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from compliance.errors import EntryRefused
from compliance.ground.acts import SYSTEM, Actor
from compliance.inquiries.record import Flag, Inquiry

OLDEST = timedelta(days=7)
"""How long ago what is told of may have been: so long a draft may wait."""
_AHEAD = timedelta(minutes=1)
"""How far another machine's clock may go before this one's."""


class StruckOut(EntryRefused):
    """The record was struck out: nobody enters it again."""


class MarksStay(EntryRefused):
    """A mark would go that only whoever oversees takes away."""


class StandingRecord(Protocol):
    """The record that stands, as its latest revision has it: what lies in clear."""

    @property
    def at(self) -> datetime: ...
    @property
    def operator(self) -> str: ...
    @property
    def is_complaint(self) -> bool: ...
    @property
    def is_urgent(self) -> bool: ...
    @property
    def is_void(self) -> bool: ...
    @property
    def recorded_by(self) -> str: ...


def require_counting(standing: StandingRecord) -> None:
    """Ask whether the record that stands counts still: of whoever enters it, and before anything of it is opened.

    Raises:
        StruckOut: it does not.
    """
    if standing.is_void:
        raise StruckOut(
            "取り消し済みの記録です。もう一度は登録できません。必要なときは、新しい記録として登録してください。"
        )


def is_in_time(at: datetime, now: datetime) -> bool:
    """Whether somebody may say of an inquiry that it was at that instant, where no call that is known tells it."""
    return now - OLDEST <= at <= now + _AHEAD


def require_beginnable(actor: Actor, record: Inquiry, *, oversees: bool, is_placed: bool) -> None:
    """Ask whether somebody may enter a record where none stands. Whoever `oversees` may, and the folder, where nobody is named; others
    enter their own, in time. The time of one that `is_placed` was judged when it was given its place.

    Raises:
        EntryRefused: they may not.
    """
    if oversees or actor.staff_id == SYSTEM:
        return
    if record.operator != actor.staff_id:
        raise EntryRefused(
            "職員番号には自分の職員番号を入れてください。ほかの人の記録は業務管理者か責任者が登録します。"
        )
    if not is_placed and not is_in_time(record.at, actor.at):
        raise EntryRefused(
            f"日時は、{OLDEST.days}日以内の、過ぎた日時にしてください。それより前の記録は業務管理者か責任者が登録します。"
        )


def require_revisable(
    actor: Actor, standing: StandingRecord, record: Inquiry, *, oversees: bool
) -> None:
    """Ask whether somebody may put a record in place of the one that stands. Whoever `oversees` may; others revise the own ones, which
    stay theirs and of their time, and take no mark of a complaint away. What came by the folder alone is revised by it: nobody is named there.

    Raises:
        MarksStay: a mark would go.
        EntryRefused: the record is not theirs, or its time would move.
    """
    if oversees:
        return
    is_own = standing.operator == actor.staff_id == record.operator
    if not is_own and not actor.staff_id == SYSTEM == standing.recorded_by:
        raise EntryRefused("直せるのは、自分の記録だけです。業務管理者か責任者に頼んでください。")
    if is_own and standing.at != record.at:
        raise EntryRefused(
            "登録済みの記録の日時は動かせません。業務管理者か責任者に頼んでください。"
        )
    drops_complaint = standing.is_complaint and Flag.COMPLAINT not in record.flags
    if drops_complaint or (standing.is_urgent and Flag.URGENT not in record.flags):
        raise MarksStay("クレーム・緊急の印を外せるのは、SV・責任者です。")
