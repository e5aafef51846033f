"""Whose an entry is, and what of it nobody changes any more: asked before an entry is written over another. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from compliance.errors import EntryRefused
from compliance.ground.acts import Actor
from compliance.ground.japan import civil_date
from compliance.registers.description import Register


class StandingEntry(Protocol):
    """The entry that stands: its values, and who entered its latest revision, when."""

    @property
    def recorded_at(self) -> datetime: ...
    @property
    def recorded_by(self) -> str: ...
    def get(self, name: str) -> str: ...


def require_theirs(
    register: Register,
    actor: Actor,
    standing: StandingEntry | None,
    values: Mapping[str, str] | None = None,
    *,
    was_struck: bool = False,
) -> None:
    """Ask whether somebody who oversees nothing may write an entry over the one that stands, or strike that out (no values): it is in
    their own name and of today, none like it (`is_like`) was struck out, and what stands is what they entered themselves today.

    Raises:
        EntryRefused: they may not.
    """
    if not register.own:
        return
    title = register.field(register.own).title
    if was_struck:
        raise EntryRefused(
            "取り消し済みの記入です。もう一度入れられるのは、業務管理者か責任者だけです。"
        )
    if values is not None and values.get(register.own) != actor.staff_id:
        raise EntryRefused(
            f"「{title}」には自分の職員番号を入れてください。ほかの人の分は業務管理者か責任者が記入します。"
        )
    if values is not None and register.own_at:
        happened = datetime.fromisoformat(values[register.own_at])
        if civil_date(happened) != civil_date(actor.at):
            title = register.field(register.own_at).title
            raise EntryRefused(
                f"「{title}」は今日にしてください。ほかの日の分は業務管理者か責任者が記入します。"
            )
    if standing is None:
        return
    is_own = standing.get(register.own) == actor.staff_id == standing.recorded_by
    if not is_own or civil_date(standing.recorded_at) != civil_date(actor.at):
        raise EntryRefused(
            "直し・取消しができるのは、自分が今日記入したものだけです。業務管理者か責任者に頼んでください。"
        )


def require_happened(register: Register, actor: Actor, values: Mapping[str, str]) -> None:
    """Ask whether what an entry tells of has happened, of whoever enters it.

    Raises:
        EntryRefused: it has not.
    """
    if register.own_at and datetime.fromisoformat(values[register.own_at]) > actor.at:
        title = register.field(register.own_at).title
        raise EntryRefused(f"「{title}」は、まだ来ていません。済んだものだけを記入してください。")


def is_like(register: Register, one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two entries of one register, about the same, tell of the same but for the minute: their identity is one, and of their
    moments the day in Japan."""
    if any(one.get(n, "") != other.get(n, "") for n in register.identity if n != register.own_at):
        return False
    if not register.own_at:
        return True
    first, second = (datetime.fromisoformat(each[register.own_at]) for each in (one, other))
    return civil_date(first) == civil_date(second)


def require_unfixed(
    register: Register, standing: Mapping[str, str], values: Mapping[str, str]
) -> None:
    """Ask whether an entry leaves what nobody changes any more as it stood, struck out since or not.

    Raises:
        EntryRefused: it does not.
    """
    fixing = register.fixing
    if fixing is None or not standing.get(fixing.by):
        return
    if any(standing.get(name, "") != values.get(name, "") for name in fixing.fields):
        title = register.field(fixing.by).title
        raise EntryRefused(
            f"「{title}」が入った記入は書き換えません。新しい版として登録してください。"
        )


def require_confirmable(
    register: Register, actor: Actor, standing: StandingEntry | None, values: Mapping[str, str]
) -> None:
    """Ask whether somebody who confirms nothing may write an entry that says it is confirmed: it stands already, what was confirmed of
    it as it was, and it said so before, or somebody else wrote what stands.

    Raises:
        EntryRefused: they may not.
    """
    fixing = register.fixing
    if fixing is None or not values.get(fixing.by):
        return
    looked_at = [name for name in fixing.fields if name != fixing.by]
    if standing is None or any(standing.get(one) != values.get(one, "") for one in looked_at):
        title = register.field(fixing.by).title
        raise EntryRefused(
            f"「{title}」は、登録済みの版に、ほかを変えずに入れてください。はじめから入れて登録できるのは、責任者だけです。"
        )
    if not standing.get(fixing.by) and standing.recorded_by == actor.staff_id:
        title = register.field(fixing.by).title
        raise EntryRefused(
            f"「{title}」は、登録済みの版を書いた人には入れられません。ほかのSVか責任者が入れます。"
        )
