"""The erasure that demo and simulation live: the first week's recordings, from the city's word to the certificate.

Each step is taken on the first moment from its day on; what a kill cut off is found by the case's state and goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from application import erasure as duty
from application.erasure_orders import ordered_start
from application.home.session import present_of_simulated_home
from application.home.settings import Settings
from application.people import ActingHome, acting_home
from compliance.erasure.case_file import METHOD, Case, EvidenceKind
from compliance.erasure.register import all_cases, is_designated
from compliance.erasure.register import authorisation_of as authorisation
from compliance.erasure.selection import Selection
from compliance.erasure.states import CaseState
from compliance.erasure.workflow import Consented, authorise, designate, record_consent
from compliance.ground.acts import Actor
from compliance.ground.japan import civil_date
from compliance.keys.backups import back_up, registered_backups
from compliance.keys.keyring import Keyring, epochs
from compliance.people.acting import prove, signer
from simulation.people import PASSPHRASE

APPLIED_FROM = date(2024, 2, 5)
CONSENTED_FROM = date(2024, 2, 13)
EXECUTED_FROM = date(2024, 2, 19)
WEEK = timedelta(days=6)
_APPLICANT, _OFFICER, _EXECUTOR, _VERIFIER = "mg1", "pm1", "ad1", "sv1"


def living_erasure(
    settings: Settings, moments: Iterable[datetime | None]
) -> Iterator[datetime | None]:
    """The moments, with the erasure's next step after each of them."""
    for moment in moments:
        yield moment
        advance(settings)


def advance(settings: Settings) -> None:
    """Take every step whose day has come; nothing where none has."""
    now = present_of_simulated_home(settings)
    if now is None:
        return
    today = civil_date(now)
    if today < APPLIED_FROM:
        return
    with acting_home(settings, now) as place, place.held():
        case = next(iter(all_cases(place.engine)), None)
        if case is None:
            case = _applied(place)
        if case is not None:
            _go_on(place, case, today)


def _applied(place: ActingHome) -> Case | None:
    selection = Selection(first_day=place.first_day, last_day=place.first_day + WEEK)
    if not epochs(place.home) or not duty.found_now(place, selection).chosen:
        return None  # nothing is on its media yet
    if not registered_backups(place.engine):
        medium = _key_medium(place)
        medium.mkdir(mode=0o700, exist_ok=True)
        back_up(place.engine, place.home, _actor(place, _OFFICER), medium)
    if not is_designated(place.engine, METHOD, place.today):
        applicant = _actor(place, _APPLICANT)
        designate(place.engine, applicant, place.first_day, EvidenceKind.MINUTES, _evidence("指定"))
    planned = max(EXECUTED_FROM, place.today)
    return duty.applied(place, _actor(place, _APPLICANT), selection, planned)[0]


def _go_on(place: ActingHome, case: Case, today: date) -> None:
    if case.state is CaseState.APPLIED and today >= CONSENTED_FROM:
        _consent(place, case, today)
    if today < EXECUTED_FROM or case.state in (CaseState.CERTIFIED, CaseState.WITHDRAWN):
        return
    if case.state in (CaseState.APPLIED, CaseState.CONSENTED):
        _authorise(place, case)
    if case.state in (CaseState.APPLIED, CaseState.CONSENTED, CaseState.EXECUTING):
        actor, key = signer(place.engine, place.home, _EXECUTOR, PASSPHRASE, place.now)
        ordered_start(place, actor, key, case.case_id)
        duty.executed(place, actor, case.case_id)
    if case.state is not CaseState.VERIFIED:
        actor, key = signer(place.engine, place.home, _VERIFIER, PASSPHRASE, place.now)
        duty.verified(place, actor, key, case.case_id)
    duty.certified(place, _actor(place, _VERIFIER), case.case_id)


def _consent(place: ActingHome, case: Case, today: date) -> None:
    given = Consented(
        dated_on=today,
        consented_by="高齢福祉課長（架空）",
        items_count=case.items_count,
        evidence_kind=EvidenceKind.DOCUMENT,
        evidence_sha256=_evidence("承諾"),
        number="架空高福第1号",
    )
    record_consent(place.engine, _actor(place, _APPLICANT), case.case_id, given)


def _authorise(place: ActingHome, case: Case) -> None:
    for staff_id in (_OFFICER, _APPLICANT):
        given = authorisation(place.engine, case.case_id)
        is_signed = given is not None and any(s.staff_id == staff_id for s in given.signatures)
        if not is_signed:
            actor, key = signer(place.engine, place.home, staff_id, PASSPHRASE, place.now)
            ring = Keyring.open(place.home)
            authorise(place.engine, ring, actor, key, case.case_id, _EXECUTOR)


def _actor(place: ActingHome, staff_id: str) -> Actor:
    return prove(place.engine, place.home, staff_id, PASSPHRASE, place.now)


def _key_medium(place: ActingHome) -> Path:
    return place.home.root.with_name(f"{place.home.root.name}-media-keys")


def _evidence(what: str) -> str:
    return hashlib.sha256(f"架空の文書：{what}".encode()).hexdigest()
