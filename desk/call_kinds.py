"""What may be asked of a day's calls: the kinds by which `/calls` lists them, and the way to a list from a figure that counts it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

UNRECORDED, ALL = "unrecorded", "all"


@dataclass(frozen=True, slots=True)
class CallKind:
    """Calls of some outcomes or of a direction, as their classes are named; of all, where `of` is blank. `title` is what pages call
    them; `is_unrecorded`: only those that nobody wrote down."""

    title: str
    of: frozenset[str] = frozenset()
    is_unrecorded: bool = False

    def holds(self, outcome: str, direction: str, records: int) -> bool:
        """Whether a call is one of them."""
        if self.is_unrecorded and records:
            return False
        return not self.of or not self.of.isdisjoint((outcome, direction))


CALL_KINDS: Mapping[str, CallKind] = {
    UNRECORDED: CallKind("記録のない応答", frozenset({"answered"}), is_unrecorded=True),
    "answered": CallKind("応答", frozenset({"answered"})),
    "abandoned": CallKind("放棄", frozenset({"abandoned", "abandoned_in_menu"})),
    "overflow": CallKind("あふれ", frozenset({"overflow"})),
    "message": CallKind("預かり", frozenset({"message"})),
    "inbound": CallKind("着信", frozenset({"inbound"})),
    ALL: CallKind("すべて"),
}
"""By code. Those named as a figure of the morning hold the calls that it counts (`reports.rpt_daily_kpi`)."""


def calls_path(day: date | None, kind: str) -> str:
    """Where a day's calls of a kind are listed; of the last one counted where there is no day."""
    return f"/calls?on={day.isoformat()}&which={kind}" if day else f"/calls?which={kind}"
