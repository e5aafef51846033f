"""What a page of the record hands in."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from desk.services import value_of
from tests.desk.conftest import CALLS

CALL = value_of(CALLS[0])


def fields(**changes: Any) -> dict[str, Any]:
    known = {
        "key": str(uuid4()), "call": CALL, "subject": "survey/how", "voice": "question", "handling": "guided",
    }  # fmt: skip
    return {**known, **changes}
