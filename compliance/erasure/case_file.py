"""What is kept of an erasure: the tables of cases with their items, consents, authorisations, acts and tasks, and their values.

Ids, codes, digests (hexadecimal), sizes in bytes and days; of the city's people only the office that consented. A consent
is as the city gave it (業務委託契約約款 別紙2-13-1); nothing here reads or writes: `register` reads, `entering` writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    String,
    Text,
)

from compliance.erasure.states import CaseState
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept

METHOD = "cryptographic_erase"
METHOD_JA = "暗号化消去（録音ごとの鍵を包む時期鍵の破棄、NIST SP 800-88）"


class EvidenceKind(StrEnum):
    """What the city's word stands on: a document, a mail, or minutes."""

    DOCUMENT = "document"
    MAIL = "mail"
    MINUTES = "minutes"

    @property
    def title_ja(self) -> str:
        """What papers call it."""
        return {"document": "文書", "mail": "メール", "minutes": "協議記録"}[self.value]


designations = table(
    "erasure_designations",
    Kept("消去方法の指定（市）"),
    Column("designation_id", Integer, primary_key=True),
    Column("method", String(32), nullable=False),
    Column("dated_on", Date, nullable=False),
    Column("evidence_kind", String(16), nullable=False),
    Column("evidence_sha256", String(64), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
)

cases = table(
    "erasure_cases",
    Kept("消去案件", Holds.CALL_FACTS),
    Column("case_id", String(16), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("is_contract_end", Boolean, nullable=False),
    Column("selection_json", Text, nullable=False),
    Column("items_count", Integer, nullable=False),
    Column("items_bytes", BigInteger, nullable=False),
    Column("items_root", String(64), nullable=False),
    Column("method", String(32), nullable=False),
    Column("planned_on", Date, nullable=False),
    Column("wants_witness", Boolean, nullable=False),
    Column("document_sha256", String(64), nullable=False, server_default=""),
    Column("applied_at", Instant, nullable=False),
    Column("applied_by", String(32), nullable=False),
)

case_items = table(
    "erasure_items",
    Kept("消去案件の項目", Holds.CALL_FACTS),
    Column("case_id", String(16), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("object_id", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("recorded_on", String(10), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("key", String(64), nullable=False),
    Column("places_json", Text, nullable=False),
    Column("result", String(16), nullable=False),
)

consents = table(
    "erasure_consents",
    Kept("消去の承諾（市）"),
    Column("case_id", String(16), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("number", String(64), nullable=False),
    Column("dated_on", Date, nullable=False),
    Column("consented_by", String(64), nullable=False),
    Column("conditions", Text, nullable=False),
    Column("wants_witness", Boolean, nullable=False),
    Column("expires_on", Date),
    Column("items_count", Integer, nullable=False),
    Column("evidence_kind", String(16), nullable=False),
    Column("evidence_sha256", String(64), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
)

authorisations = table(
    "erasure_authorisations",
    Kept("消去の授権"),
    Column("case_id", String(16), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("nonce", String(64), nullable=False, unique=True),
    Column("executor", String(32), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("statement", Text, nullable=False),
    Column("is_used", Boolean, nullable=False),
)

signatures = table(
    "erasure_signatures",
    Kept("消去の授権の署名", Holds.STAFF),
    Column("case_id", String(16), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("staff_id", String(32), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("signature", Text, nullable=False),
    Column("signed_at", Instant, nullable=False),
)

acts = table(
    "erasure_acts",
    Kept("消去の実施と検証の事実", Holds.STAFF),
    Column("case_id", String(16), primary_key=True),
    Column("act", String(16), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", String(32), nullable=False),
    Column("facts_json", Text, nullable=False),
)

tasks = table(
    "erasure_tasks",
    Kept("消去の残務（届かなかった写し）"),
    Column("task_id", Integer, primary_key=True),
    Column("case_id", String(16), nullable=False),
    Column("what", String(16), nullable=False),
    Column("place", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", String(32), nullable=False, server_default=""),
)


class Act(StrEnum):
    """What was done in a case, once each."""

    BEGUN = "begun"
    DESTROYED = "destroyed"
    EXAMINED = "examined"


class TaskKind(StrEnum):
    """What could not be reached."""

    KEY_BACKUP = "key_backup"
    MEDIUM = "medium"
    EXCHANGE = "exchange"
    """Sounds that the exchange still keeps in clear, or that could not be looked for there."""


@dataclass(frozen=True, slots=True)
class Case:
    """One erasure. `items_root` in hexadecimal; `document_sha256` is the application's PDF, blank until it is made."""

    case_id: str
    state: CaseState
    is_contract_end: bool
    selection_json: str
    items_count: int
    items_bytes: int
    items_root: str
    method: str
    planned_on: date
    wants_witness: bool
    document_sha256: str
    applied_at: datetime
    applied_by: str


@dataclass(frozen=True, slots=True)
class Consent:
    """The city's consent as it was recorded; `number` is blank where the city gives none, `expires_on` null where it
    does not end."""

    case_id: str
    revision: int
    number: str
    dated_on: date
    consented_by: str
    conditions: str
    wants_witness: bool
    expires_on: date | None
    items_count: int
    evidence_kind: EvidenceKind
    evidence_sha256: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's signature (base64 of DER) under an authorisation."""

    staff_id: str
    fingerprint: str
    signature: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Authorisation:
    """What two people sign: `statement` is the signed text (`authorisation`)."""

    case_id: str
    round: int
    nonce: str
    executor: str
    expires_at: datetime
    statement: str
    is_used: bool
    signatures: tuple[Signature, ...]

    @property
    def number(self) -> str:
        """As a job is told which one it may use: E-0001/1."""
        return f"{self.case_id}/{self.round}"


@dataclass(frozen=True, slots=True)
class Task:
    """Something of an erasure that could not be reached, and is owed."""

    task_id: int
    case_id: str
    what: TaskKind
    place: str
    opened_at: datetime
    closed_at: datetime | None
