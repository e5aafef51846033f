"""What one person proposes about another, signed with the own key: a role that counts in an erasure, an enrolment, a key's end.

Nothing changes by it before a second person confirms (`confirming`); nobody proposes anything about themselves. For an
enrolment the proposer is shown the first half of a one-time code, once (`claims`). What cannot be proposed is refused by
`EntryRefused`, and by `Outdated` where the person was changed meanwhile (別紙1-2, 別紙2-3).
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import (
    Engine,
    func,
    insert,
    select,
)

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.ground.one_form import sorted_form
from compliance.keys.names import NameKey
from compliance.keys.signing import SigningKey
from compliance.people.claims import Half, open_claim
from compliance.people.person import Particulars
from compliance.people.person_keys import enrolled_keys
from compliance.people.proposals import (
    Proposal,
    ProposalKind,
    ProposalState,
    in_base64,
    particulars_said,
    proposal_of,
    proposals,
)
from compliance.people.register import (
    changed,
    history,
    needs_second,
    sealed_new,
)


def propose_person(
    engine: Engine,
    names: NameKey,
    actor: Actor,
    key: SigningKey,
    staff_id: str,
    *,
    seen: int = 0,
    name: str | None = None,
    given: Particulars | None = None,
    **changes: Any,
) -> Proposal:
    """Propose somebody new (`given` and `name`) or the next version of somebody (`seen` and `changes`).

    Raises:
        EntryRefused: it is the own entry, the entry cannot be, or it takes no second person.
        Outdated: somebody else changed the person meanwhile.
    """
    before: Particulars | None = None
    if given is None:
        before, given, sealed = changed(engine, names, staff_id, seen, name=name, **changes)
    else:
        sealed = sealed_new(engine, names, staff_id, name or "", given)
    if not needs_second(before, given):
        raise EntryRefused("この変更には確認者が要りません。そのまま登録してください。")
    over = {"person": particulars_said(given), "version": seen + 1}
    return _propose(engine, actor, key, ProposalKind.PERSON, staff_id, over, sealed)[0]


def propose_key(
    engine: Engine, actor: Actor, key: SigningKey, kind: ProposalKind, staff_id: str
) -> tuple[Proposal, Half | None]:
    """Propose that somebody enrols a key of their own, or that theirs counts no more; for an enrolment, with the first
    half of the one-time code, which is shown once.

    Raises:
        EntryRefused: nobody has that id, it is the own key, or there is none to withdraw.
    """
    if not history(engine, staff_id):
        raise EntryRefused(
            f"職員番号 {staff_id} の人はいません。先に従事者として登録してください。"
        )
    present = enrolled_keys(engine).get(staff_id)
    if kind is ProposalKind.WITHDRAWAL and present is None:
        raise EntryRefused(f"{staff_id} の署名鍵は登録されていません。")
    over = {"replaces": "" if present is None else present.fingerprint}
    return _propose(engine, actor, key, kind, staff_id, over, None)


def _propose(
    engine: Engine,
    actor: Actor,
    key: SigningKey,
    kind: ProposalKind,
    staff_id: str,
    over: dict[str, Any],
    sealed: bytes | None,
) -> tuple[Proposal, Half | None]:
    if staff_id == actor.staff_id:
        with engine.begin() as connection:
            entry = actor.entry(Action.PROPOSAL_SIGNED, ObjectKind.PERSON, staff_id, Result.REFUSED)
            note(connection, entry)
        raise EntryRefused("自分についての提案はできません。ほかの責任者又は保護管理者が行います。")
    text = sorted_form(
        {
            **over,
            "nonce": secrets.token_hex(16),
            "staff_id": staff_id,
            "statement": f"madoguchi/people/{kind.value}",
        }
    )
    half = Half.new() if kind is ProposalKind.ENROLMENT else None
    with engine.begin() as connection:
        last = connection.execute(select(func.coalesce(func.max(proposals.c.proposal_id), 0)))
        number = int(last.scalar_one()) + 1
        connection.execute(
            insert(proposals).values(
                proposal_id=number,
                kind=kind.value,
                staff_id=staff_id,
                state=ProposalState.OPEN.value,
                statement=text.decode("ascii"),
                sealed_name=sealed,
                proposed_by=actor.staff_id,
                proposed_at=actor.at,
                fingerprint=key.public.fingerprint,
                signature=in_base64(key.sign(text)),
                with_manager=False,
            )
        )
        if half is not None:
            open_claim(connection, number, staff_id, actor.at, first=half)
        note(
            connection, actor.entry(Action.PROPOSAL_SIGNED, ObjectKind.PROPOSAL, f"P-{number:04d}")
        )
    return proposal_of(engine, number), half
