"""Erasures, for commands and jobs: the domain's steps with their papers.

Whoever calls what writes holds the home (`ActingHome.held`, or a workplace). Papers of a case lie in
`outbox/erasure/<case>/`. What was cut off goes on when the same step is asked for again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from compliance.audit.checkpoint import Checkpoint
from compliance.audit.log import AuditLog
from compliance.erasure import offline
from compliance.erasure.awaited import Awaited, awaited, next_step
from compliance.erasure.certificate import (
    SignedDocument,
    certificate_keys,
    collect,
    list_of,
    register_certificate,
    sign,
)
from compliance.erasure.conditions import Obstacle, Situation, obstacles
from compliance.erasure.examination import Examination, result_lines, verify
from compliance.erasure.execution import Executed, begin, carry_out, work_off_tasks
from compliance.erasure.items import Item
from compliance.erasure.register import (
    METHOD_JA,
    Case,
    Certificate,
    authorisation_of,
    case_of,
    certificates_made,
    consent_of,
    items_of,
)
from compliance.erasure.returning import Returned, hand_over
from compliance.erasure.selection import INQUIRY_KIND, PSEUDONYM_KIND, Selected, Selection
from compliance.erasure.situation import as_items, select_now, situation_of
from compliance.erasure.states import CaseState
from compliance.erasure.workflow import (
    apply,
    note_refusal,
    record_document,
    refuse,
)
from compliance.errors import EntryRefused, KeyUnavailable, TransitionRefused
from compliance.ground.acts import Actor
from compliance.ground.clock import read_clock
from compliance.ground.durable import write_durably
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.keys.backups import registered_backups
from compliance.keys.keyring import Keyring, epochs
from compliance.keys.signing import SigningKey
from compliance.people.orders import Order, Ordered, order_for, refuse_unordered, use
from compliance.people.present import persons
from compliance.people.register import names
from compliance.people.standing import OFFICERS, Person, counted_roles
from compliance.vault.media import registered_media
from orchestration.duties.erasure_orders import (
    TASKS,
    Place,
    exchange_of,
    signed_start,
    start_over,
    tasks_over,
)
from orchestration.duties.people import name_key
from reporting.erasure import certificate, returning
from reporting.erasure.application import Application, Line, render
from reporting.erasure.returning import Return
from reporting.paper.pdf_signature import sign_pdf

FOLDER = "erasure"
PAPERS_CLOSE = "苦情の日次報告書・別紙の控え（暗号化）：引用した対応記録の鍵の消去により、開くことができなくなる。"
"""What an application says of papers that quote callers: no key of their own is kept (ADR 19)."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate's files in their folder."""

    certificate: Certificate
    folder: Path


def folder_of(home: Home, case_id: str) -> Path:
    """Where a case's papers lie."""
    return home.outbox / FOLDER / case_id


def found_now(place: Place, selection: Selection) -> Selected:
    """What a selection finds; nothing is entered."""
    ring = Keyring.open(place.home)
    return select_now(place.engine, ring, selection, _floor(place), _today(place))


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


def written_application(place: Place, case: Case) -> Path:
    """The application's paper, from what was entered; its digest is noted. What cut the application off before its
    paper is mended by this.

    Raises:
        EntryRefused: the paper was made: what the city has is not written a second time.
    """
    if case.document_sha256:
        raise EntryRefused(f"{case.case_id}の申請書は作成済みです。")
    path = folder_of(place.home, case.case_id) / f"消去・廃棄申請書_{case.case_id}.pdf"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pdf = render(_application(place, case), case.applied_at)
    write_durably(path, pdf)
    record_document(place.engine, case.case_id, hashlib.sha256(pdf).hexdigest())
    return path


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
    today = now.astimezone(TOKYO).date()
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
        before = _anchored(place)
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
    """Make the certificate of a verified case: files first, then its entry; a case has one.

    Raises:
        TransitionRefused: the case is not verified.
    """
    folder = folder_of(place.home, case_id)
    state = case_of(place.engine, case_id).state
    if state is CaseState.CERTIFIED:
        made = next(c for c in certificates_made(place.engine) if c.case_id == case_id)
        return Certified(made, folder)
    if state is not CaseState.VERIFIED:
        raise TransitionRefused(f"{case_id}は「{state.title_ja}」です。先に検証してください。")
    _anchored(place)
    key = certificate_keys(place.home).signing_key()
    contract = place.settings.contract
    members = collect(place.engine, place.home, contract, case_id, place.now)
    lines = result_lines(place.engine, case_id)
    signer = contract.parties.contractor_name or contract.parties.work_name
    plain = certificate.render(members, _names(place), place.now)
    pdf = sign_pdf(plain, key, signer, members["title"], place.now)
    document = sign(members, pdf, lines, key)
    _write(folder, members["number"], document, list_of(lines), pdf)
    made = register_certificate(place.engine, actor, case_id, document.sha256, pdf, place.now)
    return Certified(made, folder)


def returned(
    place: Place, actor: Actor, selection: Selection, medium: Path
) -> tuple[Returned, str, Path]:
    """Hand recordings over on a medium (別紙2-13-1): archive, list and paper; the password is given once."""
    found = returnable_now(place, selection)
    items = as_items(found.chosen, Keyring.open(place.home))
    made, password = hand_over(place.engine, place.home, actor, items, medium)
    parties = place.settings.contract.parties
    recorded = sorted(item.recorded_on for item in items)
    paper = Return(
        number=made.number,
        made_on=_today(place),
        work_name=parties.work_name,
        recipient=parties.client,
        contractor=parties.contractor_name,
        made_by=f"{_names(place).get(actor.staff_id, '')}（{actor.staff_id}）",
        count=made.items_count,
        size=made.items_bytes,
        first_day=date.fromisoformat(recorded[0]),
        last_day=date.fromisoformat(recorded[-1]),
        archive=f"{made.number}.zip",
        archive_sha256=made.archive_sha256,
        items_root=made.items_root,
        checkpoint=_anchored(place).shown,
    )
    path = folder_of(place.home, made.number) / f"返還・引渡書_{made.number}.pdf"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(path, returning.render(paper, place.now))
    return made, password, path


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


def verifier_page() -> bytes:
    """`verify.html` as it is handed over."""
    return Path(offline.__file__).with_name("verify.html").read_bytes()


def _write(folder: Path, number: str, document: SignedDocument, items: bytes, pdf: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files: Mapping[str, bytes] = {
        f"個人情報消去報告書_{number}.pdf": pdf,
        f"{number}.jsonl": items,
        f"{number}.json": document.content,
        f"{number}.json.sig": document.signature,
        "verify.html": verifier_page(),
    }
    for name, content in files.items():
        write_durably(folder / name, content)


def _anchored(place: Place) -> Checkpoint:
    """The log as it is now, signed."""
    log = AuditLog(place.home)
    log.drain(place.engine)
    return log.checkpoint()


def _application(place: Place, case: Case) -> Application:
    parties = place.settings.contract.parties
    items = [item for item, _ in items_of(place.engine, case.case_id)]
    groups: dict[tuple[str, tuple[str, ...]], list[Item]] = {}
    for item in items:
        groups.setdefault((item.kind, item.places), []).append(item)
    known = {m.medium_id: m for m in registered_media(place.engine)}

    def named(medium_id: str) -> str:
        if medium_id not in known:
            return "サーバー（手元）"
        return f"{medium_id}（{known[medium_id].serial}、{known[medium_id].kept_at}）"

    return Application(
        number=case.case_id,
        applied_on=case.applied_at.astimezone(TOKYO).date(),
        work_name=parties.work_name,
        recipient=parties.client,
        contractor=parties.contractor_name,
        address=parties.contractor_address,
        representative=parties.contractor_representative,
        applicant=f"{_names(place).get(case.applied_by, '')}（{case.applied_by}）",
        lines=[
            Line(
                kind=kind,
                media="、".join(named(one) for one in media),
                count=len(of_kind),
                size=sum(item.size for item in of_kind),
                first_day=date.fromisoformat(min(item.recorded_on for item in of_kind)),
                last_day=date.fromisoformat(max(item.recorded_on for item in of_kind)),
            )
            for (kind, media), of_kind in groups.items()
        ],
        method=METHOD_JA,
        planned_on=case.planned_on,
        wants_witness=case.wants_witness,
        is_contract_end=case.is_contract_end,
        copies=[
            *(
                f"鍵の控え{made.backup_id}（第{made.epoch}期）：新しい時期の控えを作ったうえで破棄する。"
                for made in registered_backups(place.engine)
                if not made.has_ended
            ),
            *([PAPERS_CLOSE] if any(item.kind == INQUIRY_KIND for item in items) else []),
        ],
        items_root=case.items_root,
        checkpoint=_anchored(place).shown,
    )


def _first_day(place: Place) -> date:
    return place.settings.contract.period.start_date


def _people_then(place: Place, case_id: str) -> Mapping[str, Person]:
    """The registers as they stood when the case was applied for."""
    applied_at = case_of(place.engine, case_id).applied_at
    return persons(place.engine, _first_day(place), applied_at)


def _names(place: Place) -> dict[str, str]:
    return dict(names(place.engine, name_key(place)))


def _today(place: Place) -> date:
    return place.now.astimezone(TOKYO).date()


def _floor(place: Place) -> int:
    return place.settings.contract.retention.recordings_online_days
