"""The shape of a certificate: its members and what each holds. What lacks one, or holds something else, is no certificate.

`verify.html` has the same table, word for word: what one reader cannot read the other must not pass over. Members that are
not named here may stand beside these.
"""

from __future__ import annotations

import json
from typing import Any

from compliance.errors import LogDamaged

TEXT, NUMBER, ANY = "text", "number", "any"
"""A string; a whole number from 0 to 2^53 - 1, which every reader of JSON holds exactly; an object with any members."""
OPTIONAL_NUMBER = "number?"
"""A member that may be absent; where it is there, it is a `NUMBER`, and neither null nor anything else."""

_KEYS = [{"pem": TEXT, "signature": TEXT}]
_SIGNER = {"fingerprint": TEXT, "key": TEXT, "enrolled_at": TEXT, "page": TEXT, "signature": TEXT}
_COUNTED = {"done": NUMBER, "caution": NUMBER, "not_done": NUMBER, "held": NUMBER}
CERTIFICATE: dict[str, Any] = {
    "format": TEXT,
    "number": TEXT,
    "title": TEXT,
    "issued_at": TEXT,
    "work": TEXT,
    "client": TEXT,
    "contractor": TEXT,
    "previous": TEXT,
    "application": {
        "number": TEXT,
        "applied_on": TEXT,
        "applicant": TEXT,
        "items_count": NUMBER,
        "items_root": TEXT,
        "document_sha256": TEXT,
    },
    "consent": {
        "dated_on": TEXT,
        "consented_by": TEXT,
        "items_count": NUMBER,
        "evidence_sha256": TEXT,
        "revision": OPTIONAL_NUMBER,
    },
    "authorisation": {
        "statement": TEXT,
        "signatures": [{"staff_id": TEXT, **_SIGNER}],
    },
    "executed": {
        "begun_at": TEXT,
        "ended_at": TEXT,
        "executor": TEXT,
        "witness": TEXT,
        "order": {**_SIGNER, "signed_at": TEXT, "statement": TEXT},
    },
    "items": {
        "count": NUMBER,
        "bytes": NUMBER,
        "first_day": TEXT,
        "last_day": TEXT,
        "root": TEXT,
        "hints": TEXT,
        "results": _COUNTED,
    },
    "method": {"class": TEXT, "title": TEXT, "epoch_destroyed": NUMBER},
    "exported_items": NUMBER,
    "exchange": {"left": NUMBER, "looked": NUMBER, "removed": NUMBER, "unseen": NUMBER},
    "verified": {
        "at": TEXT,
        "verifier": TEXT,
        **_SIGNER,
        "statement": TEXT,
        "checks": ANY,
    },
    "limits": TEXT,
    "log": {
        "before": TEXT,
        "after": TEXT,
        "consistency": [TEXT],
        "entries": [{"entry": TEXT, "index": NUMBER, "path": [TEXT]}],
        "keys": _KEYS,
    },
    "keys": _KEYS,
    "documents": {"items_sha256": TEXT, "pdf_sha256": TEXT},
}
AUTHORISATION: dict[str, Any] = {
    "case": TEXT,
    "consent_count": NUMBER,
    "consent_evidence_sha256": TEXT,
    "consent_revision": NUMBER,
    "epoch": NUMBER,
    "executor": TEXT,
    "items_count": NUMBER,
    "items_root": TEXT,
    "nonce": TEXT,
    "statement": TEXT,
}
ORDER: dict[str, Any] = {
    "act": TEXT,
    "authorisation": TEXT,
    "by": TEXT,
    "epoch": NUMBER,
    "items_root": TEXT,
    "object": TEXT,
    "statement": TEXT,
    "witness": TEXT,
}
EXAMINATION: dict[str, Any] = {
    "case": TEXT,
    "checks": ANY,
    "items_root": TEXT,
    "results_root": TEXT,
    "statement": TEXT,
}
ENTRY: dict[str, Any] = {"action": TEXT, "object_id": TEXT, "result": TEXT}
SHAPES = {
    "certificate": CERTIFICATE,
    "authorisation": AUTHORISATION,
    "order": ORDER,
    "examination": EXAMINATION,
    "entry": ENTRY,
}
"""As they stand in `verify.html`."""
_LARGEST = 2**53 - 1


def read_json(text: str) -> Any:
    """A value as a browser reads it too: 5.0 is 5, and what JSON does not know is refused.

    Raises:
        ValueError: it is no JSON.
    """
    return json.loads(text, parse_float=_whole, parse_constant=_none)


def read_shaped(text: str, shape: dict[str, Any]) -> dict[str, Any]:
    """An object within a certificate, in its shape.

    Raises:
        LogDamaged: it is none; the message is the place.
    """
    try:
        found = read_json(text)
    except ValueError as error:
        raise LogDamaged("JSON") from error
    if (place := misfit(found, shape)) is not None:
        raise LogDamaged(place)
    return dict(found)


def misfit(value: Any, shape: Any, place: str = "") -> str | None:
    """The first place, in the shape's order, where a value is not of a shape; null where it is."""
    if shape == TEXT:
        return None if isinstance(value, str) else place
    if shape in (NUMBER, OPTIONAL_NUMBER):
        return None if type(value) is int and 0 <= value <= _LARGEST else place
    if isinstance(shape, list):
        if not isinstance(value, list):
            return place
        found = (misfit(one, shape[0], f"{place}[{at}]") for at, one in enumerate(value))
        return next((one for one in found if one is not None), None)
    if not isinstance(value, dict):
        return place
    if shape == ANY:
        return None
    for name, inner in shape.items():
        at = f"{place}.{name}" if place else name
        if name in value:
            wrong = misfit(value[name], inner, at)
        else:
            wrong = None if inner == OPTIONAL_NUMBER else at
        if wrong is not None:
            return wrong
    return None


def _whole(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


def _none(text: str) -> Any:
    raise ValueError(text)
