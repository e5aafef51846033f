"""The papers of a month, issued and confirmed."""

from __future__ import annotations

import hashlib
from datetime import date

from application.confirming import confirmed
from application.handing_over import edition_of
from compliance.deliverables.edition import Deliverable, DeliverableFile
from compliance.deliverables.register import record_deliverable
from compliance.ground.durable import write_durably
from reporting.completion.kind import COMPLETION
from reporting.kinds import KINDS
from reporting.paper.head import head_of
from reporting.paper.packaging import FileContent, pack
from reporting.paper.tables import Table, TablePaper
from reporting.personal_information.kind import PERSONAL_INFORMATION
from tests.compliance.erasure.stage import CONTRACT, Stage

PERIOD, DUE = "2023-12", date(2024, 1, 4)

BOTH = (COMPLETION.kind, PERSONAL_INFORMATION.kind)

CHECKPOINTS = {BOTH[0]: "142:9f3a", BOTH[1]: "98:77aa"}


def issue(
    stage: Stage, kind: str, *, is_confirmed: bool = True, rows: int = 1, edition: int = 1
) -> None:
    """A paper of that kind, made and confirmed."""
    table = Table("1　総括", ("項目", "状況"), (("事故", "無"),) * rows)
    value = TablePaper(
        head_of(CONTRACT, kind), DUE, (("対象月", "12月"),), "報告します。", (table,), (), edition
    )
    data = KINDS[kind].to_json(value)
    packed = pack(
        stage.home.outbox / kind / PERIOD,
        f"{value.head.title}_{PERIOD}" + (f"_r{edition}" if edition > 1 else ""),
        edition,
        {form: FileContent(KINDS[kind].render(form, value, stage.now)) for form in ("pdf", "xlsx")},
        kind=kind,
        period=PERIOD,
        due_date=DUE,
        made_at=stage.now,
        data_sha256=hashlib.sha256(data.encode()).hexdigest(),
        checkpoint=CHECKPOINTS[kind],
        delivered={},
        write=write_durably,
    )
    paper = Deliverable(
        kind, PERIOD, edition, DUE, hashlib.sha256(data.encode()).hexdigest(), data, stage.now, None, "",
        CHECKPOINTS[kind],
    )  # fmt: skip
    files = [DeliverableFile(f.name, f.sha256, f.size_bytes) for f in packed.files]
    record_deliverable(stage.engine, paper, files)
    if is_confirmed:
        confirmed(
            stage.engine, stage.home, stage.actor("mg1"), edition_of(stage.engine, kind, PERIOD)
        )
