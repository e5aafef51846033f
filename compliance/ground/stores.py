"""What a place on disk or a table holds of citizens, and how long: the words of the inventory (別紙2-10).

Whoever writes a place describes it: a room lists its files as `STORES`, a table of the operations database
carries its `Kept` with it (`operations.table`). `compliance.inventory` assembles them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Holds(StrEnum):
    """What a store holds of citizens."""

    NOTHING = "nothing"
    PSEUDONYM = "pseudonym"
    """Keyed pseudonyms and times of calls; nobody is named without the key."""
    CALL_FACTS = "call_facts"
    """That a call took place, when and how long; no pseudonym."""
    RECORDING = "recording"
    """A citizen's voice, sealed."""
    STAFF = "staff"
    """Who works here: staff ids, dates, roles; names sealed under a key outside the home."""


NO_KEY = "none"
PSEUDONYM_KEY = "the pseudonym key, wrapped under the epoch (secrets outside the home)"
CONTRACT_END = "to the end of the contract"
A_YEAR_AFTER = "at least a year after the contract"
REBUILT = "replaced whenever it is derived again"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a table holds and how long its rows are kept; columns hold no number, name or free text
    unless it says so."""

    title: str
    holds: Holds = Holds.NOTHING
    retention: str = A_YEAR_AFTER


@dataclass(frozen=True, slots=True)
class Store:
    """One kind of thing on disk. `pattern` is a path below the home (`*` crosses folders); `columns`
    are all that a table may have, null where the store is no table."""

    pattern: str
    title: str
    holds: Holds
    owner: str
    key: str
    retention: str
    eraser: str
    verifier: str
    columns: frozenset[str] | None = None


def derived(pattern: str, title: str, owner: str, holds: Holds = Holds.NOTHING) -> Store:
    """A store that is made again from others, and may be deleted at any time."""
    return Store(
        pattern=pattern,
        title=title,
        holds=holds,
        owner=owner,
        key=PSEUDONYM_KEY if holds is Holds.PSEUDONYM else NO_KEY,
        retention=REBUILT,
        eraser="delete it",
        verifier="its absence",
    )
