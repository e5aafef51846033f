"""A `WeeklyReport` as JSON, and the digest by which its editions are told apart.

The stored text is what a later edition is compared with. The digest leaves out the edition itself, its
corrections and the audit checkpoint: printing the same data again makes no new edition.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from reporting.errors import ReportUnreadable
from reporting.weekly.value import WeeklyReport

_ADAPTER = TypeAdapter(WeeklyReport)


def to_json(report: WeeklyReport) -> str:
    """The report as JSON text, its fields in order."""
    return _ADAPTER.dump_json(report).decode()


def from_json(text: str) -> WeeklyReport:
    """A report that `to_json` wrote.

    Raises:
        ReportUnreadable: the text is not one.
    """
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise ReportUnreadable(
            f"A stored report cannot be read ({error.error_count()} fields do not fit): it was written by "
            "another version of the programme. Restore that version, or re-issue the paper by hand."
        ) from None


def data_digest(report: WeeklyReport) -> str:
    """SHA-256 in hex over everything that decides about a new edition."""
    bare = replace(report, edition=1, corrections=(), checkpoint=None)
    return hashlib.sha256(to_json(bare).encode()).hexdigest()
