"""What was held at the beginning and at the end of a month, and what came and went, counted from the audit log. Pure.

A recording is held from the moment at which it was made, a record from its writing; that it is held is known once the log says
so. A month's paper counts what was known by the end of the day on which it was due. What came to light later is no secret of
the month that is over: the next paper adds it as 前月分の追加, so that every month begins with what the one before ended with.
Beside the figures stands what the catalogue says of the same moments: where the two differ, the paper says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from compliance.audit.activity import LoggedAct
from compliance.ground.acts import Action

CALL, MESSAGE, INQUIRY = "call", "message", "inquiry"
TITLES = {CALL: "通話録音", MESSAGE: "預かりメッセージ（録音）", INQUIRY: "対応記録（言葉）"}


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind. `at_end` = `at_start` + `late` + `added` - `erased`; `late` were held before the month and known only after the
    paper before; a return hands a copy over and takes nothing away."""

    kind: str
    at_start: int
    added: int
    erased: int
    late: int = 0

    @property
    def at_end(self) -> int:
        """How many were held when the month ended."""
        return self.at_start + self.late + self.added - self.erased


@dataclass(frozen=True, slots=True)
class Span:
    """A month as instants: `first` to before `after`. What was known before `known_until` is counted; of what was held before
    `first`, the paper before counted what was known before `counted_until`."""

    first: datetime
    after: datetime
    counted_until: datetime
    known_until: datetime


def holdings(
    acts: Iterable[LoggedAct],
    kinds: Mapping[str, str],
    told: Collection[str],
    first: datetime,
    after: datetime,
    *,
    made_at: Mapping[str, datetime] = MappingProxyType({}),
    span: Span | None = None,
) -> tuple[Holding, ...]:
    """What was held from `first` to before `after` (instants). `kinds` says of a recording whether it is a call or a message,
    `told` are the inquiries that ever held words, `made_at` when a recording was made (else when it was sealed). Without a `span`
    a month counts what was known by its end."""
    within = span or Span(first, after, first, after)
    known: dict[str, dict[str, datetime]] = {kind: {} for kind in TITLES}
    erased: dict[str, dict[str, datetime]] = {kind: {} for kind in TITLES}
    for act in acts:
        match act.action:
            case Action.RECORDING_SEALED if act.at < within.known_until:
                known[kinds.get(act.object_id, CALL)].setdefault(act.object_id, act.at)
            case Action.RECORDING_ERASED if act.at < after:
                erased[kinds.get(act.object_id, CALL)].setdefault(act.object_id, act.at)
            case Action.INQUIRY_ENTERED if act.object_id in told and act.at < within.known_until:
                known[INQUIRY].setdefault(act.object_id, act.at)
            case Action.INQUIRY_ERASED if act.at < after:
                erased[INQUIRY].setdefault(act.object_id.removeprefix("inquiry:"), act.at)
    return tuple(_holding(kind, known[kind], erased[kind], made_at, within) for kind in TITLES)


def _holding(
    kind: str,
    known: Mapping[str, datetime],
    erased: Mapping[str, datetime],
    made_at: Mapping[str, datetime],
    span: Span,
) -> Holding:
    held = [(made_at.get(one, at), at) for one, at in known.items()]
    before = [at for made, at in held if made < span.first]
    counted = sum(at < span.counted_until for at in before)
    gone = sum(at < span.first for at in erased.values())
    return Holding(
        kind=kind,
        at_start=counted - gone,
        late=len(before) - counted,
        added=sum(span.first <= made < span.after for made, _ in held),
        erased=len(erased) - gone,
    )
