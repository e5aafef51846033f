"""A dataset of landing, described once: what its rows are, when they happened, what is asked of them.

Landing folders, quality suites, the warehouse's days, Dagster's assets and the papers read these
descriptions; nobody keeps a second list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Content(StrEnum):
    """What a column holds; nothing else may land (別紙1-5(6))."""

    ID = "id"
    """An id or code of the exchange's own, a digest, a keyed code of a line or file."""
    TIME = "time"
    PSEUDONYM = "pseudonym"
    """A citizen's number as its keyed pseudonym."""
    NAME = "name"
    """A name that a person chose: itself where its shape is harmless, else its keyed code."""
    FACT = "fact"
    """A count, a length, a word of a closed list."""


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

    `columns` says of each landing column what it holds; `time_column` says when a row happened; `derived` are SQL
    expressions that questions need beside the columns; `place` are the columns that no two rows may share.
    """

    name: str
    title_ja: str
    grain_ja: str
    columns: Mapping[str, Content]
    time_column: str
    questions: tuple[Question, ...]
    derived: Mapping[str, str] = field(default_factory=dict)
    place: tuple[str, ...] = ("source_id", "byte_offset")


LINEAGE: Mapping[str, Content] = {
    "source_id": Content.ID,
    "source_name": Content.NAME,
    "byte_offset": Content.FACT,
    "line_no": Content.FACT,
    "row_key": Content.ID,
    "landed_at": Content.TIME,
}
"""The columns that every landed row begins with: where it stood, and when it was taken in."""


def columns(**named: str) -> Mapping[str, Content]:
    """Columns by what they hold, each kind as a line of names: `columns(time="start_at answer_at")`."""
    return {name: Content(content) for content, names in named.items() for name in names.split()}
