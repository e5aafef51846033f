"""One entry of a register as a paper for the city: 事故報告書, 預り証, 取扱区域報告書, 再委託承諾申請書 (別紙2-4, 2-7, 2-12, 2-16)."""

from __future__ import annotations

from datetime import date

from compliance.contract.terms import Contract
from compliance.registers.description import Register
from compliance.registers.entries import KeptEntry
from compliance.registers.sheet import shown
from reporting.paper.head import head_to_client
from reporting.paper.tables import BLANK, Table, TablePaper


def entry_form(contract: Contract, register: Register, entry: KeptEntry, on: date) -> TablePaper:
    """The paper of one entry, on a day; what the entry leaves blank is 未記入."""
    rows = tuple(
        (field.title, shown(field, entry.get(field.name)) or BLANK) for field in register.fields
    )
    return TablePaper(
        head=head_to_client(contract, register.form),
        due_date=on,
        facts=(
            ("根拠", register.clause),
            ("台帳の番号", f"{entry.entry_id}（第{entry.revision}版）"),
        ),
        opening="次のとおり提出します。",
        tables=(Table("内容", ("項目", "内容"), rows, (1.2, 3)),),
        boxes=("責任者", "保護管理者", "委託者収受"),
    )
