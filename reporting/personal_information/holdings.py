"""What was held at the beginning and at the end of a month, and what came and went, counted from the audit log. Pure.

The log only grows, so a month is counted alike whenever it is counted. Beside it stands what the catalogue says: where the two
differ, the paper says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance.audit.activity import Act
from compliance.ground.acts import Action

CALL, MESSAGE, INQUIRY = "call", "message", "inquiry"
TITLES = {CALL: "通話録音", MESSAGE: "預かりメッセージ（録音）", INQUIRY: "対応記録（言葉）"}


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind. `at_end` = `at_start` + `added` - `erased`; a return hands a copy over and takes nothing away."""

    kind: str
    at_start: int
    added: int
    erased: int

    @property
    def at_end(self) -> int:
        """How many were held when the month ended."""
        return self.at_start + self.added - self.erased


def holdings(
    acts: Iterable[Act],
    kinds: Mapping[str, str],
    told: Collection[str],
    first: datetime,
    after: datetime,
) -> tuple[Holding, ...]:
    """What was held from `first` to before `after` (instants). `kinds` says of a recording whether it is a call or a message,
    `told` are the inquiries that ever held words."""
    added: dict[str, dict[str, datetime]] = {kind: {} for kind in TITLES}
    erased: dict[str, dict[str, datetime]] = {kind: {} for kind in TITLES}
    for act in acts:
        if act.at >= after:
            continue
        match act.action:
            case Action.RECORDING_SEALED:
                added[kinds.get(act.object_id, CALL)].setdefault(act.object_id, act.at)
            case Action.RECORDING_ERASED:
                erased[kinds.get(act.object_id, CALL)].setdefault(act.object_id, act.at)
            case Action.INQUIRY_ENTERED if act.object_id in told:
                added[INQUIRY].setdefault(act.object_id, act.at)
            case Action.INQUIRY_ERASED:
                erased[INQUIRY].setdefault(act.object_id.removeprefix("inquiry:"), act.at)
    return tuple(
        Holding(
            kind=kind,
            at_start=_before(added[kind], first) - _before(erased[kind], first),
            added=len(added[kind]) - _before(added[kind], first),
            erased=len(erased[kind]) - _before(erased[kind], first),
        )
        for kind in TITLES
    )


def _before(at: Mapping[str, datetime], moment: datetime) -> int:
    return sum(when < moment for when in at.values())
