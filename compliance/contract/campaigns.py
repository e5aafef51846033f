"""Calls that the centre makes as its work (a payment reminder, say): what a campaign is called, and how an attempt may end."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from compliance.contract.codes import PartOfName
from compliance.contract.section import Section


class CampaignResult(Section):
    """How an attempt ended. `reached`: somebody was spoken to whom the case is about; `promised`: and they agreed to what was asked."""

    code: PartOfName
    label: str = Field(min_length=1)
    reached: bool = False
    promised: bool = False

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.promised and not self.reached:
            raise ValueError(f"{self.code} is promised and not reached: write reached = true")
        return self


class Campaign(Section):
    """One campaign. Its cases are known by a number of the client's, never by one of a telephone."""

    code: PartOfName
    label: str = Field(min_length=1)
    results: tuple[CampaignResult, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _without_repeats(self) -> Self:
        codes = [one.code for one in self.results]
        if repeated := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"{self.code}.results names {', '.join(repeated)} more than once: keep it once")  # fmt: skip
        return self
