"""Erasures as the desk needs them: what registers say of each case, and the one act that is handed in. Pure values.

Ids, counts, days, digests and the office that consented; no name, and of no caller anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from compliance.people.rights import Role


@dataclass(frozen=True, slots=True)
class ErasureCase:
    """A case of the list. `state` and `next_step` (whom it waits for) are words; `awaits_signature`: of two people."""

    case_id: str
    state: str
    items_count: int
    planned_on: date
    next_step: str
    awaits_signature: bool


@dataclass(frozen=True, slots=True)
class ErasureItems:
    """Items of one kind on one set of media; days of recording."""

    kind: str
    media: str
    count: int
    size_bytes: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class ErasureConsent:
    """The city's consent; `evidence` is what kind of file shows it, `evidence_sha256` that file's digest."""

    dated_on: date
    consented_by: str
    number: str
    items_count: int
    conditions: str
    wants_witness: bool
    expires_on: date | None
    evidence: str
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class KeyCopy:
    """A registered copy of the keys, which an execution destroys after a new one lies beside it."""

    name: str
    is_reachable: bool


@dataclass(frozen=True, slots=True)
class ErasureSignature:
    """Who signed, and when."""

    staff_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ErasureView:
    """A case as whoever signs looks at it.

    `looked` stands for everything that a signature would be over; `takes` tells by staff id and roles whose signature is
    asked for. `is_first`: the next one names who executes, out of `executors`. `obstacles` are what stands in the way of
    the execution, but for missing signatures. `is_open`: it has not been executed and may be. `starts` tells by staff id and roles
    who may sign the start of its execution now, `started_until` until when the signature that somebody gave holds;
    `removes_sources`: what the exchange keeps is removed by the settings, whatever is said with the start.
    """

    case: ErasureCase
    is_open: bool
    items: tuple[ErasureItems, ...]
    is_contract_end: bool
    wants_witness: bool
    method: str
    items_root: str
    consent: ErasureConsent | None
    copies: tuple[KeyCopy, ...]
    signatures: tuple[ErasureSignature, ...]
    executor: str
    expires_at: datetime | None
    obstacles: tuple[str, ...]
    executors: tuple[str, ...]
    is_first: bool
    looked: str
    takes: Callable[[str, Collection[Role]], bool]
    starts: Callable[[str, Collection[Role]], bool]
    started_until: Callable[[str], datetime | None]
    removes_sources: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """Something of an execution that could not be reached: of which case, what, where."""

    case_id: str
    what: str
    place: str


@dataclass(frozen=True, slots=True)
class Cases:
    """What is done with erasures at the desk.

    `list_` gives every case, the newest first; `show` one, null where there is none. `sign` takes the staff id, their
    passphrase, the case, what they looked at and who executes (blank where that is said already); it raises
    `PersonUnproved`, `KeyUnavailable`, `NotAllowed`, `ErasureRefused` and `EntryRefused`, and destroys nothing. So does `start`,
    the signature of whoever executes (staff id, passphrase, case, what they looked at, the city's witness, whether what the
    exchange keeps is removed), and `work_off`, the same over all that is `owed`: a job of the Dagster UI uses it up.
    """

    list_: Callable[[], Sequence[ErasureCase]]
    show: Callable[[str], ErasureView | None]
    sign: Callable[[str, str, str, str, str], None]
    start: Callable[[str, str, str, str, str, bool], None]
    owed: Callable[[], Sequence[Owed]]
    work_off: Callable[[str, str, bool], None]
