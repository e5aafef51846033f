"""従業者報告書, 従業者変更報告書, 保護管理者変更申請書 and 誓約書台帳 as a kind of paper: made when somebody asks, sealed since they name people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from reporting.paper.kind import Reading
from reporting.paper.table_kind import table_kind

if TYPE_CHECKING:
    from reporting.paper.tables import TablePaper


def _read(_: Reading) -> NoReturn:
    raise LookupError("papers about people are made of the register of people, not of a period")


def _headline(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    return ((paper.head.title, 1),)


PEOPLE_PAPERS = replace(
    table_kind(
        "people",
        "別紙1-2、別紙2-3、別紙2-6",
        "従業者と保護管理者についての書類です。氏名を印字するため、控えは氏名の鍵で封をします。作るには `madoguchi people paper` を使います。",
        _read,
        _headline,
    ),
    is_by_period=False,
    is_fixed=True,
    names_staff=True,
)
