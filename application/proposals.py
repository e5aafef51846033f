"""Proposals about people and keys as they are decided at the desk: nobody makes another person, or a key, alone (別紙1-2, 別紙2-3).

Whoever confirms signs, with the own key, the text that the page showed. Each half of a one-time code comes back once, to the one
who proposed or confirmed, and is given to its owner by word or on paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Engine

from compliance.errors import EntryRefused
from compliance.ground.acts import Actor, Via
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.keys.signing import SigningKey
from compliance.people.acting import allow, signer
from compliance.people.claims import Half, claim
from compliance.people.confirming import HOLDS, confirm, withdraw_proposal
from compliance.people.proposals import (
    Proposal,
    ProposalKind,
    ProposalState,
    all_proposals,
    proposal_of,
    read_particulars,
)
from compliance.people.proposing import propose_key
from compliance.people.rights import Right

_CHANGED = "見た後に提案が変わりました。もう一度見てから署名してください。"


@dataclass(frozen=True, slots=True)
class ProposalView:
    """An open proposal as whoever decides looks at it: `roles` (Japanese, blank where it is of a key) from `starts_on`; `looked`
    stands for the text that both sign, `until` is when it runs out."""

    number: str
    kind: str
    staff_id: str
    roles: str
    starts_on: date | None
    replaces: str
    proposed_by: str
    proposed_at: datetime
    until: datetime
    looked: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """What is done at the desk with the proposals of a home, whose contract begins on `first_day`; every act takes the staff id and
    passphrase of whoever does it. They raise `PersonUnproved`, `NotAllowed`, `EntryRefused` and `Outdated`."""

    engine: Engine
    home: Home
    now: Callable[[], datetime]
    first_day: date

    def open_(self) -> Sequence[ProposalView]:
        """Those that nobody decided, the first first."""
        found = all_proposals(self.engine)
        return [_view(one) for one in found if one.state is ProposalState.OPEN]

    def confirm(self, staff_id: str, passphrase: str, number: str, looked: str) -> str:
        """Confirm one as it was looked at; the second half of a code where it is of an enrolment."""
        actor, key = self._acting(staff_id, passphrase, Right.CONFIRM_PERSON)
        seen = self._seen(number, looked)
        _, half = confirm(self.engine, actor, key, seen.proposal_id, self.first_day)
        return half.text if half else ""

    def turn_down(self, staff_id: str, passphrase: str, number: str, looked: str) -> None:
        """Let one that was looked at count no more."""
        actor, _ = self._acting(staff_id, passphrase, Right.KEEP_PEOPLE)
        withdraw_proposal(self.engine, actor, self._seen(number, looked).proposal_id)

    def enrol(self, staff_id: str, passphrase: str, owner: str) -> tuple[str, str]:
        """Propose that `owner` makes a key; its number and the first half of the code."""
        actor, key = self._acting(staff_id, passphrase, Right.ENROL_KEY)
        one, half = propose_key(self.engine, actor, key, ProposalKind.ENROLMENT, owner)
        return one.number, half.text if half else ""

    def claim(self, staff_id: str, first: str, second: str, passphrase: str) -> str:
        """Make the own key under a new passphrase, by both halves; its fingerprint."""
        halves = Half(first), Half(second)
        return claim(self.engine, self.home, staff_id, *halves, passphrase, self.now()).fingerprint

    def _acting(self, staff_id: str, passphrase: str, right: Right) -> tuple[Actor, SigningKey]:
        at = self.now()
        proved, key = signer(self.engine, self.home, staff_id, passphrase, at)
        actor = replace(proved, via=Via.DESK)
        allow(self.engine, actor, right, civil_date(at), self.first_day)
        return actor, key

    def _seen(self, number: str, looked: str) -> Proposal:
        found = proposal_of(self.engine, _id(number))
        if _digest(found) != looked:
            raise EntryRefused(_CHANGED)
        return found


def _view(one: Proposal) -> ProposalView:
    said = one.over.get("person")
    given = read_particulars(said) if said else None
    return ProposalView(
        number=one.number,
        kind=one.kind.title_ja,
        staff_id=one.staff_id,
        roles="、".join(role.title_ja for role in sorted(given.roles)) if given else "",
        starts_on=given.starts_on if given else None,
        replaces=str(one.over.get("replaces") or "")[:16],
        proposed_by=one.proposed_by,
        proposed_at=one.proposed_at,
        until=one.proposed_at + HOLDS,
        looked=_digest(one),
    )


def _digest(one: Proposal) -> str:
    return hashlib.sha256(f"{one.number}\0{one.state}\0{one.statement}".encode()).hexdigest()


def _id(number: str) -> int:
    digits = number.removeprefix("P-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise EntryRefused("その提案はありません。")
    return int(digits)
