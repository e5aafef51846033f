"""Proposals about people and keys as they are decided at the desk: nobody makes another person, or a key, alone (別紙1-2, 別紙2-3).

Whoever confirms signs, with the own key, the text that the page showed. Each half of a one-time code comes back once, to the one
who proposed or confirmed, and is given to its owner by word or on paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Engine

from application.home.settings import Settings
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
Done = TypeVar("Done")


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
    """What is done with proposals.

    `open_` gives those that nobody decided, the first first. `confirm` takes staff id, passphrase, number and what was looked at, and
    gives the second half of a code where it is of an enrolment; `turn_down` takes the same; `enrol` takes staff id, passphrase and
    whose key it is, and gives number and first half; `claim` takes the owner's id, both halves and the new passphrase, and gives
    the key's fingerprint. They raise `PersonUnproved`, `NotAllowed`, `EntryRefused` and `Outdated`.
    """

    open_: Callable[[], Sequence[ProposalView]]
    confirm: Callable[[str, str, str, str], str]
    turn_down: Callable[[str, str, str, str], None]
    enrol: Callable[[str, str, str], tuple[str, str]]
    claim: Callable[[str, str, str, str], str]


def decisions_of(
    settings: Settings, home: Home, engine: Engine, now: Callable[[], datetime]
) -> Decisions:
    """What the desk does with the proposals of a home."""
    first_day = settings.contract.period.start_date

    def acting(staff_id: str, passphrase: str, right: Right) -> tuple[Actor, SigningKey]:
        at = now()
        proved, key = signer(engine, home, staff_id, passphrase, at)
        actor = replace(proved, via=Via.DESK)
        allow(engine, actor, right, civil_date(at), first_day)
        return actor, key

    def seen(number: str, looked: str) -> Proposal:
        found = proposal_of(engine, _id(number))
        if _digest(found) != looked:
            raise EntryRefused(_CHANGED)
        return found

    def confirmed(staff_id: str, passphrase: str, number: str, looked: str) -> str:
        actor, key = acting(staff_id, passphrase, Right.CONFIRM_PERSON)
        _, half = confirm(engine, actor, key, seen(number, looked).proposal_id, first_day)
        return half.text if half else ""

    def turned_down(staff_id: str, passphrase: str, number: str, looked: str) -> None:
        actor, _ = acting(staff_id, passphrase, Right.KEEP_PEOPLE)
        withdraw_proposal(engine, actor, seen(number, looked).proposal_id)

    def enrolled(staff_id: str, passphrase: str, owner: str) -> tuple[str, str]:
        actor, key = acting(staff_id, passphrase, Right.ENROL_KEY)
        one, half = propose_key(engine, actor, key, ProposalKind.ENROLMENT, owner)
        return one.number, half.text if half else ""

    def claimed(staff_id: str, first: str, second: str, passphrase: str) -> str:
        return claim(
            engine, home, staff_id, Half(first), Half(second), passphrase, now()
        ).fingerprint

    return Decisions(
        lambda: [_view(one) for one in all_proposals(engine) if one.state is ProposalState.OPEN],
        confirmed,
        turned_down,
        enrolled,
        claimed,
    )


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
