"""Which recordings an application names: by period, kind, medium or case. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from compliance.vault.catalogue import ONLINE

INQUIRY_KIND = "inquiry"
PSEUDONYM_KIND = "pseudonym_key"
"""The two that are no recording: the words of an inquiry go when they are asked for by kind or at the contract's end, the
pseudonym key at its end only."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What somebody applies for; both days belong to it, blank means any. At the contract's end
    (`is_contract_end`) age and copies at hand do not matter."""

    first_day: date | None = None
    last_day: date | None = None
    kind: str = ""
    medium: str = ""
    ids: tuple[str, ...] = ()
    is_contract_end: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sealed recording, or the pseudonym key, as a selection sees it; `recorded_on` is a civil day in Japan."""

    object_id: str
    kind: str
    recorded_on: date
    size: int
    sha256: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selected:
    """What a selection found; the others are told by why they were left out."""

    chosen: tuple[Candidate, ...]
    too_young: int = 0
    at_hand: int = 0
    held: int = 0
    unknown: tuple[str, ...] = field(default=())


def select_items(
    candidates: Iterable[Candidate],
    selection: Selection,
    holds: Collection[str],
    floor_days: int,
    today: date,
) -> Selected:
    """The recordings of a selection, the oldest first. What is younger than `floor_days` civil days, still at hand,
    or held, is left out and counted."""
    chosen, known, too_young, at_hand, held = [], set(), 0, 0, 0
    wanted = set(selection.ids)
    for one in candidates:
        known.add(one.object_id)
        if not _is_asked_for(one, selection, wanted):
            continue
        if not selection.is_contract_end and (
            one.kind == PSEUDONYM_KIND or (one.kind == INQUIRY_KIND != selection.kind)
        ):
            continue
        if one.object_id in holds:
            held += 1
        elif not selection.is_contract_end and is_too_young(one.recorded_on, floor_days, today):
            too_young += 1
        elif not selection.is_contract_end and ONLINE in one.places:
            at_hand += 1
        else:
            chosen.append(one)
    chosen.sort(key=lambda one: (one.recorded_on, one.object_id))
    unknown = tuple(sorted(wanted - known))
    return Selected(tuple(chosen), too_young, at_hand, held, unknown)


def is_too_young(recorded_on: date, floor_days: int, today: date) -> bool:
    """Whether its days of keeping are not over (6(3)カ): a recording of 20 November may go on 19 January."""
    return recorded_on > today - timedelta(days=floor_days)


def _is_asked_for(one: Candidate, selection: Selection, wanted: Collection[str]) -> bool:
    return (
        (selection.first_day is None or one.recorded_on >= selection.first_day)
        and (selection.last_day is None or one.recorded_on <= selection.last_day)
        and selection.kind in ("", one.kind)
        and (not selection.medium or selection.medium in one.places)
        and (not wanted or one.object_id in wanted)
    )
