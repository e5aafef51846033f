"""The clauses of one contract that papers print: `words.toml`.

A paper asks by a name of ours; what stands there is the contract's. Blank prints nothing.
"""

from __future__ import annotations

import tomllib
from functools import cache

from compliance.contract.folder import SHIPPED, WORDS
from compliance.contract.section import Section


class Clauses(Section):
    """What papers cite, by our names; any other name is refused."""

    answering: str = ""
    records: str = ""
    recordings: str = ""
    messages: str = ""
    complaints: str = ""
    manager_change: str = ""
    staff_change: str = ""
    pledges: str = ""
    staff_list: str = ""
    reserve: str = ""


class ContractWords(Section):
    """`words.toml`."""

    clauses: Clauses = Clauses()

    def clause(self, name: str) -> str:
        """The clause as printed; blank where the contract has none."""
        return str(getattr(self.clauses, name))

    def told(self) -> tuple[tuple[str, str], ...]:
        """Every clause that is not blank, by name, in the order of `Clauses`."""
        return tuple((name, text) for name, text in self.clauses if text)


def cited(clause: str) -> str:
    """A clause in brackets, to follow what it is about; blank where there is none."""
    return f"（{clause}）" if clause else ""


@cache
def shipped_words() -> ContractWords:
    """The words of the contract as shipped."""
    return ContractWords.model_validate(tomllib.loads((SHIPPED / WORDS).read_text("utf-8")))
