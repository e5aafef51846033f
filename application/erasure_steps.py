"""The steps of an erasure that destroy nothing, each by the own passphrase at the desk (別紙2-13): the city's designation, the
application, its consent, withdrawal, and the other person's look with the certificate.

The same use cases as `madoguchi erasure`. Who acts signs over what their page showed: an application is over the very items that
were counted, everything else over the case as it was looked at. Whatever is not so is refused by `EntryRefused`, and nothing is entered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Engine

from application import erasure as duty
from application.erasure_cases import Cases, ErasureItems, items_by_kind
from application.erasure_papers import written_application
from application.home.settings import Settings
from application.people import ActingHome
from compliance.erasure.case_file import METHOD, EvidenceKind
from compliance.erasure.items import root
from compliance.erasure.register import case_of, is_designated
from compliance.erasure.returning import METHOD as RETURN_METHOD
from compliance.erasure.selection import Selection
from compliance.erasure.situation import as_items
from compliance.erasure.states import CaseState
from compliance.erasure.workflow import Consented, designate, record_consent, withdraw
from compliance.errors import (
    EntryRefused,
    HomeBusy,
    HomeDamaged,
    KeyringDamaged,
    KeyUnavailable,
    TransitionRefused,
)
from compliance.ground.acts import Actor, Via
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.keys.signing import SigningKey
from compliance.people.acting import signer
from compliance.people.rights import Right

METHODS = {METHOD: "消去（暗号化消去）", RETURN_METHOD: "返還"}
"""What the city may name, and what pages call it."""
_WAIT_SECONDS = 5.0
"""So long whoever waits at a page waits for a run that holds the home."""
_CHANGED = "見た後に対象か案件が変わりました。もう一度見てから行ってください。"
_BUSY = "処理が動いています。終わってから、もう一度行ってください。"
_NO_KEYS = "鍵の媒体が届かないか、鍵が開かれていません。システム管理者に知らせてください。"
_DAMAGED = "保管場所のファイルが作成時のものと違います。システム管理者に知らせてください。"


@dataclass(frozen=True, slots=True)
class ErasureFound:
    """What a selection finds now: what would be applied for by kind and place, and how many are left out and why. `looked` stands for
    the very items; blank where there is none."""

    items: tuple[ErasureItems, ...]
    count: int
    size_bytes: int
    too_young: int
    at_hand: int
    held: int
    looked: str


@dataclass(frozen=True, slots=True)
class ErasureSteps:
    """What is done before a signature and after an execution. The first two look; the others take staff id, passphrase, what was looked
    at (but for `designate`) and what is entered, and raise `PersonUnproved`, `NotAllowed`, `ErasureRefused` and `EntryRefused`.

    `is_designated`: the city named the erasure. `apply` gives the case's number. `paper` makes an application's paper that was cut off.
    `verify` looks, signs and makes the certificate, or makes the one that was cut off.
    """

    found: Callable[[Selection], ErasureFound]
    is_designated: Callable[[], bool]
    designate: Callable[[str, str, date, EvidenceKind, str, str], None]
    apply: Callable[[str, str, str, Selection, date, bool], str]
    paper: Callable[[str, str, str, str], None]
    consent: Callable[[str, str, str, str, Consented], None]
    withdraw: Callable[[str, str, str, str], None]
    verify: Callable[[str, str, str, str], None]


def steps_of(
    settings: Settings, home: Home, engine: Engine, now: Callable[[], datetime], cases: Cases
) -> ErasureSteps:
    """The steps in a home, over the cases as the desk shows them."""

    def here() -> ActingHome:
        return ActingHome(settings, home, engine, now())

    def found(selection: Selection) -> ErasureFound:
        with _told():
            return _found(here(), selection)

    def named() -> bool:
        return is_designated(engine, METHOD, here().today)

    def designated(
        staff_id: str, passphrase: str, on: date, kind: EvidenceKind, sha256: str, method: str
    ) -> None:
        actor, _ = _shown(here(), staff_id, passphrase, Right.RECORD_CONSENT)
        if method not in METHODS:
            raise EntryRefused("市が指定した方法を選んでください。")
        designate(engine, actor, on, kind, sha256, method)

    def applied(
        staff_id: str,
        passphrase: str,
        looked: str,
        selection: Selection,
        planned_on: date,
        wants_witness: bool,
    ) -> str:
        place = here()
        actor, _ = _shown(place, staff_id, passphrase, Right.APPLY_ERASURE)
        with _told(), place.held(_WAIT_SECONDS):
            if not looked or _found(place, selection).looked != looked:
                raise EntryRefused(_CHANGED)
            case, _ = duty.applied(place, actor, selection, planned_on, wants_witness=wants_witness)
            return case.case_id

    def as_looked(case_id: str, looked: str) -> None:
        view = cases.show(case_id)
        if view is None or view.looked != looked:
            raise EntryRefused(_CHANGED)

    def paper(staff_id: str, passphrase: str, case_id: str, looked: str) -> None:
        place = here()
        _shown(place, staff_id, passphrase, Right.APPLY_ERASURE)
        as_looked(case_id, looked)
        with _told(), place.held(_WAIT_SECONDS):
            written_application(place, case_of(engine, case_id))

    def consented(
        staff_id: str, passphrase: str, case_id: str, looked: str, given: Consented
    ) -> None:
        actor, _ = _shown(here(), staff_id, passphrase, Right.RECORD_CONSENT)
        as_looked(case_id, looked)
        with _told():
            record_consent(engine, actor, case_id, given)

    def withdrawn(staff_id: str, passphrase: str, case_id: str, looked: str) -> None:
        actor, _ = _shown(here(), staff_id, passphrase, Right.APPLY_ERASURE)
        as_looked(case_id, looked)
        with _told():
            withdraw(engine, actor, case_id)

    def verified(staff_id: str, passphrase: str, case_id: str, looked: str) -> None:
        place = here()
        actor, key = _shown(place, staff_id, passphrase, Right.VERIFY_ERASURE)
        as_looked(case_id, looked)
        with _told(), place.held(_WAIT_SECONDS):
            if case_of(engine, case_id).state is not CaseState.VERIFIED:
                duty.verified(place, actor, key, case_id)
            duty.certified(place, actor, case_id)

    return ErasureSteps(found, named, designated, applied, paper, consented, withdrawn, verified)


def _found(place: ActingHome, selection: Selection) -> ErasureFound:
    ring = Keyring.open(place.home)
    selected = duty.found_now(place, selection)
    items = as_items(selected.chosen, ring)
    return ErasureFound(
        tuple(items_by_kind(place.engine, items)),
        len(items),
        sum(item.size for item in items),
        selected.too_young,
        selected.at_hand,
        selected.held,
        root([item.line() for item in items]).hex() if items else "",
    )


def _shown(
    place: ActingHome, staff_id: str, passphrase: str, right: Right
) -> tuple[Actor, SigningKey]:
    """Somebody at the desk who opened their key and may."""
    proved, key = signer(place.engine, place.home, staff_id, passphrase, place.now)
    actor = replace(proved, via=Via.DESK)
    place.allow(actor, right)
    return actor, key


@contextmanager
def _told() -> Iterator[None]:
    """What stops a step, in words for whoever waits at the page."""
    try:
        yield
    except TransitionRefused as error:
        raise EntryRefused(str(error)) from None
    except HomeBusy:
        raise EntryRefused(_BUSY) from None
    except (KeyUnavailable, KeyringDamaged):
        raise EntryRefused(_NO_KEYS) from None
    except HomeDamaged:
        raise EntryRefused(_DAMAGED) from None
