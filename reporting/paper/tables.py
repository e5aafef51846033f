"""A paper that consists of tables: one value, one PDF layout and one workbook for every form of that kind.

The reader of each paper decides every text; what is not known is `BLANK`, never invented.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.paper import wareki
from reporting.paper.cells import in_csv
from reporting.paper.confirmed import BOX, text_of
from reporting.paper.head import Head
from reporting.paper.kind import Confirmation, Correction
from reporting.paper.typesetting import typeset
from reporting.paper.workbook import Workbook

LAYOUT = Path(__file__).with_name("tables.typ")
BLANK, NOTHING = "未記入", "該当なし"
_LATE, WORDING = "提出後の記入・訂正による", "契約の設定（contract.toml）の変更による"


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its title, headings, rows of text. The first `keys` columns name a row; `widths` are shares of the page."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    keys: int = 1
    note: str = ""
    starts_page: bool = False


@dataclass(frozen=True, slots=True)
class TablePaper:
    """Everything that such a paper prints, but the time of printing. `facts` stand below the title, `boxes` are for seals;
    a paper that nobody is owed has no `due_date`."""

    head: Head
    due_date: date | None
    facts: tuple[tuple[str, str], ...]
    opening: str
    tables: tuple[Table, ...]
    boxes: tuple[str, ...]
    edition: int = 1
    corrections: tuple[Correction, ...] = ()
    checkpoint: str | None = None
    confirmation: Confirmation | None = None

    def as_edition(self, edition: int, corrections: Sequence[Correction]) -> TablePaper:
        """The same data as that edition, with what it corrects in the one before."""
        return replace(self, edition=edition, corrections=tuple(corrections))

    def table(self, title: str) -> Table:
        """The table of a title.

        Raises:
            KeyError: there is none.
        """
        for one in self.tables:
            if one.title == title:
                return one
        raise KeyError(title)


def corrections_between(before: TablePaper, after: TablePaper) -> tuple[Correction, ...]:
    """Every row that moved, by the table's title and the columns that name it."""
    found = []
    earlier = {table.title: table for table in before.tables}
    for table in after.tables:
        was = _by_key(earlier.pop(table.title, replace(table, rows=())))
        now = _by_key(table)
        for key in dict.fromkeys([*was, *now]):
            if was.get(key) != now.get(key):
                item = f"{table.title}　{key}"
                found.append(Correction(item, was.get(key, "―"), now.get(key, "―"), _LATE))
    found += [Correction(title, "前版のとおり", "―", WORDING) for title in earlier]
    if before.head != after.head or before.facts != after.facts or before.opening != after.opening:
        found.append(Correction("頭書", "前版のとおり", "本版のとおり", WORDING))
    return tuple(found)


def render_pdf(paper: TablePaper, printed_at: datetime) -> bytes:
    """The paper as PDF bytes. `printed_at` is an aware instant.

    Raises:
        RenderingFailed: the typesetter refused it.
    """
    printed = printed_at.astimezone(TOKYO)
    return typeset(LAYOUT, texts(paper, printed), printed)


_FIGURE = re.compile(r"(0|[1-9]\d{0,8}|[1-9]\d{0,2}(?:,\d{3}){1,2})(件|人|回|部)?")


def as_figure(text: str, column: int) -> tuple[object, str]:
    """A cell as printed, a count as a number with its unit: 1,547件 can be reckoned with. What a row is named by stays text. Pure."""
    found = _FIGURE.fullmatch(text) if column else None
    return (int(found[1].replace(",", "")), found[2] or "number") if found else (text, "")


def render_xlsx(
    paper: TablePaper,
    printed_at: datetime,
    cell: Callable[[str, int], tuple[object, str]] = as_figure,
) -> bytes:
    """The workbook as bytes, a sheet for each table; the same input gives the same bytes. `cell` says what the text of
    a column is as a value, and of which kind."""
    import xlsxwriter

    printed, buffer = printed_at.astimezone(TOKYO), io.BytesIO()
    footer = f"{paper.head.work_name}　第{paper.edition}版"
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": paper.head.title, "created": printed.replace(tzinfo=None)})
        sheets = Workbook(book=book, footer=footer, nothing="―", marks=frozenset({"―"}))
        front = sheets.sheet("表紙", (26, 90))
        sheets.header(front, 0, ("項目", "内容"))
        sheets.rows(
            front,
            [
                ("書類", paper.head.title),
                ("あて先", paper.head.recipient),
                ("受託者", paper.head.contractor_name or BLANK),
                *paper.facts,
                *_due(paper),
                ("版", f"第{paper.edition}版"),
                *(((BOX, text_of(paper.confirmation)),) if BOX in paper.boxes else ()),
                ("記録照合番号", paper.checkpoint or BLANK),
            ],
        )
        for table in (*paper.tables, *_correction_table(paper)):
            share = sum(table.widths) or len(table.headings)
            widths = [max(8, 130 * w / share) for w in table.widths or [1] * len(table.headings)]
            sheet = sheets.sheet(_sheet_name(table.title), widths)
            sheets.header(sheet, 0, table.headings)
            for row, line in enumerate(table.rows or ((NOTHING,),), start=1):
                for column, text in enumerate(line):
                    is_a_name = column < len(table.headings) and "番号" in table.headings[column]
                    told = (text, "") if is_a_name else cell(text, column)
                    sheets.write(sheet, row, column, *told)
            sheet.freeze_panes(1, 0)
        sheets.finish()
    return buffer.getvalue()


def render_csv(paper: TablePaper, _: datetime) -> bytes:
    """Every figure as a line of its own: table, row, column, value (RFC 4180, UTF-8 with a mark that Excel reads it by);
    no text of it opens a formula."""
    import csv

    buffer = io.StringIO(newline="")
    lines = csv.writer(buffer)

    def write(*line: object) -> None:
        lines.writerow([in_csv(one) if isinstance(one, str) else one for one in line])

    write("表", "行", "項目", "値")
    for name, text in (("書類", paper.head.title), *paper.facts, ("版", f"第{paper.edition}版")):
        write("", "", name, text)
    for table in (*paper.tables, *_correction_table(paper)):
        names = [heading.replace("\n", "") for heading in table.headings]
        for row in table.rows:
            key = "・".join(row[: table.keys])
            for name, text in list(zip(names, row, strict=True))[table.keys :]:
                write(table.title, key, name, as_figure(text, 1)[0])
    return buffer.getvalue().encode("utf-8-sig")


def texts(paper: TablePaper, printed: datetime) -> dict[str, Any]:
    """Everything that the layout prints. Pure; `printed` is civil time in Japan."""
    head = paper.head
    return {
        "title": head.title,
        "date": wareki.full(printed.date()),
        "recipient": head.recipient,
        "contractor": [
            ("所在地", head.contractor_address or BLANK),
            ("名称", head.contractor_name or BLANK),
            ("代表者", head.contractor_representative or BLANK),
            ("発行責任者・担当者", head.manager_name or BLANK),
            ("電話", head.contact_telephone or BLANK),
        ],
        "work_name": head.work_name,
        "document_number": BLANK,
        "edition": f"第{paper.edition}版",
        "checkpoint": paper.checkpoint or BLANK,
        "facts": [*paper.facts, *_due(paper)],
        "opening": paper.opening,
        "tables": [
            {
                "title": table.title,
                "headings": table.headings,
                "rows": table.rows,
                "widths": table.widths or [1] * len(table.headings),
                "note": table.note,
                "starts_page": table.starts_page,
            }
            for table in (*paper.tables, *_correction_table(paper))
        ],
        "nothing": NOTHING,
        "boxes": paper.boxes,
        "in_boxes": [
            text_of(paper.confirmation, "\n") if box == BOX else "" for box in paper.boxes
        ],
    }


def _due(paper: TablePaper) -> tuple[tuple[str, str], ...]:
    return () if paper.due_date is None else (("提出期限", wareki.full(paper.due_date)),)


def correction_table(paper: TablePaper) -> Table:
    """What the edition says differently; without rows for a first one."""
    rows = tuple((c.item, c.before, c.after, c.reason) for c in paper.corrections)
    return Table("訂正箇所", ("項目", "前版", "本版", "理由"), rows, (2, 1.3, 1.3, 2))


def _correction_table(paper: TablePaper) -> tuple[Table, ...]:
    return (correction_table(paper),) if paper.corrections else ()


def _by_key(table: Table) -> dict[str, str]:
    return {"・".join(row[: table.keys]): "　".join(row[table.keys :]) for row in table.rows}


def _sheet_name(title: str) -> str:
    return "".join(c for c in title if c not in "[]:*?/\\")[:31]
