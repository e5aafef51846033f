"""What two people sign before anything is erased, and what the third signs after: one text each, in one form only.

`madoguchi/erasure/authorisation` binds the case, the items (their Merkle root and number), the city's consent (its
evidence and the revision of its entry), the epoch whose secret goes, who executes, until when, and a nonce that is used
once. `madoguchi/erasure/examination` binds the case, the results and what was looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from compliance.erasure.case_file import Case, Consent
from compliance.ground.one_form import one_form

AUTHORISATION = "madoguchi/erasure/authorisation"
EXAMINATION = "madoguchi/erasure/examination"


def authorisation(
    case: Case, consent: Consent, epoch: int, executor: str, expires_at: datetime, nonce: str
) -> bytes:
    """The text that both authorisers sign."""
    return one_form(
        {
            "case": case.case_id,
            "consent_count": consent.items_count,
            "consent_evidence_sha256": consent.evidence_sha256,
            "consent_revision": consent.revision,
            "epoch": epoch,
            "executor": executor,
            "expires_at": instant(expires_at),
            "items_count": case.items_count,
            "items_root": case.items_root,
            "nonce": nonce,
            "statement": AUTHORISATION,
        }
    )


def examination(case: Case, results_root: str, at: datetime, checks: Mapping[str, Any]) -> bytes:
    """The text that whoever verified signs; `results_root` is the root over the lines with their results."""
    return one_form(
        {
            "at": instant(at),
            "case": case.case_id,
            "checks": dict(sorted(checks.items())),
            "items_root": case.items_root,
            "results_root": results_root,
            "statement": EXAMINATION,
        }
    )


def instant(at: datetime) -> str:
    """An instant as it is signed: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
