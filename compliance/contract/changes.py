"""Changes of a running contract (変更契約): what parties or capacity are from a day on; a paper prints the terms of its own period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import Field

from compliance.contract.section import Section


class PartiesChange(Section):
    """What is new of the parties; what is left out stays."""

    client: str | None = Field(default=None, min_length=1)
    client_section: str | None = Field(default=None, min_length=1)
    contractor_name: str | None = None
    contractor_address: str | None = None
    contractor_representative: str | None = None
    manager_name: str | None = None
    contact_telephone: str | None = None


class CapacityChange(Section):
    """What is new of lines, seats and plan; what is left out stays."""

    lines: int | None = Field(default=None, ge=1)
    operators: int | None = Field(default=None, ge=1)
    supervisors: int | None = Field(default=None, ge=0)
    managers: int | None = Field(default=None, ge=0)
    planned_calls_per_day: int | None = Field(default=None, ge=0)
    planned_handling_minutes: int | None = Field(default=None, ge=0)
    planned_calls_per_hour: float | None = Field(default=None, ge=0)


class ContractChange(Section):
    """One change of the contract, in force from a day on."""

    valid_from: date
    parties: PartiesChange = PartiesChange()
    capacity: CapacityChange = CapacityChange()


def changed_on(changes: Sequence[ContractChange], day: date, part: str) -> Mapping[str, Any]:
    """The values of `parties` or `capacity` that are new on a day; a later change goes before an earlier one. Pure."""
    found: dict[str, Any] = {}
    for one in sorted((c for c in changes if c.valid_from <= day), key=lambda c: c.valid_from):
        found |= getattr(one, part).model_dump(exclude_none=True)
    return found
