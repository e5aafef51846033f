"""Which entries of a register wait for somebody. Pure over what the register says of itself (`Register.ending`)."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.registers.description import Register
from compliance.registers.entries import KeptEntry


def waiting(register: Register, kept: Sequence[KeptEntry]) -> list[KeptEntry]:
    """Those of all entries in force that wait for somebody, in their order."""
    ending = register.ending
    if ending is None:
        return []
    return [one for one in kept if ending.is_open(one.values) and not is_put_right(one, kept)]


def is_put_right(entry: KeptEntry, kept: Sequence[KeptEntry]) -> bool:
    """Whether a later look at the same section of 別紙1 found it met; nothing but a look at a section has one."""
    return bool(entry.get("section")) and any(
        later.get("section") == entry.get("section")
        and later.get("on") > entry.get("on")
        and later.get("result") == "met"
        for later in kept
    )
