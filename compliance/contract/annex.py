"""The standards of handling personal information that a contract lists (別表): `[annex]` of `words.toml`.

A standard is a number and a title of the contract's; `proof` names what of our registers speaks for or against it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from compliance.contract.section import Section


class ProvedBy(StrEnum):
    """What the registers are asked of a standard."""

    POLICIES = "policies"
    """A policy and rules that have not run out."""
    OFFICERS = "officers"
    """Both officers are there."""
    STAFF = "staff"
    """Whoever works here is trained and has pledged."""
    AREAS = "areas"
    """Areas are in force, and who entered them is written down."""
    DEVICES = "devices"
    """Devices are encrypted, and the log of access was looked at."""
    EMERGENCY = "emergency"
    """A plan for emergencies has not run out."""
    TAKEOUTS = "takeouts"
    """Nothing that was taken out is past its day."""
    AUDITS = "audits"
    """Somebody else looked within the year."""
    REPORT = "report"
    """The paper itself."""
    CERTIFICATION = "certification"
    """A certificate has not run out."""
    NOTHING = ""
    """No register is about it."""


class Standard(Section):
    """One standard, as the paper prints it."""

    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z.()-]{1,16}$")]
    title: str = Field(min_length=1)
    proof: ProvedBy = ProvedBy.NOTHING


class Annex(Section):
    """The standards under their title; without any, papers and registers know none."""

    title: str = ""
    standards: tuple[Standard, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        numbers = [one.number for one in self.standards]
        if repeated := sorted({one for one in numbers if numbers.count(one) > 1}):
            raise ValueError(f"standards has {', '.join(repeated)} more than once: keep it once")
        return self

    @property
    def titles(self) -> dict[str, str]:
        """The standards' titles by number, in the contract's order."""
        return {one.number: one.title for one in self.standards}
