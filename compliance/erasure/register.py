"""What the register of erasures says: cases with their items, consents, authorisations, what was done, and tasks left.

It reads; what is kept `case_file` describes, and `entering` writes it. A case that is not there is refused by
`EntryRefused`; instants are aware.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Engine,
    select,
)

from compliance.erasure.case_file import (
    Act,
    Authorisation,
    Case,
    Consent,
    EvidenceKind,
    Signature,
    Task,
    TaskKind,
    acts,
    authorisations,
    case_items,
    cases,
    consents,
    designations,
    signatures,
    tasks,
)
from compliance.erasure.items import Item
from compliance.erasure.states import CaseState, ItemResult
from compliance.errors import EntryRefused


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


def consent_of(engine: Engine, case_id: str, revision: int | None = None) -> Consent | None:
    """The newest consent of a case, or the one of a revision."""
    query = select(consents).where(consents.c.case_id == case_id)
    if revision is not None:
        query = query.where(consents.c.revision == revision)
    with engine.connect() as connection:
        row = connection.execute(query.order_by(consents.c.revision.desc())).first()
    if row is None:
        return None
    return Consent(**{**row._mapping, "evidence_kind": EvidenceKind(row.evidence_kind)})


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


def facts_of(engine: Engine, case_id: str, act: Act) -> dict[str, Any] | None:
    """What was noted of one act of a case, with `at` (an aware instant) and `by`; null where it was not done."""
    query = select(acts).where(acts.c.case_id == case_id, acts.c.act == act.value)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else {**json.loads(row.facts_json), "at": row.at, "by": row.by}


def _case(row: Any) -> Case:
    return Case(**{**row._mapping, "state": CaseState(row.state)})
