"""Whom an erasure waits for, and what whoever signs its authorisation looks at. Pure.

An authorisation takes two people, one of them a protection officer (別紙1-2). Whose signature would not help is not
asked for one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from compliance.erasure import statement
from compliance.erasure.case_file import Authorisation, Case, Consent
from compliance.erasure.conditions import AUTHORISERS
from compliance.erasure.states import CaseState
from compliance.ground.japan import TOKYO
from compliance.ground.one_form import one_form
from compliance.people.rights import Role
from compliance.people.standing import OFFICERS


@dataclass(frozen=True, slots=True)
class Awaited:
    """The signatures that an authorisation lacks. `count` of 0 where it is whole; `is_first`: whoever signs now begins it
    and names who executes; `signed` are the staff ids under it."""

    count: int
    needs_officer: bool
    is_first: bool
    signed: tuple[str, ...]

    def takes(self, staff_id: str, roles: Collection[Role]) -> bool:
        """Whether the signature of somebody with these roles brings it on."""
        if not self.count or staff_id in self.signed:
            return False
        return self.count > 1 or not self.needs_officer or bool(OFFICERS & set(roles))

    @property
    def text_ja(self) -> str:
        """Who is asked for; blank where nobody is."""
        if not self.count:
            return ""
        if self.count == 1:
            return (
                "保護管理者の署名"
                if self.needs_officer
                else "もう1名（責任者又は保護管理者）の署名"
            )
        return "2名の署名（うち1名は保護管理者）"


def still_fits(
    given: Authorisation, case: Case, consent: Consent, epoch: int, now: datetime
) -> bool:
    """Whether an authorisation is of the case, the consent and the epoch as they are, and neither used nor run out."""
    expected = statement.authorisation(
        case, consent, epoch, given.executor, given.expires_at, given.nonce
    )
    is_same = expected.decode("ascii") == given.statement
    return is_same and not given.is_used and given.expires_at > now


def awaited(
    case: Case,
    consent: Consent | None,
    given: Authorisation | None,
    epoch: int,
    officers: Collection[str],
    now: datetime,
) -> Awaited | None:
    """The signatures that a case lacks; null where none can be given yet or any more. `officers` by staff id."""
    if consent is None or case.state is not CaseState.CONSENTED:
        return None
    if given is None or not still_fits(given, case, consent, epoch, now):
        return Awaited(AUTHORISERS, True, True, ())
    signed = tuple(one.staff_id for one in given.signatures)
    needs_officer = not set(signed) & set(officers)
    count = max(AUTHORISERS - len(signed), 1 if needs_officer else 0)
    return Awaited(count, needs_officer, not signed, signed)


def looked_at(case: Case, consent: Consent | None, given: Authorisation | None, epoch: int) -> str:
    """The SHA-256 of everything that a signature would stand over, as somebody saw it; it changes with any of it."""
    seen = {
        "authorisation": "" if given is None else given.statement,
        "case": case.case_id,
        "consent_evidence_sha256": "" if consent is None else consent.evidence_sha256,
        "consent_revision": 0 if consent is None else consent.revision,
        "epoch": epoch,
        "items_count": case.items_count,
        "items_root": case.items_root,
        "signed": [] if given is None else [one.fingerprint for one in given.signatures],
        "state": case.state.value,
    }
    return hashlib.sha256(one_form(seen)).hexdigest()


def next_step(case: Case, lacking: Awaited | None, given: Authorisation | None) -> str:
    """What a case waits for, and by whom; blank where it is at its end."""
    if case.state is CaseState.CONSENTED and lacking is not None:
        if lacking.count:
            return lacking.text_ja
        if given is not None:
            until = given.expires_at.astimezone(TOKYO)
            return f"{given.executor} による実施（期限 {until:%Y-%m-%d %H:%M}）"
    return _NEXT[case.state]


_NEXT = {
    CaseState.APPLIED: "市の承諾と、その記録",
    CaseState.CONSENTED: "2名の署名（うち1名は保護管理者）",
    CaseState.EXECUTING: "実施者による続行",
    CaseState.EXECUTED: "申請者・実施者でない者による検証",
    CaseState.VERIFIED: "証明書の作成",
    CaseState.CERTIFIED: "",
    CaseState.WITHDRAWN: "",
}
