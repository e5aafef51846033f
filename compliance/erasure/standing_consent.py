"""包括承諾: a consent that the city gave once for batches of a kind; off unless `contract.toml` says so.

It takes the place of the single consent only: application, two signatures, execution, another person's look and certificate
stay as they are, and a case at the contract's end is never under it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Boolean, Column, Date, Engine, String, Text, func, insert, select

from compliance.erasure.case_file import Consent, EvidenceKind
from compliance.erasure.register import case_of, items_of
from compliance.erasure.workflow import Consented, record_consent
from compliance.errors import EntryRefused, ErasureRefused
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.japan import civil_date
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Kept

standing_consents = table(
    "erasure_standing_consents",
    Kept("包括承諾（市）"),
    Column("number", String(16), primary_key=True),
    Column("dated_on", Date, nullable=False),
    Column("consented_by", String(64), nullable=False),
    Column("conditions", Text, nullable=False),
    Column("wants_witness", Boolean, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("evidence_kind", String(16), nullable=False),
    Column("evidence_sha256", String(64), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the city consented to once: items of a `kind` (blank: any recording), until a day."""

    dated_on: date
    consented_by: str
    kind: str
    expires_on: date
    evidence_kind: EvidenceKind
    evidence_sha256: str
    conditions: str = ""
    wants_witness: bool = False


def record_standing(engine: Engine, actor: Actor, given: Standing) -> str:
    """Enter a standing consent; returns its number, S-0001 and on.

    Raises:
        EntryRefused: it is dated later than today, ends before it begins, or names nobody.
    """
    today = civil_date(actor.at)
    if (
        given.dated_on > today
        or given.expires_on < given.dated_on
        or not given.consented_by.strip()
    ):
        raise EntryRefused("包括承諾の日付・期限・部署を確かめてください。")
    with engine.begin() as connection:
        count = connection.execute(select(func.count()).select_from(standing_consents)).scalar_one()
        number = f"S-{int(count) + 1:04d}"
        connection.execute(
            insert(standing_consents).values(
                number=number,
                recorded_at=actor.at,
                recorded_by=actor.staff_id,
                **{**asdict(given), "evidence_kind": given.evidence_kind.value},
            )
        )
        note(connection, actor.entry(Action.CONSENT_RECORDED, ObjectKind.ERASURE, number))
    return number


def consent_under(
    engine: Engine, actor: Actor, case_id: str, number: str, *, is_allowed: bool
) -> Consent:
    """Let a case rest on a standing consent. `is_allowed` is the contract's word.

    Raises:
        ErasureRefused: the contract knows none, it has ended, or the case is beyond its scope.
        EntryRefused: there is no such standing consent, or it is younger than the application.
    """
    case = case_of(engine, case_id)
    today = civil_date(actor.at)
    with engine.connect() as connection:
        row = connection.execute(
            select(standing_consents).where(standing_consents.c.number == number)
        ).first()
    if row is None:
        raise EntryRefused(f"包括承諾 {number} はありません。")
    if not is_allowed:
        raise ErasureRefused(
            "包括承諾は使わない設定です（contract.toml の standing_erasure_consent）。案件ごとの承諾を記録してください。"
        )
    kinds = {item.kind for item, _ in items_of(engine, case_id)}
    is_in_scope = not case.is_contract_end and (not row.kind or kinds == {row.kind})
    if row.expires_on < today or not is_in_scope:
        raise ErasureRefused(
            f"{case_id}は包括承諾 {number} の期限又は範囲の外です。何も消去していません。"
        )
    given = Consented(
        dated_on=today,
        consented_by=row.consented_by,
        items_count=case.items_count,
        evidence_kind=EvidenceKind(row.evidence_kind),
        evidence_sha256=row.evidence_sha256,
        number=f"包括承諾 {number}（{row.dated_on.isoformat()}）",
        conditions=row.conditions,
        wants_witness=row.wants_witness,
        expires_on=row.expires_on,
    )
    return record_consent(engine, actor, case_id, given)
