"""Every kind of paper that the product can make; which of them a centre owes is the contract's to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reporting.complaints.kind import COMPLAINTS
from reporting.completion.kind import COMPLETION
from reporting.cover.kind import COVER
from reporting.erasure.kind import APPLICATIONS, CERTIFICATES, RETURNS
from reporting.paper.filing_kind import FILINGS
from reporting.paper.kind import PaperKind
from reporting.paper.people_kind import PEOPLE_PAPERS
from reporting.personal_information.kind import PERSONAL_INFORMATION
from reporting.voices.kind import VOICES
from reporting.weekly.kind import WEEKLY

KINDS: Mapping[str, PaperKind[Any]] = {
    kind.kind: kind
    for kind in (
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
    )
}


def goes_into_forms(kind: str) -> bool:
    """Whether papers of a kind can be written into a form of the city's: those that consist of tables."""
    from reporting.paper.tables import TablePaper

    return kind in KINDS and KINDS[kind].value() is TablePaper
