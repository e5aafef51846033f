"""Who may confirm what another proposed about a person: nobody makes, unmakes or re-keys another person alone. Pure.

A role that counts in an erasure, and every enrolment, replacement or withdrawal of somebody's key, is proposed by one
person and confirmed by another who holds an officer's role that the first does not hold (別紙1-2: 総括保護管理者 and
保護管理者), so that two of one role are as one. Where no such officer is left (gone, or it is their own key that is
lost), the other officer and the manager do it together, and the next paper to the city says so. Nobody takes part in
what is about themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from compliance.people.rights import Right, Role
from compliance.people.standing import OFFICERS, Person, counted_roles, may


class Objection(StrEnum):
    """Why somebody may not confirm."""

    OWN_PROPOSAL = "own_proposal"
    OWN_ENTRY = "own_entry"
    NOT_LET = "not_let"
    SAME_ROLE = "same_role"
    OFFICER_IS_THERE = "officer_is_there"
    PROPOSER_NOT_LET = "proposer_not_let"

    @property
    def text_ja(self) -> str:
        """What is said, with what to do."""
        return _TEXTS[self]


_TEXTS = {
    Objection.OWN_PROPOSAL: "自分の提案は、自分では確認できません。提案者と別の保護管理者が確認します。",
    Objection.OWN_ENTRY: "自分についての提案は、自分では確認できません。",
    Objection.NOT_LET: "台帳上、確認できる状態又は役割にありません。",
    Objection.SAME_ROLE: "提案者と同じ職では確認できません。もう一方の保護管理者（総括保護管理者又は保護管理者）が確認します。",
    Objection.OFFICER_IS_THERE: "責任者が確認できるのは、保護管理者のもう一方が欠けているときだけです。",
    Objection.PROPOSER_NOT_LET: "提案者は、もう提案できる状態にありません。改めて提案してください。",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Confirmable:
    """They may. `with_manager`: an officer and the manager do it together, which the city is told."""

    with_manager: bool


def may_confirm(
    confirmer: str,
    proposer: str,
    subject: str,
    proposing: Right,
    people: Mapping[str, Person],
    with_keys: Set[str],
    today: date,
) -> Confirmable | Objection:
    """Whether `confirmer` may confirm what `proposer` proposed of `subject` (staff ids), who needed the right `proposing`
    for it. `people` are the registers as they stand, `with_keys` whose key is in force."""
    if confirmer == proposer:
        return Objection.OWN_PROPOSAL
    if confirmer == subject:
        return Objection.OWN_ENTRY
    if not may(people.get(proposer), proposing, today).is_allowed or proposer == subject:
        return Objection.PROPOSER_NOT_LET
    if not may(people.get(confirmer), Right.CONFIRM_PERSON, today).is_allowed:
        return Objection.NOT_LET
    first, second = _officer(people, proposer, today), _officer(people, confirmer, today)
    if second - first:
        return Confirmable(with_manager=not first)
    if not first or second or Role.MANAGER not in counted_roles(people[confirmer], today):
        return Objection.SAME_ROLE
    others = with_keys - {proposer, confirmer, subject}
    if any(
        _officer(people, other, today) - first
        for other in others
        if may(people.get(other), Right.CONFIRM_PERSON, today).is_allowed
    ):
        return Objection.OFFICER_IS_THERE
    return Confirmable(with_manager=True)


def _officer(people: Mapping[str, Person], staff_id: str, today: date) -> frozenset[Role]:
    person = people.get(staff_id)
    return frozenset() if person is None else counted_roles(person, today) & OFFICERS
