"""Targets that the client set for a figure (応答率90％以上): kept apart from how the figure is defined, since they move apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator

from compliance.contract.section import Section

JUDGED = ("answer_rate", "abandon_rate", "overflow_rate", "service_level")
"""The definitions that are shares of counts, which a target may be set for."""


class Target(Section):
    """What a share shall be, in percent, from a day on: of one service, or of all where `service` is blank."""

    definition: Literal["answer_rate", "abandon_rate", "overflow_rate", "service_level"]
    at_least: float | None = Field(default=None, ge=0, le=100)
    at_most: float | None = Field(default=None, ge=0, le=100)
    service: str = ""
    valid_from: date | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("says at_least and at_most, or none of them: write one")
        return self

    @property
    def bound(self) -> float:
        """The share that is judged against, in percent."""
        return float(self.at_least if self.at_least is not None else self.at_most or 0)

    @property
    def is_least(self) -> bool:
        """Whether the bound is the least that is wanted, else the most."""
        return self.at_least is not None

    def is_met(self, numerator: int, denominator: int) -> bool | None:
        """Whether counts meet it, exactly, not as rounded for paper; null where there is nothing to judge."""
        if not denominator:
            return None
        left, right = Fraction(numerator * 100, denominator), Fraction(str(self.bound))
        return left >= right if self.is_least else left <= right


def targets_in_force(targets: Sequence[Target], day: date) -> tuple[Target, ...]:
    """Of each definition and service the target that holds on a day, in the order of the contract. Pure."""
    valid = [one for one in targets if one.valid_from is None or one.valid_from <= day]
    latest: dict[tuple[str, str], Target] = {}
    for one in valid:
        known = latest.get((one.definition, one.service))
        if known is None or (known.valid_from or date.min) <= (one.valid_from or date.min):
            latest[one.definition, one.service] = one
    return tuple(one for one in valid if latest[one.definition, one.service] is one)
