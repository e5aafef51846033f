"""Erasures, for commands and jobs: the domain's steps with their papers.

Whoever calls what writes holds the home (`ActingHome.held`, or a workplace). Papers of a case lie in
`outbox/erasure/<case>/`. What was cut off goes on when the same step is asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from application.erasure_orders import (
    TASKS,
    Place,
    exchange_of,
    signed_start,
    start_over,
    tasks_over,
)
from application.erasure_papers import (
    anchored,
    folder_of,
    keep_certificate,
    names_of,
    today_of,
    write_certificate,
    written_application,
    written_return,
)
from compliance.erasure.awaited import Awaited, awaited, next_step
from compliance.erasure.case_file import Case
from compliance.erasure.certificate import (
    certificate_keys,
    collect,
    list_of,
    sign,
)
from compliance.erasure.certificate_register import (
    Certificate,
    certificates_made,
    register_certificate,
)
from compliance.erasure.conditions import Obstacle, Situation, obstacles
from compliance.erasure.examination import Examination, result_lines, verify
from compliance.erasure.execution import Executed, begin, carry_out, work_off_tasks
from compliance.erasure.register import authorisation_of, case_of, consent_of
from compliance.erasure.returning import Returned, hand_over
from compliance.erasure.selection import INQUIRY_KIND, PSEUDONYM_KIND, Selected, Selection
from compliance.erasure.situation import as_items, select_now, situation_of
from compliance.erasure.states import CaseState
from compliance.erasure.workflow import (
    apply,
    note_refusal,
    refuse,
)
from compliance.errors import KeyUnavailable, TransitionRefused
from compliance.ground.acts import Actor
from compliance.ground.clock import read_clock
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.keys.keyring import Keyring, epochs
from compliance.keys.signing import SigningKey
from compliance.people.orders import Order, Ordered, order_for, refuse_unordered, use
from compliance.people.present import persons
from compliance.people.standing import OFFICERS, Person, counted_roles
from reporting.erasure import certificate
from reporting.paper.pdf_signature import sign_pdf


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate's files in their folder."""

    certificate: Certificate
    folder: Path


def found_now(place: Place, selection: Selection) -> Selected:
    """What a selection finds; nothing is entered."""
    ring = Keyring.open(place.home)
    return select_now(place.engine, ring, selection, _floor(place), today_of(place))


def returnable_now(place: Place, selection: Selection) -> Selected:
    """What of a selection can be handed over: recordings and messages."""
    found = found_now(place, selection)
    others = (INQUIRY_KIND, PSEUDONYM_KIND)
    return replace(found, chosen=tuple(one for one in found.chosen if one.kind not in others))


def applied(
    place: Place,
    actor: Actor,
    selection: Selection,
    planned_on: date,
    *,
    wants_witness: bool = False,
) -> tuple[Case, Path]:
    """Enter an application and write its paper (別紙2-13-2)."""
    ring = Keyring.open(place.home)
    case = apply(
        place.engine, ring, actor, selection, _floor(place), planned_on,
        wants_witness=wants_witness,
    )  # fmt: skip
    return case, written_application(place, case)


def situation(
    place: Place,
    case_id: str,
    executor: str | None = None,
    witness: str = "",
    order: Order | None = None,
) -> Situation:
    """What decides about an execution; without an executor, the one whom the authorisation names."""
    given = authorisation_of(place.engine, case_id)
    clock = read_clock(place.engine)
    removes = bool(order and order.over.get("remove_sources"))
    return situation_of(
        place.engine,
        Keyring.open(place.home),
        case_id,
        executor or (given.executor if given else ""),
        witness,
        _floor(place),
        persons(place.engine, _first_day(place)),
        _people_then(place, case_id),
        clock[1] if clock else place.now,
        place.now,
        order=order,
        may_remove=removes or place.settings.pbx.remove_after_seal,
    )


def may_execute(place: Place, case_id: str, witness: str = "") -> list[Obstacle]:
    """What stands in the way of a case now, but for the executor's signature, which is given with the start; nothing is noted."""
    found = obstacles(situation(place, case_id, witness=witness))
    return [one for one in found if one is not Obstacle.NOT_ORDERED]


def lacking_of(
    home: Home, engine: Engine, case: Case, first_day: date, now: datetime
) -> tuple[Awaited | None, str]:
    """The signatures that a case lacks (null where none can be given), and what it waits for; no key is opened."""
    today = civil_date(now)
    officers = {
        staff_id
        for staff_id, person in persons(engine, first_day).items()
        if counted_roles(person, today) & OFFICERS
    }
    given, consent = authorisation_of(engine, case.case_id), consent_of(engine, case.case_id)
    lacking = awaited(case, consent, given, epochs(home)[-1].number, officers, now)
    return lacking, next_step(case, lacking, given)


def executed(place: Place, actor: Actor, case_id: str) -> Executed:
    """Execute a case by the order that the actor signed, or finish the one that was cut off; a refusal is an entry of the log
    and touches nothing.

    Raises:
        NotOrdered: the actor has signed no order over this case as it is (to go on with what was cut off).
        ErasureRefused: something stands in the way.
        KeyUnavailable: the key medium is not there.
    """
    engine, act = place.engine, Ordered.ERASURE_EXECUTE
    if case_of(engine, case_id).state is CaseState.EXECUTING:
        order = refuse_unordered(engine, actor, act, case_id, start_over(place, case_id))
        with engine.begin() as connection:
            use(connection, actor, order)
    else:
        before = anchored(place)
        try:
            found = situation(place, case_id, actor.staff_id, *signed_start(place, actor, case_id))
        except KeyUnavailable:
            note_refusal(engine, actor, case_id)
            raise
        refuse(engine, actor, case_id, obstacles(found))
        begin(engine, actor, found, before.size)
    return carry_out(engine, place.home, actor, case_id, exchange_of(place))


def verified(place: Place, actor: Actor, key: SigningKey, case_id: str) -> Examination:
    """Another person's look (`compliance.erasure.examination`); the certificate may be made then."""
    then = _people_then(place, case_id)
    return verify(place.engine, place.home, actor, key, case_id, exchange_of(place), then)


def certified(place: Place, actor: Actor, case_id: str) -> Certified:
    """Make the certificate of a verified case: files first, then its entry, then the register of papers; a case has one.

    Raises:
        HomeDamaged: it was made, and a file of it is gone or is not what was signed.
        TransitionRefused: the case is not verified.
    """
    folder = folder_of(place.home, case_id)
    state = case_of(place.engine, case_id).state
    if state is CaseState.CERTIFIED:
        made = next(c for c in certificates_made(place.engine) if c.case_id == case_id)
        keep_certificate(place, made)
        return Certified(made, folder)
    if state is not CaseState.VERIFIED:
        raise TransitionRefused(f"{case_id}は「{state.title_ja}」です。先に検証してください。")
    anchored(place)
    key = certificate_keys(place.home).signing_key()
    contract = place.contract
    members = collect(place.engine, place.home, contract, case_id, place.now)
    lines = result_lines(place.engine, case_id)
    signer = contract.parties.contractor_name or contract.parties.work_name
    plain = certificate.render(members, names_of(place), place.settings.contract.words, place.now)
    pdf = sign_pdf(plain, key, signer, members["title"], place.now)
    document = sign(members, pdf, lines, key)
    write_certificate(folder, members["number"], document, list_of(lines), pdf)
    made = register_certificate(place.engine, actor, case_id, document.sha256, pdf, place.now)
    keep_certificate(place, made)
    return Certified(made, folder)


def returned(
    place: Place, actor: Actor, selection: Selection, medium: Path
) -> tuple[Returned, str, Path]:
    """Hand recordings over on a medium (別紙2-13-1): archive, list and paper; the password is given once."""
    found = returnable_now(place, selection)
    items = as_items(found.chosen, Keyring.open(place.home))
    made, password = hand_over(place.engine, place.home, actor, items, medium)
    return made, password, written_return(place, actor, made, items)


def tasks_worked_off(place: Place, actor: Actor) -> int:
    """Destroy what could not be reached before, by the order that the actor signed; returns how many tasks that closed.

    Raises:
        NotOrdered: they signed none over what is owed now.
    """
    act, of = Ordered.ERASURE_TASKS, TASKS
    newest = order_for(place.engine, actor, act, of)
    removes = bool(newest and newest.over.get("remove_sources"))
    over = tasks_over(place, remove_sources=removes)
    order = refuse_unordered(place.engine, actor, act, of, over)
    return work_off_tasks(
        place.engine,
        place.home,
        actor,
        exchange_of(place),
        order,
        may_remove=removes or place.settings.pbx.remove_after_seal,
    )


def _first_day(place: Place) -> date:
    return place.settings.contract.period.start_date


def _people_then(place: Place, case_id: str) -> Mapping[str, Person]:
    """The registers as they stood when the case was applied for."""
    applied_at = case_of(place.engine, case_id).applied_at
    return persons(place.engine, _first_day(place), applied_at)


def _floor(place: Place) -> int:
    return place.settings.contract.retention.recordings_online_days
