"""What is written of a case: it goes on by its own transitions (`states`), everything else is a new row.

Each function writes within the transaction of what it is written for, and notes nothing in the log: whoever calls does.
Instants are aware. What may not follow is refused by `TransitionRefused`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    func,
    insert,
    select,
    update,
)

from compliance.erasure.case_file import Act, Case, TaskKind, acts, case_items, cases, tasks
from compliance.erasure.items import Item
from compliance.erasure.states import CaseState, ItemResult, follow


def next_case_id(connection: Connection) -> str:
    """The id of the next case: E-0001 and on."""
    count = connection.execute(select(func.count()).select_from(cases)).scalar_one()
    return f"E-{int(count) + 1:04d}"


def lock(connection: Connection, case_id: str) -> CaseState:
    """How far a case is, and let nobody else move it on or sign before this transaction ends."""
    theirs = cases.c.case_id == case_id
    connection.execute(update(cases).where(theirs).values(state=cases.c.state))
    return CaseState(connection.execute(select(cases.c.state).where(theirs)).scalar_one())


def move(connection: Connection, case: Case, following: CaseState) -> None:
    """Let a case go on, within the transaction of what it goes on by.

    Raises:
        TransitionRefused: it may not.
    """
    follow(lock(connection, case.case_id), following, case.case_id)
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
