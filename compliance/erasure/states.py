"""How far an erasure is, and how it ended for one item. Nothing else moves a case on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from compliance.errors import TransitionRefused


class CaseState(StrEnum):
    """How far a case is (別紙2-13)."""

    APPLIED = "applied"
    """申請: the five items stand, the city has the paper."""
    CONSENTED = "consented"
    """承諾: the city's consent is recorded; two people authorise meanwhile."""
    EXECUTING = "executing"
    """実施: begun, and to be finished whatever happens."""
    EXECUTED = "executed"
    """The keys and files are gone; another person has not looked yet."""
    VERIFIED = "verified"
    """検証: another person looked; the certificate is not made yet."""
    CERTIFIED = "certified"
    """報告・証明: the certificate is made."""
    WITHDRAWN = "withdrawn"
    """取下げ: nothing was erased."""

    @property
    def title_ja(self) -> str:
        """What papers and screens call it."""
        return _TITLES[self]


_TITLES = {
    CaseState.APPLIED: "申請済み",
    CaseState.CONSENTED: "承諾済み",
    CaseState.EXECUTING: "実施中",
    CaseState.EXECUTED: "実施済み（検証待ち）",
    CaseState.VERIFIED: "検証済み（証明書待ち）",
    CaseState.CERTIFIED: "証明書発行済み",
    CaseState.WITHDRAWN: "取下げ",
}

FOLLOWS: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.APPLIED: frozenset({CaseState.CONSENTED, CaseState.WITHDRAWN}),
    CaseState.CONSENTED: frozenset({CaseState.EXECUTING, CaseState.WITHDRAWN}),
    CaseState.EXECUTING: frozenset({CaseState.EXECUTED}),
    CaseState.EXECUTED: frozenset({CaseState.VERIFIED}),
    CaseState.VERIFIED: frozenset({CaseState.CERTIFIED}),
    CaseState.CERTIFIED: frozenset(),
    CaseState.WITHDRAWN: frozenset(),
}
"""The legal transitions."""


class ItemResult(StrEnum):
    """How it ended for one item. Numbers of consent = DONE + CAUTION + NOT_DONE + HELD."""

    PENDING = "pending"
    DONE = "done"
    """完了: no key and no copy is left that we know of."""
    CAUTION = "caution"
    """注意付完了: the key is gone here, but a copy of something could not be reached; a task says which."""
    NOT_DONE = "not_done"
    """未了: it was not erased."""
    HELD = "held"
    """保留: somebody holds it; it was left out of the batch."""

    @property
    def is_erased(self) -> bool:
        """Whether its key is gone."""
        return self in (ItemResult.DONE, ItemResult.CAUTION)

    @property
    def title_ja(self) -> str:
        """What the certificate calls it."""
        return {
            ItemResult.PENDING: "未実施",
            ItemResult.DONE: "完了",
            ItemResult.CAUTION: "注意付完了",
            ItemResult.NOT_DONE: "未了",
            ItemResult.HELD: "保留",
        }[self]


def follow(present: CaseState, following: CaseState, case_id: str) -> None:
    """Let a case go on.

    Raises:
        TransitionRefused: it may not go there from where it is.
    """
    if following not in FOLLOWS[present]:
        raise TransitionRefused(
            f"{case_id}は「{present.title_ja}」です。「{following.title_ja}」へは進めません。"
        )
