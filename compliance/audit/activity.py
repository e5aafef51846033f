"""What was done in a stretch of time, counted from the audit log and from what waits to go into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, select

from compliance.audit.line import read_line
from compliance.audit.log import AuditLog, entry_key
from compliance.ground.acts import audit_outbox
from compliance.ground.home import Home


@dataclass(frozen=True, slots=True)
class LoggedAct:
    """One act, as the log has it; `at` in UTC."""

    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    result: str
    via: str
    purpose: str = ""


def acts_until(home: Home, engine: Engine, until: datetime) -> Iterator[LoggedAct]:
    """Every act before an instant, in the log's order, then those that wait for it.

    Raises:
        LogDamaged: a line is no entry.
    """
    told = set()
    for line in AuditLog(home).folder.lines_from(0):
        found = read_line(line)
        told.add(found["id"])
        at = datetime.fromisoformat(found["at"]).astimezone(UTC)
        if at < until:
            yield LoggedAct(
                at, found["actor"], found["action"], found["object_kind"], found["object_id"], found["result"], found["via"], found["purpose"]
            )  # fmt: skip
    query = select(audit_outbox).where(audit_outbox.c.at < until).order_by(audit_outbox.c.seq)
    with engine.connect() as connection:
        for row in connection.execute(query):
            if entry_key(row) in told:
                continue  # a drain that was cut off left it in both
            yield LoggedAct(
                row.at,
                row.actor,
                row.action,
                row.object_kind,
                row.object_id,
                row.result,
                row.via,
                row.purpose,
            )
