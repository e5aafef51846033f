"""The second proof: a code of six digits that changes every half minute (RFC 6238 over RFC 4226, SHA-1).

The step before and the step after count too, since clocks drift; a step that was used counts no more.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

STEP_SECONDS, DIGITS, SECRET_BYTES = 30, 6, 20
_DRIFT = 1


def new_secret() -> bytes:
    """A secret of the length that RFC 4226, 4 recommends."""
    return secrets.token_bytes(SECRET_BYTES)


def step_of(at: datetime) -> int:
    """The step of an aware instant."""
    return int(at.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    place = digest[-1] & 0x0F
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def step_shown(secret: bytes, code: str, now: datetime, used: frozenset[int]) -> int | None:
    """The step whose code this is and that was not used yet, or null; the same work whatever is wrong."""
    shown = code.strip().encode("utf-8", "surrogatepass")
    found: int | None = None
    present = step_of(now)
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        is_it = hmac.compare_digest(code_at(secret, step).encode("ascii"), shown)
        if is_it and step not in used:
            found = step
    return found
