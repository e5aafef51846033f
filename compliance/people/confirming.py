"""What a second person decides about a proposal: they confirm it with their own key, and it takes effect at once.

A proposal falls when it is seven days old, when the person's entry or key moved on, or when the proposer's key is no longer
the one it was signed with. Who may confirm whose, `two_persons` says; a refusal is an entry of the log and `EntryRefused`.
For an enrolment whoever confirms is shown the other half of the one-time code, once (`claims`; 別紙1-2, 別紙2-3).
"""

from __future__ import annotations

import base64
from datetime import date, timedelta

from sqlalchemy import (
    Connection,
    Engine,
    select,
    update,
)

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.ground.japan import TOKYO
from compliance.keys.signing import PublicKey, SigningKey
from compliance.people.claims import Half, open_claim
from compliance.people.person_keys import enrolled_keys, record_key
from compliance.people.present import persons
from compliance.people.proposals import (
    Proposal,
    ProposalKind,
    ProposalState,
    in_base64,
    proposal_of,
    proposals,
    read_particulars,
)
from compliance.people.register import (
    refuse_taken,
    write_version,
)
from compliance.people.two_persons import Confirmable, may_confirm

HOLDS = timedelta(days=7)
"""So long a proposal can be confirmed."""


def confirm(
    engine: Engine, actor: Actor, key: SigningKey, proposal_id: int, first_day: date
) -> tuple[Proposal, Half | None]:
    """Confirm a proposal as a second person: it is signed and takes effect in one transaction. For an enrolment, with the
    other half of the one-time code, which is shown once.

    Raises:
        EntryRefused: there is none, it is decided, ran out or fell, or this person may not confirm it.
        Outdated: the entry was changed since it was proposed.
    """
    found = proposal_of(engine, proposal_id)
    allowed = _checked(engine, actor, found, first_day)
    present = enrolled_keys(engine).get(found.staff_id)
    with engine.begin() as connection:
        _decide(connection, actor, found, ProposalState.CONFIRMED, key, allowed.with_manager)
        half = _take_effect(connection, actor, found, present)
        note(connection, actor.entry(Action.PROPOSAL_CONFIRMED, ObjectKind.PROPOSAL, found.number))
    return proposal_of(engine, proposal_id), half


def withdraw_proposal(engine: Engine, actor: Actor, proposal_id: int) -> None:
    """Take an open proposal back, or turn it down.

    Raises:
        EntryRefused: there is none, or it is decided.
    """
    found = proposal_of(engine, proposal_id)
    with engine.begin() as connection:
        _decide(connection, actor, found, ProposalState.WITHDRAWN, None, with_manager=False)
        note(connection, actor.entry(Action.PROPOSAL_WITHDRAWN, ObjectKind.PROPOSAL, found.number))


def _checked(engine: Engine, actor: Actor, found: Proposal, first_day: date) -> Confirmable:
    """Whether the actor may confirm it now; a refusal is noted."""
    today = actor.at.astimezone(TOKYO).date()
    keys = enrolled_keys(engine)
    allowed = may_confirm(
        actor.staff_id,
        found.proposed_by,
        found.staff_id,
        found.kind.right,
        persons(engine, first_day),
        keys.keys(),
        today,
    )
    present = keys.get(found.staff_id)
    if not isinstance(allowed, Confirmable):
        refusal = allowed.text_ja
    elif found.state is not ProposalState.OPEN:
        refusal = f"{found.number}は処理済みです。"
    elif actor.at - found.proposed_at > HOLDS:
        refusal = f"{found.number}は期限（7日）を過ぎています。改めて提案してください。"
    elif not _still_signed(engine, found):
        refusal = f"{found.number}は提案者の署名鍵が変わったため無効です。改めて提案してください。"
    elif "replaces" in found.over and found.over["replaces"] != (
        "" if present is None else present.fingerprint
    ):
        refusal = f"{found.number}の後に署名鍵が変わりました。改めて提案してください。"
    else:
        return allowed
    with engine.begin() as connection:
        entry = actor.entry(
            Action.PROPOSAL_CONFIRMED, ObjectKind.PROPOSAL, found.number, Result.REFUSED
        )
        note(connection, entry)
    raise EntryRefused(refusal)


def _still_signed(engine: Engine, found: Proposal) -> bool:
    """Whether the proposer's key in force is the one that signed it, and has."""
    public = enrolled_keys(engine).get(found.proposed_by)
    if public is None or public.fingerprint != found.fingerprint:
        return False
    query = select(proposals.c.signature).where(proposals.c.proposal_id == found.proposal_id)
    with engine.connect() as connection:
        signature = connection.execute(query).scalar_one()
    return public.has_signed(found.statement.encode("ascii"), base64.b64decode(signature))


def _decide(
    connection: Connection,
    actor: Actor,
    found: Proposal,
    state: ProposalState,
    key: SigningKey | None,
    with_manager: bool,
) -> None:
    """Close an open proposal, once."""
    closed = connection.execute(
        update(proposals)
        .where(
            proposals.c.proposal_id == found.proposal_id,
            proposals.c.state == ProposalState.OPEN.value,
        )
        .values(
            state=state.value,
            decided_by=actor.staff_id,
            decided_at=actor.at,
            decided_fingerprint="" if key is None else key.public.fingerprint,
            decided_signature=""
            if key is None
            else in_base64(key.sign(found.statement.encode("ascii"))),
            with_manager=with_manager,
        )
    )
    if closed.rowcount != 1:
        raise EntryRefused(f"{found.number}は処理済みです。")


def _take_effect(
    connection: Connection, actor: Actor, found: Proposal, present: PublicKey | None
) -> Half | None:
    """What was proposed happens; the entry says who proposed it, the proposal who confirmed it. `present` is the person's
    key in force."""
    proposer = Actor(
        found.proposed_by, actor.at, proof=found.fingerprint, via=actor.via, purpose=actor.purpose
    )
    match found.kind:
        case ProposalKind.PERSON:
            version, given = found.over["version"], read_particulars(found.over["person"])
            if version == 1:
                refuse_taken(connection, found.staff_id)
            sealed = connection.execute(
                select(proposals.c.sealed_name).where(proposals.c.proposal_id == found.proposal_id)
            ).scalar_one()
            action = Action.PERSON_ENTERED if version == 1 else Action.PERSON_CHANGED
            write_version(connection, proposer, found.staff_id, version, given, sealed, action)
            return None
        case ProposalKind.ENROLMENT:
            half = Half.new()
            open_claim(connection, found.proposal_id, found.staff_id, actor.at, second=half)
            return half
        case ProposalKind.WITHDRAWAL:
            assert present is not None  # noqa: S101 - `_checked` compared it
            record_key(connection, actor, found.staff_id, present, is_withdrawn=True)
            note(connection, actor.entry(Action.KEY_WITHDRAWN, ObjectKind.PERSON, found.staff_id))
            return None
