"""The clauses and words of one contract that papers print: `words.toml`.

A paper asks by a name of ours; what stands there is the contract's. Blank prints nothing.
"""

from __future__ import annotations

from pydantic import Field

from compliance.contract.section import Section


class ContractWords(Section):
    """`[clauses]` and `[words]` by the names that papers ask for."""

    clauses: dict[str, str] = Field(default_factory=dict)
    words: dict[str, str] = Field(default_factory=dict)

    def clause(self, name: str) -> str:
        """The clause as printed; blank where the contract has none."""
        return self.clauses.get(name, "")

    def cited(self, name: str) -> str:
        """The clause in brackets, to follow a title; blank where the contract has none."""
        clause = self.clause(name)
        return f"（{clause}）" if clause else ""

    def word(self, name: str) -> str:
        """The word as printed; blank where the contract has none."""
        return self.words.get(name, "")
