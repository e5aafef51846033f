"""When a paper is due after its period: a rule of some words, or one spelled out (`due = { after = "month", day = 10 }`).

Working days are the client's.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from compliance.contract.section import Section


class Unit(StrEnum):
    """By what a paper's periods go. Years and quarters are those of the fiscal year from April; `end` is the whole contract."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    END = "end"


class DueTerms(Section):
    """The `working_day`th working day after a period's end, or the `day`th of the month after it (its last day where the month is
    shorter); one that is no working day goes to the `next` or the `previous` one."""

    after: Unit
    working_day: int | None = Field(default=None, ge=1, le=60)
    day: int | None = Field(default=None, ge=1, le=31)
    on_holiday: Literal["next", "previous"] = "next"

    @property
    def unit(self) -> Unit:
        """By what its periods go."""
        return self.after

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.working_day is None) == (self.day is None):
            raise ValueError("says working_day and day, or none of them: write one")
        if self.day is not None and self.after in (Unit.DAY, Unit.WEEK):
            raise ValueError(
                f"day = {self.day} after a {self.after} is of no month: write working_day"
            )
        return self


class DueRule(StrEnum):
    """The rules that go by a word (6(3)エオ, 9): what `[[deliverables]] due` may name."""

    NEXT_BUSINESS_DAY = "next_business_day"
    FIRST_BUSINESS_DAY_OF_NEXT_WEEK = "first_business_day_of_next_week"
    FIRST_BUSINESS_DAY_OF_NEXT_MONTH = "first_business_day_of_next_month"

    @property
    def unit(self) -> Unit:
        """By what its periods go."""
        match self:
            case DueRule.NEXT_BUSINESS_DAY:
                return Unit.DAY
            case DueRule.FIRST_BUSINESS_DAY_OF_NEXT_WEEK:
                return Unit.WEEK
            case DueRule.FIRST_BUSINESS_DAY_OF_NEXT_MONTH:
                return Unit.MONTH


def terms_of(due: DueRule | DueTerms) -> DueTerms:
    """A rule spelled out."""
    return due if isinstance(due, DueTerms) else DueTerms(after=due.unit, working_day=1)
