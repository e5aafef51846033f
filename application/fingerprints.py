"""The page of fingerprints that the city keeps on paper: made of the keys in force, and entered as made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from application.erasure_papers import verifier_page
from application.people import ActingHome
from compliance.audit.log import AuditLog
from compliance.audit.verify import verify
from compliance.ground.acts import Actor
from compliance.keys.chain import read_chain
from compliance.people.fingerprint_pages import record_page
from compliance.people.person_keys import enrolled_keys
from compliance.people.present import persons
from reporting.handover.page import Handover, render


@dataclass(frozen=True, slots=True)
class FingerprintsPage:
    """The page as PDF, the fingerprints of people's keys on it by staff id, how many keys of the log it has."""

    pdf: bytes
    people: Mapping[str, str]
    log_keys: int


def fingerprints_page(place: ActingHome) -> FingerprintsPage:
    """The page of all keys that sign, as they are now; nothing is entered.

    Raises:
        RenderingFailed: the typesetter refused it.
    """
    log = AuditLog(place.home)
    log.drain(place.engine)
    checkpoint = log.checkpoint()
    known = persons(place.engine, place.first_day)
    parties = place.contract.parties
    people = {one: key.fingerprint for one, key in sorted(enrolled_keys(place.engine).items())}
    log_keys = verify(log.folder).fingerprints
    page = Handover(
        work_name=parties.work_name,
        recipient=parties.client,
        contractor=parties.contractor_name,
        log_keys=log_keys,
        certificate_keys=[key.fingerprint for key in read_chain(place.home.erasure / "keys")[0]],
        verifier_sha256=hashlib.sha256(verifier_page()).hexdigest(),
        people=[
            (one, "、".join(role.title_ja for role in sorted(known[one].roles)), fingerprint)
            for one, fingerprint in people.items()
        ],
        checkpoint=checkpoint.shown,
    )
    return FingerprintsPage(render(page, place.now), people, len(log_keys))


def entered_page(place: ActingHome, actor: Actor, page: FingerprintsPage) -> str:
    """Enter a page that goes to the city; returns its name (F-0001)."""
    return record_page(place.engine, actor, hashlib.sha256(page.pdf).hexdigest(), page.people)
