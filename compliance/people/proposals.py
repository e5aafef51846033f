"""Proposals about people: the table, their values, and what stands in it; `proposing` and `confirming` write it.

Both people sign the same text (`statement`, canonical JSON) with their own keys, DER in base64; nothing changes before the
second signature. A proposal that is not there is refused by `EntryRefused`; instants are aware.

An enrolment is claimed by its owner: the proposer is shown one half of a one-time code and whoever confirms the other; both
are handed to the owner, who types them with a passphrase of their own (`claims`). Neither half opens anything alone.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    Integer,
    LargeBinary,
    Row,
    String,
    Text,
    select,
)

from compliance.errors import EntryRefused
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.people.person import Approval, Employment, Particulars
from compliance.people.rights import Right, Role


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


def particulars_said(given: Particulars) -> dict[str, Any]:
    """Particulars as a statement says them: days in ISO 8601, words by their values."""
    values = asdict(given)
    return {
        **{k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()},
        "roles": sorted(given.roles),
        "employment": given.employment.value,
        "approval": given.approval.value,
    }


def read_particulars(said: dict[str, Any]) -> Particulars:
    """What `particulars_said` said."""

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


def in_base64(content: bytes) -> str:
    """A signature as the table keeps it."""
    return base64.b64encode(content).decode("ascii")
