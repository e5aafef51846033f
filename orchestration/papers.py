"""Which papers are due, and the writing of them.

A paper is decided from its data alone: the digest of its `WeeklyReport`, without print time. Unchanged
data write nothing; a draft is replaced; data that moved after the paper counts as delivered make a
new edition that says what moved. Files reach the outbox before the register in `operations.db` names
them, so a run that died in between writes the same files again.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from compliance.business_calendar import ContractWeek
from compliance.deliverables import decide_edition, latest_deliverable, record_deliverable
from compliance.source_states import read_states
from telephony_ingest.landing import SourceKind

from compliance import durable
from orchestration.journal import Paper
from orchestration.workplace import Workplace

if TYPE_CHECKING:
    from reporting.weekly import WeeklyReport

    from orchestration.model import BuildState

WEEKLY = "weekly"
_TOKYO = ZoneInfo("Asia/Tokyo")


def due_weeks(workplace: Workplace) -> list[ContractWeek]:
    """The weeks whose paper ought to exist by now, the oldest first (6(3)エ)."""
    made_at = workplace.settings.contract.deliverable(WEEKLY).made_at
    return [
        week
        for week in workplace.calendar.weeks()
        if _moment(week.due_date, made_at) <= workplace.now
    ]


def inputs_digest(workplace: Workplace, state: BuildState) -> str:
    """A digest of all that the due papers are made of; equal digests, equal papers."""
    digest = hashlib.sha256(json.dumps([state.reference, state.project]).encode())
    digest.update(json.dumps({str(d): v for d, v in sorted(state.days.items())}).encode())
    digest.update(workplace.settings.contract.model_dump_json().encode())
    for source in read_states(workplace.engine):
        digest.update(f"{source.kind}|{source.name}|{source.state}|{source.detail}".encode())
    digest.update(",".join(str(week.number) for week in due_weeks(workplace)).encode())
    return digest.hexdigest()


def _moment(day: object, at: time) -> datetime:
    return datetime.combine(day, at, _TOKYO)  # type: ignore[arg-type]
