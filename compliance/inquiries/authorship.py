"""Who may revise which 対応記録, and what of it stays: the one rule of desk, command, sheet and folder. Pure."""

from __future__ import annotations

from typing import Protocol

from compliance.errors import EntryRefused
from compliance.ground.acts import SYSTEM, Actor
from compliance.inquiries.record import Flag, Inquiry


class StruckOut(EntryRefused):
    """The record was struck out: nobody enters it again."""


class MarksStay(EntryRefused):
    """A mark would go that only whoever oversees takes away."""


class StandingRecord(Protocol):
    """The record that stands, as its latest revision has it: what lies in clear."""

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


def require_revisable(
    actor: Actor, standing: StandingRecord, record: Inquiry, *, oversees: bool
) -> None:
    """Ask whether somebody may put a record in place of the one that stands. Whoever `oversees` may; others revise the own ones, which
    stay theirs, and take no mark of a complaint away. What came by the folder alone is revised by it: nobody is named there.

    Raises:
        MarksStay: a mark would go.
        EntryRefused: the record is not theirs.
    """
    if oversees:
        return
    is_own = standing.operator == actor.staff_id == record.operator
    if not is_own and not actor.staff_id == SYSTEM == standing.recorded_by:
        raise EntryRefused("直せるのは、自分の記録だけです。業務管理者か責任者に頼んでください。")
    drops_complaint = standing.is_complaint and Flag.COMPLAINT not in record.flags
    if drops_complaint or (standing.is_urgent and Flag.URGENT not in record.flags):
        raise MarksStay("クレーム・緊急の印を外せるのは、SV・責任者です。")
