"""What one person proposes about another and a second confirms: a role that counts in an erasure, an enrolment, a key's end.

Both sign the same text with their own keys; nothing changes before the second signature. A proposal falls when it is
seven days old, when the person's entry or key moved on, or when the proposer's key is no longer the one it was signed with.
Who may confirm whose proposal, `two_persons` says.

An enrolment is claimed by its owner: the proposer is shown one half of a one-time code and whoever confirms the other; both
are handed to the owner, who types them with a passphrase of their own (`claims`). Neither half opens anything alone.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    Row,
    String,
    Text,
    func,
    insert,
    select,
    update,
)

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.ground.japan import TOKYO
from compliance.ground.one_form import sorted_form
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.keys.names import NameKey
from compliance.keys.signing import PublicKey, SigningKey
from compliance.people.claims import Half, open_claim
from compliance.people.person import Approval, Employment, Particulars
from compliance.people.person_keys import enrolled_keys, record_key
from compliance.people.present import persons
from compliance.people.register import (
    changed,
    history,
    needs_second,
    refuse_taken,
    sealed_new,
    write_version,
)
from compliance.people.rights import Right, Role
from compliance.people.two_persons import Confirmable, may_confirm

HOLDS = timedelta(days=7)
"""So long a proposal can be confirmed."""


class ProposalKind(StrEnum):
    """What is proposed."""

    PERSON = "person"
    """The next version of somebody's entry."""
    ENROLMENT = "enrolment"
    """That somebody makes their own key, which replaces one they had."""
    WITHDRAWAL = "withdrawal"
    """That somebody's key counts no more."""

    @property
    def right(self) -> Right:
        """What whoever proposes it needs."""
        return Right.KEEP_PEOPLE if self is ProposalKind.PERSON else Right.ENROL_KEY

    @property
    def title_ja(self) -> str:
        """What papers and screens call it."""
        return {"person": "従事者の登録・変更", "enrolment": "署名鍵の登録", "withdrawal": "署名鍵の無効化"}[self.value]  # fmt: skip


class ProposalState(StrEnum):
    """How far a proposal is."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


proposals = table(
    "people_proposals",
    Kept("従事者・署名鍵についての提案と確認（2名の署名）", Holds.STAFF),
    Column("proposal_id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("staff_id", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("statement", Text, nullable=False),
    Column("sealed_name", LargeBinary),
    Column("proposed_by", String(32), nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("signature", Text, nullable=False),
    Column("decided_by", String(32), nullable=False, server_default=""),
    Column("decided_at", Instant),
    Column("decided_fingerprint", String(64), nullable=False, server_default=""),
    Column("decided_signature", Text, nullable=False, server_default=""),
    Column("with_manager", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal. `statement` is the text that both sign; `with_manager`: an officer and the manager confirmed it
    together, since another officer was missing."""

    proposal_id: int
    kind: ProposalKind
    staff_id: str
    state: ProposalState
    statement: str
    proposed_by: str
    proposed_at: datetime
    fingerprint: str
    decided_by: str
    decided_at: datetime | None
    with_manager: bool

    @property
    def number(self) -> str:
        """As it is called: P-0001."""
        return f"P-{self.proposal_id:04d}"

    @property
    def over(self) -> dict[str, Any]:
        """The members of its statement."""
        return dict(json.loads(self.statement))


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
    over = {"person": _said(given), "version": seen + 1}
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
        raise EntryRefused(f"Nobody has the staff id {staff_id}: enter the person first.")
    present = enrolled_keys(engine).get(staff_id)
    if kind is ProposalKind.WITHDRAWAL and present is None:
        raise EntryRefused(f"No key is enrolled for {staff_id}.")
    over = {"replaces": "" if present is None else present.fingerprint}
    return _propose(engine, actor, key, kind, staff_id, over, None)


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


def proposal_of(engine: Engine, proposal_id: int) -> Proposal:
    """A proposal by its number.

    Raises:
        EntryRefused: there is none.
    """
    for one in all_proposals(engine):
        if one.proposal_id == proposal_id:
            return one
    raise EntryRefused(
        f"提案 P-{proposal_id:04d} はありません。`madoguchi people proposals` で確かめてください。"
    )


def all_proposals(engine: Engine) -> list[Proposal]:
    """Every proposal, the first first."""
    with engine.connect() as connection:
        rows = connection.execute(select(proposals).order_by(proposals.c.proposal_id))
        return [_proposal(row) for row in rows]


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
                signature=_b64(key.sign(text)),
                with_manager=False,
            )
        )
        if half is not None:
            open_claim(connection, number, staff_id, actor.at, first=half)
        note(
            connection, actor.entry(Action.PROPOSAL_SIGNED, ObjectKind.PROPOSAL, f"P-{number:04d}")
        )
    return proposal_of(engine, number), half


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
            else _b64(key.sign(found.statement.encode("ascii"))),
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
            version, given = found.over["version"], _read(found.over["person"])
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


def _said(given: Particulars) -> dict[str, Any]:
    values = asdict(given)
    return {
        **{k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()},
        "roles": sorted(given.roles),
        "employment": given.employment.value,
        "approval": given.approval.value,
    }


def _read(said: dict[str, Any]) -> Particulars:
    def day(name: str) -> date | None:
        return date.fromisoformat(said[name]) if said[name] else None

    starts_on = day("starts_on")
    assert starts_on is not None  # noqa: S101 - nobody is proposed without
    return Particulars(
        roles=frozenset(Role(role) for role in said["roles"]),
        employment=Employment(said["employment"]),
        starts_on=starts_on,
        reported_on=day("reported_on"),
        ends_on=day("ends_on"),
        is_reserve=said["is_reserve"],
        approval=Approval(said["approval"]),
        approval_reference=said["approval_reference"],
        approved_on=day("approved_on"),
        affiliation=said.get("affiliation", ""),
    )


def _proposal(row: Row[Any]) -> Proposal:
    return Proposal(
        row.proposal_id,
        ProposalKind(row.kind),
        row.staff_id,
        ProposalState(row.state),
        row.statement,
        row.proposed_by,
        row.proposed_at,
        row.fingerprint,
        row.decided_by,
        row.decided_at,
        row.with_manager,
    )


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
