"""Every kind of paper that the product can make; which of them a centre owes is the contract's to say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reporting.complaints.kind import COMPLAINTS
from reporting.completion.kind import COMPLETION
from reporting.cover.kind import COVER
from reporting.erasure.kind import APPLICATIONS, CERTIFICATES, RETURNS
from reporting.figures.kind import FIGURES, figures_kind
from reporting.paper.filing_kind import FILINGS
from reporting.paper.kind import PaperKind
from reporting.paper.people_kind import PEOPLE_PAPERS
from reporting.personal_information.kind import PERSONAL_INFORMATION
from reporting.voices.kind import VOICES
from reporting.weekly.kind import WEEKLY


class PaperKinds(Mapping[str, "PaperKind[Any]"]):
    """Kinds by name. Of a kind that a contract may owe several times, each bears a name of its own after a dot; only the kinds
    themselves are gone through."""

    def __init__(self, kinds: Mapping[str, PaperKind[Any]]) -> None:
        self.known = dict(kinds)

    def __getitem__(self, name: str) -> PaperKind[Any]:
        base, _, own = name.partition(".")
        kind = self.known[base]
        if not own:
            return kind
        if base not in FIGURES or not _OWN_NAME.fullmatch(own):
            raise KeyError(name)
        return figures_kind(kind.unit, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


_OWN_NAME = re.compile(r"[a-z][a-z0-9_]{0,15}")
"""No `-`, unlike a contract's codes: it is part of an asset's name, which Dagster builds of letters, digits and `_` alone. At most 16 letters: a
register holds 32 for the whole name."""
_ALL: tuple[PaperKind[Any], ...] = (
    WEEKLY,
    VOICES,
    COMPLAINTS,
    COMPLETION,
    PERSONAL_INFORMATION,
    COVER,
    FILINGS,
    PEOPLE_PAPERS,
    APPLICATIONS,
    CERTIFICATES,
    RETURNS,
    *FIGURES.values(),
)
KINDS = PaperKinds({kind.kind: kind for kind in _ALL})


def goes_into_forms(kind: str) -> bool:
    """Whether papers of a kind can be written into a form of the city's: those that consist of tables."""
    from reporting.paper.tables import TablePaper

    return kind in KINDS and KINDS[kind].value() is TablePaper
