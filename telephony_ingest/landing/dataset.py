"""A dataset of landing, described once: what its rows are, when they happened, what is asked of them.

Landing folders, quality suites, the warehouse's days, Dagster's assets and the papers read these
descriptions; nobody keeps a second list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Asked(StrEnum):
    """What a question asks of its column."""

    IS_THERE = "is_there"
    IS_KNOWN = "is_known"
    IS_PLAUSIBLE = "is_plausible"
    IS_SHAPED = "is_shaped"


@dataclass(frozen=True, slots=True)
class Question:
    """One question to every row of a dataset.

    `column` is a column, or a name of `Dataset.derived`; `values` are those that are known, `pattern`
    a regular expression that the whole text meets, `low` and `high` bounds that count as plausible.
    A null meets every question but `is_there`.
    """

    asked: Asked
    column: str
    title_ja: str
    values: tuple[str, ...] = ()
    pattern: str = ""
    low: float | None = None
    high: float | None = None
    named: str = ""

    @property
    def name(self) -> str:
        """What results call it."""
        return self.named or f"{self.column}_{self.asked}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of landed rows.

    `time_column` says when a row happened; `derived` are SQL expressions that questions need beside the
    columns.
    """

    name: str
    title_ja: str
    grain_ja: str
    time_column: str
    questions: tuple[Question, ...]
    derived: Mapping[str, str] = field(default_factory=dict)
