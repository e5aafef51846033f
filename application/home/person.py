"""The names under which a run says who asked for it at a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

PERSON_TAG = "madoguchi/person"
PROOF_TAG = "madoguchi/proof"


class AtPage(Protocol):
    """Somebody who has shown who they are."""

    @property
    def staff_id(self) -> str: ...

    @property
    def session(self) -> str: ...


def tags_of(visitor: AtPage | None) -> Mapping[str, str]:
    """What a run says of whoever asked for it at a page."""
    return {
        PERSON_TAG: visitor.staff_id if visitor else "",
        PROOF_TAG: visitor.session if visitor else "",
    }
