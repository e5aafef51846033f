"""What an execution is signed over by whoever begins it, and the exchange that it looks at (別紙2-13).

The same words are worked out when the order is signed, at the desk or at a command, and when it is used up, in a job or at the
command: whatever moved in between makes them different, and the order worth nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from application.home.session import Workplace
from application.people import ActingHome
from compliance.erasure.case_file import Act
from compliance.erasure.exchange import Exchange
from compliance.erasure.register import authorisation_of, case_of, facts_of, open_tasks
from compliance.erasure.states import CaseState
from compliance.errors import EntryRefused
from compliance.ground.acts import Actor
from compliance.ground.one_form import one_form
from compliance.keys.keyring import epochs
from compliance.keys.signing import SigningKey
from compliance.people.orders import Order, Ordered, give, order_for
from telephony_ingest.exchange import sound_files

Place = ActingHome | Workplace
TASKS = "tasks"
"""The object of an order over all that is owed."""


def ordered_start(
    place: Place,
    actor: Actor,
    key: SigningKey,
    case_id: str,
    *,
    witness: str = "",
    remove_sources: bool = False,
) -> Order:
    """Sign the start of an execution, or of going on with one that was cut off; whoever calls has decided that they may.

    Raises:
        EntryRefused: nothing of the case can be begun, or somebody else is named to execute.
    """
    over = start_over(place, case_id, witness, remove_sources=remove_sources)
    case, given = case_of(place.engine, case_id), authorisation_of(place.engine, case_id)
    is_begun = case.state is CaseState.EXECUTING
    if given is None or not (is_begun or case.state is CaseState.CONSENTED):
        raise EntryRefused(
            f"{case_id}は「{case.state.title_ja}」です。実施を始められる状態にありません。"
        )
    if not is_begun and given.executor != actor.staff_id:
        raise EntryRefused(
            f"この案件の実施者は {given.executor} です。開始に署名できるのは本人だけです。"
        )
    return give(place.engine, actor, key, Ordered.ERASURE_EXECUTE, case_id, over)


def ordered_tasks(
    place: Place, actor: Actor, key: SigningKey, *, remove_sources: bool = False
) -> Order:
    """Sign that what is owed now be destroyed; whoever calls has decided that they may."""
    over = tasks_over(place, remove_sources=remove_sources)
    return give(place.engine, actor, key, Ordered.ERASURE_TASKS, TASKS, over)


def start_over(
    place: Place, case_id: str, witness: str = "", *, remove_sources: bool = False
) -> Mapping[str, Any]:
    """What the start of a case is signed over: its items, its authorisation by the nonce, the epoch whose secret goes, the
    witness, and whether what the exchange keeps is removed. Once it is begun, what it was begun with."""
    case, given = case_of(place.engine, case_id), authorisation_of(place.engine, case_id)
    begun = facts_of(place.engine, case_id, Act.BEGUN)
    if begun is not None:
        witness, remove_sources = begun["witness"], begun["remove_sources"]
    known = epochs(place.home)
    return {
        "authorisation": "" if given is None else given.nonce,
        "epoch": begun["epoch"] if begun is not None else known[-1].number if known else 0,
        "items_root": case.items_root,
        "remove_sources": remove_sources,
        "witness": witness.strip(),
    }


def signed_start(place: Place, actor: Actor, case_id: str) -> tuple[str, Order | None]:
    """The witness that the actor's order names, and the order itself where it is over the case as it is;
    blank and null where there is none."""
    newest = order_for(place.engine, actor, Ordered.ERASURE_EXECUTE, case_id)
    if newest is None:
        return "", None
    witness = str(newest.over.get("witness", ""))
    removes = bool(newest.over.get("remove_sources"))
    over = start_over(place, case_id, witness, remove_sources=removes)
    return witness, newest if dict(newest.over) == dict(over) else None


def tasks_over(place: Place, *, remove_sources: bool = False) -> Mapping[str, Any]:
    """What an order over all that is owed is signed over: the tasks as they are."""
    owed = [[t.task_id, t.case_id, t.what.value, t.place] for t in open_tasks(place.engine)]
    return {
        "count": len(owed),
        "remove_sources": remove_sources,
        "tasks_sha256": hashlib.sha256(one_form(owed)).hexdigest(),
    }


def exchange_of(place: Place) -> Exchange:
    """The files of the home's own exchange, as far as they can be read."""

    def files(kinds: Collection[str]) -> Sequence[Path] | None:
        return sound_files(place.settings.pbx, kinds)

    return files
