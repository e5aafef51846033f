"""The register of erasures: cases with their items, consents, authorisations, what was done, tasks left, certificates.

Ids, codes, digests and days; of the city's people only the office that consented. A case is changed by its own
transitions alone (`states`); everything else is a new row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    Integer,
    String,
    Text,
    func,
    insert,
    select,
    update,
)

from compliance.erasure.items import Item
from compliance.erasure.states import CaseState, ItemResult, follow
from compliance.errors import EntryRefused
from compliance.ground.operations import Instant, row_as, table
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

certificates = table(
    "erasure_certificates",
    Kept("消去証明書の台帳"),
    Column("number", Integer, primary_key=True),
    Column("case_id", String(16), nullable=False, unique=True),
    Column("json_sha256", String(64), nullable=False),
    Column("pdf_sha256", String(64), nullable=False),
    Column("issued_at", Instant, nullable=False),
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


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate that was made; digests in hexadecimal."""

    number: int
    case_id: str
    json_sha256: str
    pdf_sha256: str
    issued_at: datetime

    @property
    def name(self) -> str:
        """As it is called."""
        return f"C-{self.number:04d}"


def next_case_id(connection: Connection) -> str:
    """The id of the next case: E-0001 and on."""
    count = connection.execute(select(func.count()).select_from(cases)).scalar_one()
    return f"E-{int(count) + 1:04d}"


def case_of(engine: Engine, case_id: str) -> Case:
    """A case by its id.

    Raises:
        EntryRefused: there is none.
    """
    with engine.connect() as connection:
        row = connection.execute(select(cases).where(cases.c.case_id == case_id)).first()
    if row is None:
        raise EntryRefused(
            f"消去案件 {case_id} はありません。`madoguchi erasure list` で確かめてください。"
        )
    return _case(row)


def all_cases(engine: Engine) -> list[Case]:
    """Every case, the first first."""
    with engine.connect() as connection:
        return [_case(row) for row in connection.execute(select(cases).order_by(cases.c.case_id))]


def executing_case(engine: Engine) -> Case | None:
    """The case that was begun and is not finished, or null."""
    return next((c for c in all_cases(engine) if c.state is CaseState.EXECUTING), None)


def is_being_erased(engine: Engine, object_id: str) -> bool:
    """Whether an erasure that was begun takes it."""
    case = executing_case(engine)
    return case is not None and any(
        item.object_id == object_id and result is ItemResult.PENDING
        for item, result in items_of(engine, case.case_id)
    )


def items_of(engine: Engine, case_id: str) -> list[tuple[Item, ItemResult]]:
    """The items of a case in order, with how it ended for each."""
    query = select(case_items).where(case_items.c.case_id == case_id).order_by(case_items.c.no)
    with engine.connect() as connection:
        return [
            (
                Item(
                    row.no, row.object_id, row.kind, row.recorded_on, row.size, row.sha256,
                    row.key, tuple(json.loads(row.places_json)),
                ),
                ItemResult(row.result),
            )
            for row in connection.execute(query)
        ]  # fmt: skip


def consent_of(engine: Engine, case_id: str) -> Consent | None:
    """The newest consent of a case."""
    query = select(consents).where(consents.c.case_id == case_id).order_by(consents.c.revision)
    with engine.connect() as connection:
        rows = connection.execute(query).fetchall()
    if not rows:
        return None
    values = {**rows[-1]._mapping, "evidence_kind": EvidenceKind(rows[-1].evidence_kind)}
    return Consent(**values)


def authorisation_of(engine: Engine, case_id: str) -> Authorisation | None:
    """The newest authorisation of a case, with its signatures in the order of signing."""
    query = (
        select(authorisations)
        .where(authorisations.c.case_id == case_id)
        .order_by(authorisations.c.round.desc())
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
        if row is None:
            return None
        signed = connection.execute(
            select(signatures)
            .where(signatures.c.case_id == case_id, signatures.c.round == row.round)
            .order_by(signatures.c.signed_at, signatures.c.staff_id)
        ).fetchall()
    return Authorisation(
        **row._mapping,
        signatures=tuple(
            Signature(s.staff_id, s.fingerprint, s.signature, s.signed_at) for s in signed
        ),
    )


def is_designated(engine: Engine, method: str, today: date) -> bool:
    """Whether the city has named this method by today (別紙2-13-1)."""
    query = select(designations.c.method).where(
        designations.c.method == method, designations.c.dated_on <= today
    )
    with engine.connect() as connection:
        return connection.execute(query.limit(1)).first() is not None


def open_tasks(engine: Engine, case_id: str | None = None) -> list[Task]:
    """What is still owed, of one case or of all."""
    query = select(tasks).where(tasks.c.closed_at.is_(None)).order_by(tasks.c.task_id)
    if case_id is not None:
        query = query.where(tasks.c.case_id == case_id)
    with engine.connect() as connection:
        return [
            Task(r.task_id, r.case_id, TaskKind(r.what), r.place, r.opened_at, r.closed_at)
            for r in connection.execute(query)
        ]


def left_on_exchange(engine: Engine, until: datetime) -> int:
    """How many sounds whose keys were destroyed the exchange still had in clear, or might have had, as was known at an
    instant: by the last look at each case, unless what was owed there was done by then."""
    query = select(tasks.c.case_id).where(
        tasks.c.what == TaskKind.EXCHANGE.value, tasks.c.closed_at < until
    )
    with engine.connect() as connection:
        settled = set(connection.execute(query).scalars())
    total = 0
    for case in all_cases(engine):
        done, seen = (facts_of(engine, case.case_id, act) for act in (Act.DESTROYED, Act.EXAMINED))
        if done is None or done["at"] >= until or case.case_id in settled:
            continue
        if seen is not None and seen["at"] < until:
            total += seen["checks"]["sources_left"] + seen["checks"]["sources_unseen"]
        else:
            total += done["sources"]["left"] + done["sources"]["unseen"]
    return total


def certificates_made(engine: Engine) -> list[Certificate]:
    """Every certificate, the first first."""
    with engine.connect() as connection:
        rows = connection.execute(select(certificates).order_by(certificates.c.number))
        return [row_as(Certificate, row) for row in rows]


def facts_of(engine: Engine, case_id: str, act: Act) -> dict[str, Any] | None:
    """What was noted of one act of a case, with `at` (an aware instant) and `by`; null where it was not done."""
    query = select(acts).where(acts.c.case_id == case_id, acts.c.act == act.value)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else {**json.loads(row.facts_json), "at": row.at, "by": row.by}


def move(connection: Connection, case: Case, following: CaseState) -> None:
    """Let a case go on, within the transaction of what it goes on by.

    Raises:
        TransitionRefused: it may not.
    """
    present = connection.execute(
        select(cases.c.state).where(cases.c.case_id == case.case_id)
    ).scalar_one()
    follow(CaseState(present), following, case.case_id)
    connection.execute(
        update(cases).where(cases.c.case_id == case.case_id).values(state=following.value)
    )


def record_act(
    connection: Connection, case_id: str, act: Act, at: datetime, by: str, facts: Mapping[str, Any]
) -> None:
    """Note what was done, once."""
    connection.execute(
        insert(acts).values(
            case_id=case_id, act=act.value, at=at, by=by,
            facts_json=json.dumps(facts, sort_keys=True, ensure_ascii=False),
        )
    )  # fmt: skip


def record_results(connection: Connection, case_id: str, results: Mapping[int, ItemResult]) -> None:
    """Note how it ended for items, by their numbers."""
    by_result: dict[ItemResult, list[int]] = {}
    for no, result in results.items():
        by_result.setdefault(result, []).append(no)
    for result, numbers in by_result.items():
        for start in range(0, len(numbers), 500):
            connection.execute(
                update(case_items)
                .where(
                    case_items.c.case_id == case_id,
                    case_items.c.no.in_(numbers[start : start + 500]),
                )
                .values(result=result.value)
            )


def insert_items(connection: Connection, case_id: str, chosen: Sequence[Item]) -> None:
    """Enter the items of a case, once."""
    connection.execute(
        insert(case_items),
        [
            {
                "case_id": case_id,
                "no": one.no,
                "object_id": one.object_id,
                "kind": one.kind,
                "recorded_on": one.recorded_on,
                "size": one.size,
                "sha256": one.sha256,
                "key": one.key,
                "places_json": json.dumps(one.places),
                "result": ItemResult.PENDING.value,
            }
            for one in chosen
        ],
    )


def open_task(
    connection: Connection, case_id: str, what: TaskKind, place: str, at: datetime
) -> None:
    """Enter something that could not be reached; one that is open already is left."""
    known = connection.execute(
        select(tasks.c.task_id).where(
            tasks.c.case_id == case_id,
            tasks.c.what == what.value,
            tasks.c.place == place,
            tasks.c.closed_at.is_(None),
        )
    ).first()
    if known is None:
        number = connection.execute(select(func.coalesce(func.max(tasks.c.task_id), 0)))
        connection.execute(
            insert(tasks).values(
                task_id=int(number.scalar_one()) + 1,
                case_id=case_id,
                what=what.value,
                place=place,
                opened_at=at,
            )
        )


def close_task(connection: Connection, task_id: int, at: datetime, by: str) -> None:
    """Enter that it was reached."""
    connection.execute(
        update(tasks).where(tasks.c.task_id == task_id).values(closed_at=at, closed_by=by)
    )


def _case(row: Any) -> Case:
    return Case(**{**row._mapping, "state": CaseState(row.state)})
