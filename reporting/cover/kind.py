"""送付書 as a kind of paper: made when somebody asks, of papers that are confirmed; it goes on the medium with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reporting.paper.table_kind import kind_on_request

if TYPE_CHECKING:
    from reporting.paper.tables import TablePaper


def _headline(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    return (("ファイル", sum(len(table.rows) for table in paper.tables)),)


COVER = kind_on_request(
    "cover",
    clause="cover",
    summary_ja="月の書類の送付書です。両方の書類の確認が済んでから、`madoguchi papers cover` で作ります。",
    headline=_headline,
)
