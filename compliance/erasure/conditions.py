"""What an erasure needs before anything is touched: one pure decision over what registers, keyring and media say.

Whatever is missing is told at once and with what to do; a single obstacle stops the whole. A hold that was set after
the consent is no obstacle: it takes its item out of the batch.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from compliance.erasure import statement
from compliance.erasure.case_file import Authorisation, Case, Consent
from compliance.erasure.items import Item
from compliance.erasure.selection import is_too_young
from compliance.erasure.states import CaseState
from compliance.ground.clock import MAX_STEP
from compliance.ground.japan import civil_date
from compliance.people.orders import Order
from compliance.people.person_keys import EnrolledKey
from compliance.people.rights import Right, roles_with
from compliance.people.standing import OFFICERS, Denied, Person, may

AUTHORISERS = 2


class Obstacle(StrEnum):
    """Why an erasure is refused."""

    WRONG_STATE = "wrong_state"
    NO_CONSENT = "no_consent"
    CONSENT_EXPIRED = "consent_expired"
    CONSENT_NARROWER = "consent_narrower"
    NOT_AUTHORISED = "not_authorised"
    ONE_AUTHORISER = "one_authoriser"
    NO_OFFICER = "no_officer"
    AUTHORISER_REFUSED = "authoriser_refused"
    KEY_NOT_ENROLLED = "key_not_enrolled"
    SIGNATURE_WRONG = "signature_wrong"
    AUTHORISATION_EXPIRED = "authorisation_expired"
    AUTHORISATION_USED = "authorisation_used"
    AUTHORISATION_OTHER = "authorisation_other"
    OTHER_EXECUTOR = "other_executor"
    EXECUTOR_SIGNED = "executor_signed"
    NEWCOMER = "newcomer"
    NOT_ORDERED = "not_ordered"
    EXECUTOR_REFUSED = "executor_refused"
    SELECTION_CHANGED = "selection_changed"
    NOTHING_LEFT = "nothing_left"
    TOO_YOUNG = "too_young"
    NO_WITNESS = "no_witness"
    NO_KEY_BACKUP = "no_key_backup"
    NO_AREA = "no_area"
    CLOCK_JUMPED = "clock_jumped"
    ANOTHER_RUNNING = "another_running"

    @property
    def text_ja(self) -> str:
        """What is said, with what to do."""
        return _TEXTS[self]


_TEXTS = {
    Obstacle.WRONG_STATE: "この案件は承諾済みではありません（承諾前、実施済み、又は取下げ）。",
    Obstacle.NO_CONSENT: "市の承諾が記録されていません。承諾を受けてから記録してください。",
    Obstacle.CONSENT_EXPIRED: "市の承諾の期限が過ぎています。改めて承諾を受けてください。",
    Obstacle.CONSENT_NARROWER: "承諾の数量が申請の数量と異なります。承諾された範囲で申請し直してください。",
    Obstacle.NOT_AUTHORISED: "授権がありません。2名がデスクの「消去」（又は `madoguchi erasure authorise`）で署名してください。",
    Obstacle.ONE_AUTHORISER: "授権の署名が1名分です。もう1名の署名が必要です。",
    Obstacle.NO_OFFICER: "授権者に保護管理者が含まれていません。",
    Obstacle.AUTHORISER_REFUSED: "授権者が台帳上、授権できる状態にありません（報告・誓約・研修・役割）。",
    Obstacle.KEY_NOT_ENROLLED: "授権者の署名鍵が登録されていないか、署名後に取り替えられています。",
    Obstacle.SIGNATURE_WRONG: "授権の署名が内容と一致しません。",
    Obstacle.AUTHORISATION_EXPIRED: "授権の期限が過ぎています。署名をやり直してください。",
    Obstacle.AUTHORISATION_USED: "この授権は使用済みです。",
    Obstacle.AUTHORISATION_OTHER: "授権後に承諾・鍵の世代・申請が変わりました。署名をやり直してください。",
    Obstacle.OTHER_EXECUTOR: "実施者が授権で指定された担当者と異なります。",
    Obstacle.EXECUTOR_SIGNED: "実施者は、授権に署名した者と別の人でなければなりません。ほかの実施者を指定して署名をやり直してください。",
    Obstacle.NEWCOMER: "署名者又は実施者の役割又は署名鍵が、申請より後に登録されています。申請の時からの者が行うか、申請をやり直してください。",
    Obstacle.NOT_ORDERED: "実施者本人による開始の署名がありません（有効10分・1回限り）。",
    Obstacle.EXECUTOR_REFUSED: "実施者が台帳上、実施できる状態にありません（報告・誓約・研修・役割）。",
    Obstacle.SELECTION_CHANGED: "承諾後に対象の録音の状態が変わっています（保全を除く）。申請し直してください。",
    Obstacle.NOTHING_LEFT: "対象がすべて保全されています。消去するものがありません。",
    Obstacle.TOO_YOUNG: "契約の保存日数（暦日）を過ぎていない録音が含まれています。",
    Obstacle.NO_WITNESS: "市が立会いを求めています。立会者を記録してください。",
    Obstacle.NO_KEY_BACKUP: "鍵の控えの媒体に届きません。接続するか、控えを作成してください（`keys backup`）。",
    Obstacle.NO_AREA: "取扱区域台帳に、使用中のサーバ等の区域がありません（市への報告又は承認、使用期間）。`madoguchi registers add areas` で記入してください。",
    Obstacle.CLOCK_JUMPED: "時計が前回の処理から大きくずれています。時刻を確かめ、正しければ `madoguchi clock confirm` で確認してください。",
    Obstacle.ANOTHER_RUNNING: "別の消去が実施中です。先にそれを終えてください。",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that the decision looks at.

    `present` is what the catalogue says now of the case's items, by id, numbered as there; `people` and `keys` by
    staff id, `people_then` as the registers stood when the case was applied for; `executor` is who is at it, `order` their
    signature under the start; `last_seen` is the home's last moment; `reachable_backups` counts key backups
    that can be renewed now; `witness` is blank where none was named; `has_area`: an area for servers is in force, or no
    area was ever entered.
    """

    case: Case
    items: Sequence[Item]
    present: Mapping[str, Item]
    holds: Collection[str]
    consent: Consent | None
    authorisation: Authorisation | None
    people: Mapping[str, Person]
    people_then: Mapping[str, Person]
    keys: Mapping[str, EnrolledKey]
    epoch: int
    executor: str
    witness: str
    reachable_backups: int
    floor_days: int
    last_seen: datetime
    now: datetime
    running: str = ""
    has_jumped: bool = False
    has_area: bool = True
    order: Order | None = None
    may_remove: bool = False
    """Whether what the exchange still keeps may be removed, by the settings or the order."""

    @property
    def today(self) -> date:
        """The civil day in Japan."""
        return civil_date(self.now)


def batch(situation: Situation) -> list[Item]:
    """The items that would be erased: all but those that somebody holds."""
    return [item for item in situation.items if item.object_id not in situation.holds]


def obstacles(situation: Situation) -> list[Obstacle]:
    """Everything that stands in the way, in the order of `Obstacle`; empty where the erasure may begin."""
    found = {
        *_of_case(situation),
        *_of_consent(situation),
        *_of_authorisation(situation),
        *_of_items(situation),
        *_of_place(situation),
    }
    return [obstacle for obstacle in Obstacle if obstacle in found]


def _of_case(s: Situation) -> Collection[Obstacle]:
    found = set()
    if s.case.state not in (CaseState.APPLIED, CaseState.CONSENTED):
        found.add(Obstacle.WRONG_STATE)
    if s.running and s.running != s.case.case_id:
        found.add(Obstacle.ANOTHER_RUNNING)
    return found


def _of_consent(s: Situation) -> Collection[Obstacle]:
    consent = s.consent
    if consent is None or consent.dated_on > s.today:
        return {Obstacle.NO_CONSENT}
    found = set()
    if consent.expires_on is not None and consent.expires_on < s.today:
        found.add(Obstacle.CONSENT_EXPIRED)
    if consent.items_count != s.case.items_count:
        found.add(Obstacle.CONSENT_NARROWER)
    if (consent.wants_witness or s.case.wants_witness) and not s.witness.strip():
        found.add(Obstacle.NO_WITNESS)
    return found


def _of_authorisation(s: Situation) -> Collection[Obstacle]:
    given = s.authorisation
    if given is None:
        return {Obstacle.NOT_AUTHORISED}
    found = set()
    if given.is_used:
        found.add(Obstacle.AUTHORISATION_USED)
    if given.expires_at <= s.now:
        found.add(Obstacle.AUTHORISATION_EXPIRED)
    if s.executor != given.executor:
        found.add(Obstacle.OTHER_EXECUTOR)
    if isinstance(may(s.people.get(given.executor), Right.EXECUTE_ERASURE, s.today), Denied):
        found.add(Obstacle.EXECUTOR_REFUSED)
    if given.executor in {signed.staff_id for signed in given.signatures}:
        found.add(Obstacle.EXECUTOR_SIGNED)
    if s.order is None:
        found.add(Obstacle.NOT_ORDERED)
    if came_after(s, given.executor, Right.EXECUTE_ERASURE):
        found.add(Obstacle.NEWCOMER)
    if s.consent is not None:
        expected = statement.authorisation(
            s.case, s.consent, s.epoch, given.executor, given.expires_at, given.nonce
        )
        if expected.decode("ascii") != given.statement:
            found.add(Obstacle.AUTHORISATION_OTHER)
    if len({signed.staff_id for signed in given.signatures}) < AUTHORISERS:
        found.add(Obstacle.ONE_AUTHORISER)
    for signed in given.signatures:
        found |= _of_signature(s, given, signed.staff_id, signed.fingerprint, signed.signature)
    if not any(_is_officer(s.people.get(signed.staff_id)) for signed in given.signatures):
        found.add(Obstacle.NO_OFFICER)
    return found


def _of_signature(
    s: Situation, given: Authorisation, staff_id: str, fingerprint: str, signature: str
) -> set[Obstacle]:
    found = set()
    if isinstance(may(s.people.get(staff_id), Right.AUTHORISE_ERASURE, s.today), Denied):
        found.add(Obstacle.AUTHORISER_REFUSED)
    key = s.keys.get(staff_id)
    if came_after(s, staff_id, Right.AUTHORISE_ERASURE):
        found.add(Obstacle.NEWCOMER)
    if key is None or key.public.fingerprint != fingerprint:
        found.add(Obstacle.KEY_NOT_ENROLLED)
    elif not key.public.has_signed(given.statement.encode("ascii"), base64.b64decode(signature)):
        found.add(Obstacle.SIGNATURE_WRONG)
    return found


def came_after(s: Situation, staff_id: str, right: Right) -> bool:
    """Whether somebody got the role or the key by which they take part only after the case was applied for."""
    return is_newcomer(staff_id, right, s.people_then, s.keys, s.case.applied_at)


def is_newcomer(
    staff_id: str,
    right: Right,
    people_then: Mapping[str, Person],
    keys: Mapping[str, EnrolledKey],
    applied_at: datetime,
) -> bool:
    """Whether somebody's role with a right, or their key in force, is younger than an application of that instant."""
    person, key = people_then.get(staff_id), keys.get(staff_id)
    return (
        person is None
        or not person.roles & roles_with(right)
        or (key is not None and key.enrolled_at > applied_at)
    )


def _is_officer(person: Person | None) -> bool:
    return person is not None and bool(person.roles & OFFICERS)


def _of_items(s: Situation) -> Collection[Obstacle]:
    found, left = set(), batch(s)
    if any(s.present.get(item.object_id) != item for item in left):
        found.add(Obstacle.SELECTION_CHANGED)
    if not left:
        found.add(Obstacle.NOTHING_LEFT)
    if not s.case.is_contract_end and any(
        is_too_young(date.fromisoformat(item.recorded_on), s.floor_days, s.today) for item in left
    ):
        found.add(Obstacle.TOO_YOUNG)
    return found


def _of_place(s: Situation) -> Collection[Obstacle]:
    found = set()
    if s.reachable_backups < 1:
        found.add(Obstacle.NO_KEY_BACKUP)
    if not s.has_area:
        found.add(Obstacle.NO_AREA)
    if s.has_jumped or not timedelta(0) <= s.now - s.last_seen <= MAX_STEP:
        found.add(Obstacle.CLOCK_JUMPED)
    return found
