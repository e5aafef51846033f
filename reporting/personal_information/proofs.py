"""別表 against the registers: for each standard of the annex what stands there that proves a ○, or that speaks against it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from compliance.contract.annex import ProvedBy
from compliance.people.rights import Role
from compliance.people.standing import Person, not_in_force
from compliance.registers.entries import KeptEntry
from compliance.registers.handling import (
    AREAS,
    AUDITS,
    DEVICES,
    ENTRIES,
    LOG_REVIEWS,
    RULES,
    TAKEOUTS,
)
from reporting.personal_information.month import NOTHING, Month
from reporting.personal_information.staff import works

_YEAR = timedelta(days=366)


class ProofState(Enum):
    """What the registers say of a ○."""

    PROVED = auto()
    MISSING = auto()
    """Nothing stands there that could prove it."""
    CONTRADICTED = auto()
    NOT_ASKED = auto()
    """No register is about it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How the registers look on a section, and what they hold in words of a paper."""

    state: ProofState
    text: str


def proofs_of(month: Month, people: Mapping[str, Person]) -> Mapping[ProvedBy, Proof]:
    """By what a standard asks, as of the month's last day."""
    present = [one for one in people.values() if works(one, month.last_day)]
    rules = [e for e in month.entries(RULES) if e.get("made_on") <= month.last_day.isoformat()]
    return {
        ProvedBy.POLICIES: _rules(month, rules, {"policy": "基本方針", "rules": "規程・手順"}),
        ProvedBy.OFFICERS: _officers(present),
        ProvedBy.STAFF: _trained(month, present),
        ProvedBy.AREAS: _areas(month),
        ProvedBy.DEVICES: _devices(month),
        ProvedBy.EMERGENCY: _rules(month, rules, {"emergency": "緊急時計画"}),
        ProvedBy.TAKEOUTS: _takeouts(month),
        ProvedBy.NOTHING: Proof(ProofState.NOT_ASKED, NOTHING),
        ProvedBy.AUDITS: _audited(month),
        ProvedBy.REPORT: Proof(ProofState.PROVED, "本書"),
        ProvedBy.CERTIFICATION: _rules(month, rules, {"isms": "認証"}),
    }


def _rules(month: Month, rules: list[KeptEntry], kinds: Mapping[str, str]) -> Proof:
    """Each kind has an edition that has not run out."""
    last, told, state = month.last_day.isoformat(), [], ProofState.PROVED
    for kind, title in kinds.items():
        theirs = [e for e in rules if e.get("kind") == kind]
        valid = [e for e in theirs if not e.get("expires_on") or e.get("expires_on") >= last]
        if not theirs:
            state = ProofState.MISSING if state is ProofState.PROVED else state
        elif not valid:
            state = ProofState.CONTRADICTED
        told.append(
            f"{title} {len(valid)}件" if valid or not theirs else f"{title} 期限切れ{len(theirs)}件"
        )
    return Proof(state, "、".join(told))


def _officers(present: list[Person]) -> Proof:
    counts = [
        sum(role in one.roles for one in present) for role in (Role.CHIEF_OFFICER, Role.OFFICER)
    ]
    text = f"総括保護管理者 {counts[0]}人、保護管理者 {counts[1]}人"
    return Proof(ProofState.PROVED if all(counts) else ProofState.CONTRADICTED, text)


def _trained(month: Month, present: list[Person]) -> Proof:
    lacking = sum(not_in_force(one, month.last_day) is not None for one in present)
    text = f"研修・誓約の整った者 {len(present) - lacking}人／{len(present)}人"
    if not present:
        return Proof(ProofState.MISSING, text)
    return Proof(ProofState.CONTRADICTED if lacking else ProofState.PROVED, text)


def _areas(month: Month) -> Proof:
    areas = sum(month.in_force(e) for e in month.entries(AREAS))
    entered = sum(month.holds(e.get("entered_at")) for e in month.entries(ENTRIES))
    is_proved = areas > 0 and entered > 0
    text = f"区域 {areas}件、入退室の記録 {entered:,}件"
    return Proof(ProofState.PROVED if is_proved else ProofState.MISSING, text)


def _devices(month: Month) -> Proof:
    devices = [e for e in month.entries(DEVICES) if month.in_force(e)]
    bare = sum(e.get("is_encrypted") == "no" for e in devices)
    key = f"{month.first_day:%Y-%m}"
    is_reviewed = any(e.get("month") == key for e in month.entries(LOG_REVIEWS))
    text = f"機器 {len(devices)}件（暗号化なし {bare}件）、アクセス記録の点検 {'有' if is_reviewed else '無'}"
    if bare:
        return Proof(ProofState.CONTRADICTED, text)
    return Proof(ProofState.PROVED if devices and is_reviewed else ProofState.MISSING, text)


def _takeouts(month: Month) -> Proof:
    """What is out past its day speaks against it; that nothing was taken out proves nothing and is no fault."""
    last = month.last_day.isoformat()
    taken = [e for e in month.entries(TAKEOUTS) if e.get("from_on") <= last]
    late = sum(bool(e.get("due_on")) and e.get("due_on") <= last and not e.get("back_on") for e in taken)  # fmt: skip
    text = f"持出し・貸与 {len(taken)}件（期限を過ぎて未返却 {late}件）"
    return Proof(ProofState.CONTRADICTED if late else ProofState.NOT_ASKED, text)


def _audited(month: Month) -> Proof:
    since = (month.last_day - _YEAR).isoformat()
    last = month.last_day.isoformat()
    found = sum(e.get("kind") in ("internal", "city") and since <= e.get("on") <= last for e in month.entries(AUDITS))  # fmt: skip
    return Proof(
        ProofState.PROVED if found else ProofState.MISSING,
        f"内部監査・市の監査（1年以内）{found}件",
    )
