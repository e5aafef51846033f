"""From the city's designation to the authorisation: every step a row, an entry of the log, and nothing destroyed yet.

Whoever calls has decided that the person may do it (`people.acting.allow`); here stands what must be true of the case.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, func, insert, select, update

from compliance.erasure import statement
from compliance.erasure.awaited import looked_at, still_fits
from compliance.erasure.case_file import (
    METHOD,
    Authorisation,
    Case,
    Consent,
    EvidenceKind,
    authorisations,
    cases,
    consents,
    designations,
    signatures,
)
from compliance.erasure.conditions import Obstacle
from compliance.erasure.entering import insert_items, lock, move, next_case_id
from compliance.erasure.items import Item, root
from compliance.erasure.register import (
    all_cases,
    authorisation_of,
    case_of,
    consent_of,
    is_designated,
    items_of,
)
from compliance.erasure.selection import (
    Selection,
)
from compliance.erasure.situation import as_items, select_now
from compliance.erasure.states import CaseState
from compliance.errors import EntryRefused, ErasureRefused
from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.ground.japan import civil_date
from compliance.keys.keyring import Keyring
from compliance.keys.signing import SigningKey

AUTHORISATION_HOLDS = timedelta(days=7)
"""So long after the first signature an execution may begin."""
_CHANGED = "見た後に案件の状態・承諾・署名・鍵の世代のいずれかが変わりました。もう一度見てから署名してください。"


@dataclass(frozen=True, slots=True)
class Consented:
    """What the city answered. `items_count` is the number it consented to."""

    dated_on: date
    consented_by: str
    items_count: int
    evidence_kind: EvidenceKind
    evidence_sha256: str
    number: str = ""
    conditions: str = ""
    wants_witness: bool = False
    expires_on: date | None = None


def designate(
    engine: Engine,
    actor: Actor,
    dated_on: date,
    kind: EvidenceKind,
    evidence_sha256: str,
    method: str = METHOD,
) -> None:
    """Enter that the city named a method (別紙2-13-1): our erasure, or 返還 (`returning`).

    Raises:
        EntryRefused: it is dated later than today.
    """
    if dated_on > _day(actor.at):
        raise EntryRefused("市の指定の日付が今日より後です。")
    with engine.begin() as connection:
        last = connection.execute(select(func.coalesce(func.max(designations.c.designation_id), 0)))
        number = int(last.scalar_one()) + 1
        connection.execute(
            insert(designations).values(
                designation_id=number, method=method, dated_on=dated_on, evidence_kind=kind.value,
                evidence_sha256=evidence_sha256, recorded_at=actor.at, recorded_by=actor.staff_id,
            )
        )  # fmt: skip
        note(connection, actor.entry(Action.METHOD_DESIGNATED, ObjectKind.ERASURE, str(number)))


def apply(
    engine: Engine,
    ring: Keyring,
    actor: Actor,
    selection: Selection,
    floor_days: int,
    planned_on: date,
    *,
    wants_witness: bool = False,
) -> Case:
    """Enter an application (別紙2-13-2) with the items as they are now; its paper is made after that.

    Raises:
        EntryRefused: the city has not named the method, nothing is found, an id is unknown, or an item stands in
            another open case.
    """
    today = _day(actor.at)
    if not is_designated(engine, METHOD, today):
        raise EntryRefused(
            "消去の方法について市の指定が記録されていません。`madoguchi erasure designate` で"
            "記録してください。"
        )
    found = select_now(engine, ring, selection, floor_days, today)
    if found.unknown:
        raise EntryRefused(f"目録にない録音が {len(found.unknown)} 件指定されています。")
    if not found.chosen:
        raise EntryRefused(
            f"消去の対象がありません（保存日数内 {found.too_young}、手元にあり {found.at_hand}、"
            f"保全中 {found.held}）。"
        )
    if planned_on < today:
        raise EntryRefused("処理予定日が今日より前です。")
    chosen = as_items(found.chosen, ring)
    _refuse_twice(engine, chosen)
    with engine.begin() as connection:
        case_id = next_case_id(connection)
        values = Case(
            case_id=case_id,
            state=CaseState.APPLIED,
            is_contract_end=selection.is_contract_end,
            selection_json=json.dumps(asdict(selection), default=str, sort_keys=True),
            items_count=len(chosen),
            items_bytes=sum(item.size for item in chosen),
            items_root=root([item.line() for item in chosen]).hex(),
            method=METHOD,
            planned_on=planned_on,
            wants_witness=wants_witness,
            document_sha256="",
            applied_at=actor.at,
            applied_by=actor.staff_id,
        )
        connection.execute(insert(cases).values(**{**asdict(values), "state": values.state.value}))
        insert_items(connection, case_id, chosen)
        note(connection, actor.entry(Action.ERASURE_APPLIED, ObjectKind.ERASURE, case_id))
    return case_of(engine, case_id)


def record_document(engine: Engine, case_id: str, sha256: str) -> None:
    """Note the digest of the application's paper."""
    with engine.begin() as connection:
        connection.execute(
            update(cases).where(cases.c.case_id == case_id).values(document_sha256=sha256)
        )


def record_consent(engine: Engine, actor: Actor, case_id: str, given: Consented) -> Consent:
    """Enter the city's consent (別紙2-13-2); a later one for the same case takes its place.

    Raises:
        EntryRefused: the application's paper was never made, or the consent is dated before the application or after
            today, or names nobody.
        TransitionRefused: the case is begun or withdrawn.
    """
    case = case_of(engine, case_id)
    today = _day(actor.at)
    if not case.document_sha256:
        raise EntryRefused(
            f"{case_id}の申請書がまだありません。`madoguchi erasure paper {case_id}` で作成し、市へ提出してください。"
        )
    if not _day(case.applied_at) <= given.dated_on <= today:
        raise EntryRefused("承諾の日付は、申請日以後、今日以前でなければなりません。")
    if not given.consented_by.strip():
        raise EntryRefused("承諾した部署又は職を入力してください（個人名は不要です）。")
    with engine.begin() as connection:
        if lock(connection, case_id) is not CaseState.CONSENTED:
            move(connection, case, CaseState.CONSENTED)
        before = consent_of(engine, case_id)
        connection.execute(
            insert(consents).values(
                case_id=case_id,
                revision=1 if before is None else before.revision + 1,
                recorded_at=actor.at,
                recorded_by=actor.staff_id,
                **{**asdict(given), "evidence_kind": given.evidence_kind.value},
            )
        )
        note(connection, actor.entry(Action.CONSENT_RECORDED, ObjectKind.ERASURE, case_id))
    made = consent_of(engine, case_id)
    assert made is not None  # noqa: S101 - it was just written
    return made


def authorise(
    engine: Engine,
    ring: Keyring,
    actor: Actor,
    key: SigningKey,
    case_id: str,
    executor: str | None = None,
    looked: str | None = None,
) -> Authorisation:
    """Sign the authorisation of a case. The first signature makes it (`executor` is named then), the second joins;
    one that ran out or no longer fits is begun anew. Of two who sign at the same moment the second joins the first.
    `looked` is what they saw (`looked_at`), where a page showed it.

    Raises:
        ErasureRefused: there is no consent.
        EntryRefused: this person signed already, nobody or somebody else is named to execute, or the case is not what
            they looked at.
    """
    case, consent = case_of(engine, case_id), consent_of(engine, case_id)
    if consent is None or case.state is not CaseState.CONSENTED:
        raise _refused(engine, actor, case_id, [Obstacle.NO_CONSENT])
    epoch = ring.epoch.number
    with engine.begin() as connection:
        if lock(connection, case_id) is not CaseState.CONSENTED:
            raise EntryRefused(_CHANGED)
        consent, given = consent_of(engine, case_id) or consent, authorisation_of(engine, case_id)
        if looked not in (None, looked_at(case, consent, given, epoch)):
            raise EntryRefused(_CHANGED)
        if given is None or not still_fits(given, case, consent, epoch, actor.at):
            if executor is None:
                raise EntryRefused("実施する担当者を --executor で指定してください。")
            given = _begin(connection, case, consent, epoch, executor, actor.at, before=given)
        elif executor not in (None, given.executor):
            raise EntryRefused(f"この授権の実施者は {given.executor} です。")
        if any(signed.staff_id == actor.staff_id for signed in given.signatures):
            raise EntryRefused("この授権には署名済みです。もう1名の署名が必要です。")
        signature = base64.b64encode(key.sign(given.statement.encode("ascii"))).decode("ascii")
        connection.execute(
            insert(signatures).values(
                case_id=case_id,
                round=given.round,
                staff_id=actor.staff_id,
                fingerprint=key.public.fingerprint,
                signature=signature,
                signed_at=actor.at,
            )
        )
        note(connection, actor.entry(Action.ERASURE_AUTHORISED, ObjectKind.ERASURE, case_id))
    made = authorisation_of(engine, case_id)
    assert made is not None  # noqa: S101 - it was just written
    return made


def withdraw(engine: Engine, actor: Actor, case_id: str) -> None:
    """Take an application back before it is begun.

    Raises:
        TransitionRefused: it is begun, done, or taken back already.
    """
    case = case_of(engine, case_id)
    with engine.begin() as connection:
        move(connection, case, CaseState.WITHDRAWN)
        note(connection, actor.entry(Action.ERASURE_WITHDRAWN, ObjectKind.ERASURE, case_id))


def refuse(engine: Engine, actor: Actor, case_id: str, found: Sequence[Obstacle]) -> None:
    """Refuse an execution and note it.

    Raises:
        ErasureRefused: always, where there is an obstacle.
    """
    if found:
        raise _refused(engine, actor, case_id, found)


def note_refusal(engine: Engine, actor: Actor, case_id: str) -> None:
    """Note that an execution was refused."""
    with engine.begin() as connection:
        entry = actor.entry(
            Action.ERASURE_BEGUN, ObjectKind.ERASURE, case_id, result=Result.REFUSED
        )
        note(connection, entry)


def _refused(
    engine: Engine, actor: Actor, case_id: str, found: Sequence[Obstacle]
) -> ErasureRefused:
    note_refusal(engine, actor, case_id)
    told = "\n".join(f"  {obstacle.value}: {obstacle.text_ja}" for obstacle in found)
    return ErasureRefused(f"{case_id}は実施できません。何も消去していません。\n{told}")


def _begin(
    connection: Connection,
    case: Case,
    consent: Consent,
    epoch: int,
    executor: str,
    now: datetime,
    *,
    before: Authorisation | None,
) -> Authorisation:
    nonce = secrets.token_hex(16)
    expires_at = (now + AUTHORISATION_HOLDS).replace(microsecond=0)
    text = statement.authorisation(case, consent, epoch, executor, expires_at, nonce)
    made = Authorisation(
        case_id=case.case_id,
        round=1 if before is None else before.round + 1,
        nonce=nonce,
        executor=executor,
        expires_at=expires_at,
        statement=text.decode("ascii"),
        is_used=False,
        signatures=(),
    )
    values = asdict(made)
    del values["signatures"]
    connection.execute(insert(authorisations).values(**values))
    return made


def _refuse_twice(engine: Engine, chosen: Sequence[Item]) -> None:
    wanted = {item.object_id for item in chosen}
    for case in all_cases(engine):
        if case.state in (CaseState.WITHDRAWN, CaseState.CERTIFIED):
            continue
        if wanted & {item.object_id for item, _ in items_of(engine, case.case_id)}:
            raise EntryRefused(
                f"対象の録音が別の案件 {case.case_id} に含まれています。先にそれを終えるか、取り下げてください。"
            )


def _day(at: datetime) -> date:
    return civil_date(at)
