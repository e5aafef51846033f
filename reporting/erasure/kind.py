"""申請書、消去報告書 and 返還・引渡書 as kinds of paper: signed or entered by their digest when they are made, so that the register
keeps them as they are; confirmed, handed over and received like any other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reporting.paper.kind import PaperKind
from reporting.paper.table_kind import kind_on_request

if TYPE_CHECKING:
    from compliance.contract.terms import Contract
    from reporting.paper.tables import TablePaper

FOLDER = "erasure"
"""Where the papers of a case lie in the outbox, by its number; those of a return by the return's."""


def _kind(name: str, summary_ja: str) -> PaperKind[TablePaper]:
    return replace(kind_on_request(name, name, summary_ja), is_fixed=True, folder=FOLDER)


APPLICATIONS = _kind(
    "erasure_application", "個人情報消去・廃棄申請書です。`madoguchi erasure apply` で作ります。"
)
CERTIFICATES = _kind(
    "erasure_certificate",
    "個人情報消去報告書（兼 消去証明書）です。`madoguchi erasure certify` で作ります。",
)
RETURNS = _kind("return_note", "個人情報返還・引渡書です。`madoguchi erasure return` で作ります。")


def kept_as(
    contract: Contract, title: str, facts: tuple[tuple[str, str], ...], checkpoint: str
) -> TablePaper:
    """What the register of papers keeps of one beside its files: what it is called, and what it says in a line each."""
    from reporting.paper.head import head_to_client
    from reporting.paper.tables import TablePaper

    return TablePaper(
        head_to_client(contract, title), None, facts, "", (), (), checkpoint=checkpoint
    )
