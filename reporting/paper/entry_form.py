"""One entry of a register as a paper for the city: 事故報告書, 預り証, 取扱区域報告書, 再委託承諾申請書 (別紙2-4, 2-7, 2-12, 2-16)."""

from __future__ import annotations

from datetime import date, datetime

from compliance.contract.terms import Contract
from compliance.ground.japan import civil
from compliance.registers.description import Field, FieldKind, Register
from compliance.registers.entries import KeptEntry
from compliance.registers.sheet import shown
from reporting.paper import wareki
from reporting.paper.head import head_to_client
from reporting.paper.tables import BLANK, Table, TablePaper


def entry_form(contract: Contract, register: Register, entry: KeptEntry, on: date) -> TablePaper:
    """The paper of one entry, on a day; what the entry leaves blank is 未記入."""
    rows = tuple((field.title, _printed(field, entry) or BLANK) for field in register.fields)
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


def _printed(field: Field, entry: KeptEntry) -> str:
    """A value as papers print it: days and moments in the Japanese calendar."""
    value = entry.get(field.name)
    if value and field.kind is FieldKind.DAY:
        return wareki.full(date.fromisoformat(value))
    if value and field.kind is FieldKind.MOMENT:
        return wareki.moment(civil(datetime.fromisoformat(value)))
    return shown(field, value)
