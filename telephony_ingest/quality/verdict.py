"""What was asked of landed rows, and the answers."""

from __future__ import annotations

from dataclasses import dataclass

from telephony_ingest.landing.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer. `rows_failed` counts the rows that do not meet it."""

    name: str
    title_ja: str
    is_met: bool
    rows_checked: int
    rows_failed: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was asked of the rows of one dataset."""

    dataset: Dataset
    rows: int
    checks: tuple[Check, ...]

    @property
    def kind(self) -> str:
        """The dataset's name."""
        return self.dataset.name

    @property
    def is_met(self) -> bool:
        """Whether every question was answered well."""
        return all(check.is_met for check in self.checks)
