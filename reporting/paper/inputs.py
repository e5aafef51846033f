"""What a paper was last judged from, in four parts: facts of its own days, facts of earlier ones, the contract's terms, and the
programme that counts.

Facts ask for another edition by themselves: rows that landed late, records that were corrected, a definition in force on the
period's days. The contract's other terms (hours, lines, parties, staff, an extension) and the programme change all papers at
once; so they ask for none, and a paper that somebody makes again under them says that as its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reporting.paper.kind import Correction

_MARK = "3:"
"""How a written one begins; earlier versions wrote other parts."""
_OWN, _EARLIER, _TERMS = 16, 14, 16
TERMS_MOVED = "契約の設定（contract.toml）の変更による"
PROGRAMME_MOVED = "集計プログラムの更新による"
BOTH_MOVED = "契約の設定（contract.toml）の変更又は集計プログラムの更新による"


@dataclass(frozen=True, slots=True)
class Inputs:
    """SHA-256 in hex of each part; what is kept of them fits into 64 characters. `earlier` stands for the days before the period
    of a paper that prints something of them."""

    facts: str
    earlier: str
    terms: str
    programme: str

    def written(self) -> str:
        """As the register keeps them."""
        return f"{_MARK}{self.facts[:_OWN]}{self.earlier[:_EARLIER]}{self.terms[:_TERMS]}{self.programme[:_TERMS]}"

    @staticmethod
    def read(text: str) -> Inputs | None:
        """What `written` gave; null where another version wrote it, or nobody did."""
        if not text.startswith(_MARK):
            return None
        rest, parts = text.removeprefix(_MARK), []
        for length in (_OWN, _EARLIER, _TERMS, _TERMS):
            parts.append(rest[:length])
            rest = rest[length:]
        return Inputs(*parts)

    def asks_again(self, judged: str) -> bool:
        """Whether a paper that was judged from those inputs must be looked at: its facts are others, or not known."""
        before, now = Inputs.read(judged), Inputs.read(self.written())
        return (
            before is None
            or now is None
            or (before.facts, before.earlier) != (now.facts, now.earlier)
        )


def under_the_terms_of(judged: str, present: str) -> str | None:
    """The present facts under the terms and the programme of the earlier judgement, where only earlier days' facts moved and the
    terms or the programme did too: a paper that prints the same of earlier days was moved by these alone, and stays as it is. Else
    null."""
    before, now = Inputs.read(judged), Inputs.read(present)
    if before is None or now is None or before.facts != now.facts or before.earlier == now.earlier:
        return None
    if (before.terms, before.programme) == (now.terms, now.programme):
        return None
    return replace(now, terms=before.terms, programme=before.programme).written()


def reasoned(
    corrections: Sequence[Correction], judged: str, present: str
) -> tuple[Correction, ...]:
    """The corrections with the reason that is true of them. Where no fact moved the kind's own reasons, which tell one fact
    from another, are none; where facts and terms did, both are told."""
    before, now = Inputs.read(judged), Inputs.read(present)
    if before is None or now is None:
        return tuple(corrections)
    moved = before.terms != now.terms, before.programme != now.programme
    told = {
        (True, False): TERMS_MOVED,
        (False, True): PROGRAMME_MOVED,
        (True, True): BOTH_MOVED,
    }.get(moved)
    if told is None:
        return tuple(corrections)
    if (before.facts, before.earlier) == (now.facts, now.earlier):
        return tuple(replace(one, reason=told) for one in corrections)
    beside = told.removesuffix("による")
    return tuple(
        one if one.reason == told else replace(one, reason=f"{one.reason}（{beside}を含む）")
        for one in corrections
    )
