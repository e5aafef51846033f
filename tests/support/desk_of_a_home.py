"""The desk of a home with papers to confirm."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, select

from application.home.session import read_settings
from application.home.settings import Settings
from compliance.deliverables.edition import Deliverable, DeliverableFile
from compliance.deliverables.register import record_deliverable
from compliance.ground.acts import audit_outbox
from reporting.kinds import KINDS
from tests.reporting.reports import report
from tests.support.complaint_desk import Desk

NOW = datetime(2024, 1, 4, 1, tzinfo=UTC)

FIRST, PASSPHRASE = date(2023, 11, 20), "合言葉はひとつだけ"

WEEKLY = KINDS["weekly"].to_json(report())

PDF = b"%PDF-1.7 week"


@pytest.fixture
def settings(desk: Desk) -> Settings:
    return replace(
        read_settings(None, desk.home.root, environment={}),
        keys_root=desk.home.keys,
        operations_url=str(desk.engine.url),
    )


def week(desk: Desk, data: str = "1" * 64) -> Deliverable:
    """A weekly paper in the outbox and in the register."""
    folder = desk.home.outbox / "weekly" / "2023-11-20"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "週次集計結果.pdf").write_bytes(PDF)
    made = datetime(2023, 11, 25, tzinfo=UTC)
    paper = Deliverable("weekly", "2023-11-20", 1, date(2023, 11, 27), data, WEEKLY, made)
    digest = hashlib.sha256(PDF).hexdigest()
    record_deliverable(desk.engine, paper, [DeliverableFile("週次集計結果.pdf", digest, len(PDF))])
    return paper


def noted(engine: Engine) -> list[tuple[str, str, str, str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(select(audit_outbox).order_by(audit_outbox.c.seq)).fetchall()
    return [(r.actor, r.action, r.object_id, r.result, r.via) for r in rows]
