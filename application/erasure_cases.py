"""Erasures as whoever signs looks at them: cases, what an execution would meet, the signatures under authorisation and start.

Ids, counts, days, digests and the office that consented; no name, and of no caller anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Engine

from application import erasure as duty
from application.erasure_orders import ordered_start, ordered_tasks, signed_start
from application.home.settings import Settings
from application.people import ActingHome
from compliance.erasure.awaited import Awaited, looked_at
from compliance.erasure.case_file import METHOD_JA, Act, Authorisation, Case, Consent, TaskKind
from compliance.erasure.conditions import Obstacle
from compliance.erasure.items import Item
from compliance.erasure.register import (
    all_cases,
    authorisation_of,
    consent_of,
    facts_of,
    items_of,
    open_tasks,
)
from compliance.erasure.states import CaseState
from compliance.erasure.workflow import authorise
from compliance.errors import EntryRefused, KeyUnavailable
from compliance.ground.acts import Actor, Via
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.keys.backups import registered_backups
from compliance.keys.keyring import Keyring, epochs
from compliance.keys.signing import SigningKey
from compliance.people.acting import allow, signer
from compliance.people.present import persons
from compliance.people.rights import Right, Role, roles_with
from compliance.people.standing import counted_roles, may
from compliance.vault.media import registered_media
from reporting.erasure.application import KINDS, ON_THE_SERVER


@dataclass(frozen=True, slots=True)
class ErasureCase:
    """A case of the list. `state` and `next_step` (whom it waits for) are words; `awaits_signature`: of two people."""

    case_id: str
    state: str
    items_count: int
    planned_on: date
    next_step: str
    awaits_signature: bool


@dataclass(frozen=True, slots=True)
class ErasureItems:
    """Items of one kind on one set of media; days of recording."""

    kind: str
    media: str
    count: int
    size_bytes: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class ErasureConsent:
    """The city's consent; `evidence` is what kind of file shows it, `evidence_sha256` that file's digest."""

    dated_on: date
    consented_by: str
    number: str
    items_count: int
    conditions: str
    wants_witness: bool
    expires_on: date | None
    evidence: str
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class KeyCopy:
    """A registered copy of the keys, which an execution destroys after a new one lies beside it."""

    name: str
    is_reachable: bool


@dataclass(frozen=True, slots=True)
class ErasureSignature:
    """Who signed, and when."""

    staff_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ErasureView:
    """A case as whoever signs looks at it.

    `looked` stands for everything that a signature would be over; `takes` tells by staff id and roles whose signature is
    asked for. `is_first`: the next one names who executes, out of `executors`. `obstacles` are what stands in the way of
    the execution, but for missing signatures. `is_open`: it has not been executed and may be. `starts` tells by staff id and roles
    who may sign the start of its execution now, `started_until` until when the signature that somebody gave holds;
    `removes_sources`: what the exchange keeps is removed by the settings, whatever is said with the start. `verifies` tells by staff id
    and roles who may look after the execution: nobody who applied or executed. `has_paper`: the application's paper is made.
    """

    case: ErasureCase
    is_open: bool
    items: tuple[ErasureItems, ...]
    is_contract_end: bool
    wants_witness: bool
    method: str
    items_root: str
    consent: ErasureConsent | None
    copies: tuple[KeyCopy, ...]
    signatures: tuple[ErasureSignature, ...]
    executor: str
    expires_at: datetime | None
    obstacles: tuple[str, ...]
    executors: tuple[str, ...]
    is_first: bool
    looked: str
    takes: Callable[[str, Collection[Role]], bool]
    verifies: Callable[[str, Collection[Role]], bool]
    starts: Callable[[str, Collection[Role]], bool]
    started_until: Callable[[str], datetime | None]
    removes_sources: bool
    state: CaseState
    has_paper: bool
    applied_by: str


@dataclass(frozen=True, slots=True)
class Owed:
    """Something of an execution that could not be reached: of which case, what, where."""

    case_id: str
    what: str
    place: str


@dataclass(frozen=True, slots=True)
class Cases:
    """What is done with erasures at the desk.

    `list_` gives every case, the newest first; `show` one, null where there is none. `sign` takes the staff id, their
    passphrase, the case, what they looked at and who executes (blank where that is said already); it raises
    `PersonUnproved`, `KeyUnavailable`, `NotAllowed`, `ErasureRefused` and `EntryRefused`, and destroys nothing. So does `start`,
    the signature of whoever executes (staff id, passphrase, case, what they looked at, the city's witness, whether what the
    exchange keeps is removed), and `work_off`, the same over all that is `owed`: a job of the Dagster UI uses it up.
    """

    list_: Callable[[], Sequence[ErasureCase]]
    show: Callable[[str], ErasureView | None]
    sign: Callable[[str, str, str, str, str], None]
    start: Callable[[str, str, str, str, str, bool], None]
    owed: Callable[[], Sequence[Owed]]
    work_off: Callable[[str, str, bool], None]


_SIGNATURES = frozenset({Obstacle.NOT_AUTHORISED, Obstacle.ONE_AUTHORISER, Obstacle.NO_OFFICER})
"""Told as what a case waits for."""
_OF_AN_EXECUTION = frozenset({CaseState.APPLIED, CaseState.CONSENTED})
_NO_KEYS = "鍵の媒体が届かないか、鍵が開かれていないため、確かめられません。システム管理者に知らせてください。"
_CHANGED = "見た後に案件が変わりました。もう一度見てから署名してください。"
_NOT_YET = "この案件の開始に署名できる状態ではありません。"
_GIVEN_WITH_THE_START = frozenset({Obstacle.NO_WITNESS})
"""What the signature under the start brings with it."""
TASK_TITLES = {
    TaskKind.KEY_BACKUP: "鍵の控えの破棄",
    TaskKind.MEDIUM: "媒体の写しの削除",
    TaskKind.EXCHANGE: "電話交換機に残る音声",
}
_NOT_ASKED = "いま待っているのは、ほかの人の署名です。"


def cases_of(settings: Settings, home: Home, engine: Engine, now: Callable[[], datetime]) -> Cases:
    """What the desk does with the erasures of a home."""
    first_day = settings.contract.period.start_date

    def list_() -> Sequence[ErasureCase]:
        return [
            _told(case, *duty.lacking_of(home, engine, case, first_day, now()))
            for case in reversed(all_cases(engine))
        ]

    def show(case_id: str) -> ErasureView | None:
        case = next((one for one in all_cases(engine) if one.case_id == case_id), None)
        if case is None:
            return None
        return _view(ActingHome(settings, home, engine, now()), case)

    def sign(staff_id: str, passphrase: str, case_id: str, looked: str, executor: str) -> None:
        at = now()
        proved, key = signer(engine, home, staff_id, passphrase, at)
        actor = replace(proved, via=Via.DESK)
        today = civil_date(at)
        allow(engine, actor, Right.AUTHORISE_ERASURE, today, first_day)
        view = show(case_id)
        roles = counted_roles(persons(engine, first_day)[staff_id], today)
        if view is not None and view.looked == looked:
            if not view.takes(staff_id, roles):
                raise EntryRefused(_NOT_ASKED)
            if view.is_first and executor not in view.executors:
                raise EntryRefused("実施する担当者を選んでください。")
        authorise(engine, Keyring.open(home), actor, key, case_id, executor or None, looked=looked)

    def start(
        staff_id: str, passphrase: str, case_id: str, looked: str, witness: str, removes: bool
    ) -> None:
        place = ActingHome(settings, home, engine, now())
        actor, key = _shown(place, staff_id, passphrase)
        view = show(case_id)
        if view is None or view.looked != looked:
            raise EntryRefused(_CHANGED)
        roles = counted_roles(persons(engine, first_day)[staff_id], place.today)
        if not view.starts(staff_id, roles):
            raise EntryRefused(_NOT_YET)
        ordered_start(place, actor, key, case_id, witness=witness, remove_sources=removes)

    def owed() -> Sequence[Owed]:
        return [Owed(t.case_id, TASK_TITLES[t.what], t.place) for t in open_tasks(engine)]

    def work_off(staff_id: str, passphrase: str, removes: bool) -> None:
        place = ActingHome(settings, home, engine, now())
        ordered_tasks(place, *_shown(place, staff_id, passphrase), remove_sources=removes)

    return Cases(list_, show, sign, start, owed, work_off)


def _shown(place: ActingHome, staff_id: str, passphrase: str) -> tuple[Actor, SigningKey]:
    """Somebody at the desk who opened their key and may execute."""
    proved, key = signer(place.engine, place.home, staff_id, passphrase, place.now)
    actor = replace(proved, via=Via.DESK)
    place.allow(actor, Right.EXECUTE_ERASURE)
    return actor, key


def _starts(
    case: Case, given: Authorisation | None, lacking: Awaited | None, found: Collection[Obstacle]
) -> Callable[[str, Collection[Role]], bool]:
    """Who may sign the start now: the named executor of a case that lacks nothing else, or of one that was cut off whoever
    executes."""

    def may_start(staff_id: str, roles: Collection[Role]) -> bool:
        if not set(roles) & roles_with(Right.EXECUTE_ERASURE):
            return False
        if case.state is CaseState.EXECUTING:
            return True
        if lacking is None or lacking.count or given is None or given.executor != staff_id:
            return False
        return set(found) <= _GIVEN_WITH_THE_START

    return may_start


def _view(place: ActingHome, case: Case) -> ErasureView:
    engine, today = place.engine, civil_date(place.now)
    lacking, step = duty.lacking_of(place.home, engine, case, place.first_day, place.now)
    consent, given = consent_of(engine, case.case_id), authorisation_of(engine, case.case_id)
    is_open = case.state in _OF_AN_EXECUTION
    try:
        found = duty.may_execute(place, case.case_id) if is_open else []
        told = tuple(one.text_ja for one in found if one not in _SIGNATURES)
    except KeyUnavailable:
        found, lacking, told = [], None, (_NO_KEYS,)

    def started_until(staff_id: str) -> datetime | None:
        _, order = signed_start(place, Actor(staff_id, place.now), case.case_id)
        return order.expires_at if order else None

    counts = given is not None and not (lacking and lacking.is_first)
    return ErasureView(
        case=_told(case, lacking, step),
        is_open=is_open,
        items=tuple(items_by_kind(engine, [item for item, _ in items_of(engine, case.case_id)])),
        is_contract_end=case.is_contract_end,
        wants_witness=case.wants_witness,
        method=METHOD_JA,
        items_root=case.items_root,
        consent=_consent(consent),
        copies=tuple(
            KeyCopy(made.name_ja, made.medium.is_dir())
            for made in registered_backups(engine)
            if not made.has_ended
        ),
        signatures=tuple(
            ErasureSignature(one.staff_id, one.signed_at)
            for one in (given.signatures if given and counts else ())
        ),
        executor=given.executor if given and counts else "",
        expires_at=given.expires_at if given and counts else None,
        obstacles=told,
        executors=tuple(
            sorted(
                staff_id
                for staff_id, person in persons(engine, place.first_day).items()
                if may(person, Right.EXECUTE_ERASURE, today).is_allowed
            )
        ),
        is_first=lacking is not None and lacking.is_first,
        looked=looked_at(case, consent, given, epochs(place.home)[-1].number),
        takes=lacking.takes if lacking else lambda staff_id, roles: False,
        starts=_starts(case, given, lacking, found),
        started_until=started_until,
        removes_sources=place.settings.pbx.remove_after_seal,
        verifies=_verifies(engine, case),
        state=case.state,
        has_paper=bool(case.document_sha256),
        applied_by=case.applied_by,
    )


def _verifies(engine: Engine, case: Case) -> Callable[[str, Collection[Role]], bool]:
    """Who may look after the execution, or make the certificate of what was looked at."""
    begun = facts_of(engine, case.case_id, Act.BEGUN) or {}
    done = facts_of(engine, case.case_id, Act.DESTROYED) or {}
    others = {case.applied_by, begun.get("by"), done.get("by")}

    def may_verify(staff_id: str, roles: Collection[Role]) -> bool:
        if case.state not in (CaseState.EXECUTED, CaseState.VERIFIED):
            return False
        is_another = case.state is CaseState.VERIFIED or staff_id not in others
        return is_another and bool(set(roles) & roles_with(Right.VERIFY_ERASURE))

    return may_verify


def _told(case: Case, lacking: Awaited | None, step: str) -> ErasureCase:
    return ErasureCase(
        case_id=case.case_id,
        state=case.state.title_ja,
        items_count=case.items_count,
        planned_on=case.planned_on,
        next_step=step,
        awaits_signature=lacking is not None and lacking.count > 0,
    )


def _consent(given: Consent | None) -> ErasureConsent | None:
    if given is None:
        return None
    return ErasureConsent(
        dated_on=given.dated_on,
        consented_by=given.consented_by,
        number=given.number,
        items_count=given.items_count,
        conditions=given.conditions,
        wants_witness=given.wants_witness,
        expires_on=given.expires_on,
        evidence=given.evidence_kind.title_ja,
        evidence_sha256=given.evidence_sha256,
    )


def items_by_kind(engine: Engine, items: Iterable[Item]) -> Iterable[ErasureItems]:
    """The items by kind and media, as the application's paper has them."""
    groups: dict[tuple[str, tuple[str, ...]], list[Item]] = {}
    for item in items:
        groups.setdefault((item.kind, item.places), []).append(item)
    known = {one.medium_id for one in registered_media(engine)}
    for (kind, places), group in groups.items():
        media = "、".join(one if one in known else "サーバー（手元）" for one in places)
        yield ErasureItems(
            kind=KINDS[kind],
            media=media or ON_THE_SERVER.get(kind, ""),
            count=len(group),
            size_bytes=sum(item.size for item in group),
            first_day=date.fromisoformat(min(item.recorded_on for item in group)),
            last_day=date.fromisoformat(max(item.recorded_on for item in group)),
        )
