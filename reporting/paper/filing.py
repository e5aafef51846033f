"""An entry of a register as a paper for the city, or all of them as a list: which filings there are, their register says
(`compliance.registers.description.Filing`). What an entry leaves blank is 未記入; nothing is due by a day that nobody set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from compliance.contract.terms import Contract
from compliance.ground.japan import civil
from compliance.registers.description import Field, FieldKind, Filing, Register
from compliance.registers.entries import KeptEntry
from compliance.registers.sheet import shown
from reporting.paper import wareki
from reporting.paper.confirmed import BOX
from reporting.paper.head import based_on, head_to_client
from reporting.paper.tables import BLANK, Table, TablePaper

_BOXES = (BOX, "保護管理者", "委託者収受")


def entry_filing(
    contract: Contract, register: Register, filing: Filing, entry: KeptEntry
) -> TablePaper:
    """The paper of one entry."""
    rows = tuple((title, _cell(register, name, entry)) for name, title in filing.lines.items())
    number = f"{entry.entry_id}（第{entry.revision}版）"
    table = Table("内容", ("項目", "内容"), rows, (1.2, 3))
    return _paper(contract, filing, (("台帳の番号", number),), table)


def list_filing(
    contract: Contract, register: Register, filing: Filing, entries: Sequence[KeptEntry], on: date
) -> TablePaper:
    """The paper of all entries in force, in the order of their first field."""
    first = next(iter(filing.lines))
    rows = tuple(
        tuple(_cell(register, name, entry) for name in filing.lines)
        for entry in sorted(entries, key=lambda one: (one.get(first), one.entry_id))
    )
    facts = (("基準日", wareki.full(on)), ("件数", f"{len(rows):,}件"))
    return _paper(contract, filing, facts, Table("一覧", tuple(filing.lines.values()), rows))


def _paper(
    contract: Contract, filing: Filing, facts: tuple[tuple[str, str], ...], table: Table
) -> TablePaper:
    return TablePaper(
        head=head_to_client(contract, filing.title),
        due_date=None,
        facts=(*based_on(contract, filing.clause), *facts),
        opening=filing.opening,
        tables=(table,),
        boxes=_BOXES,
    )


def _cell(register: Register, name: str, entry: KeptEntry) -> str:
    return _printed(register.field(name), entry) or BLANK


def _printed(field: Field, entry: KeptEntry) -> str:
    """A value as papers print it: days and moments in the Japanese calendar."""
    value = entry.get(field.name)
    if value and field.kind is FieldKind.DAY:
        return wareki.full(date.fromisoformat(value))
    if value and field.kind is FieldKind.MOMENT:
        return wareki.moment(civil(datetime.fromisoformat(value)))
    return shown(field, value)
