"""週次集計結果別紙（市民の声） as one value; words stand blank until the paper is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from reporting.paper.head import Head, Titles, shipped_titles
from reporting.paper.kind import Confirmation, Correction

REFERRED = ("weekly", "complaints")
"""Kinds of papers that this one refers to."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One record's words. `received_at` is civil time in Japan; `recordings` is null for what is no message or whose
    call is not known yet."""

    receipt_number: str
    inquiry_id: str
    revision: int
    received_at: datetime
    subject: str
    voice: str
    stance: str
    handling: str
    is_complaint: bool
    recordings: int | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class CityWords:
    """What the city was told and answered about a record."""

    entry_id: str
    revision: int
    inquiry_id: str
    told_at: datetime
    manner: str
    told_by: str
    receipt_number: str = ""
    subject: str = ""
    reached: str = ""
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class VoicesReport:
    """Everything that the paper of one week prints, but the words and the time of printing."""

    head: Head
    number: int
    first_day: date
    last_day: date
    due_date: date
    messages: tuple[Voice, ...]
    opinions: tuple[Voice, ...]
    reports: tuple[CityWords, ...]
    edition: int = 1
    corrections: tuple[Correction, ...] = ()
    checkpoint: str | None = None
    confirmation: Confirmation | None = None
    titles: Titles = field(default_factory=lambda: shipped_titles(*REFERRED))
    """Of the papers `REFERRED` to, by kind."""

    def as_edition(self, edition: int, corrections: Sequence[Correction]) -> VoicesReport:
        """The same data as that edition, with what it corrects in the one before."""
        return replace(self, edition=edition, corrections=tuple(corrections))
