"""What the workbooks of all papers share: sheets that print well, cells with real dates, times and numbers.

Text is always written as text, so that nothing that a telephone exchange wrote can become a formula. Dates
and chart axes carry Japanese number formats of their own, whatever the reader's locale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

DAY = '[$-411]m"月"d"日"(aaa)'
"""A day with its Japanese weekday."""
CLOCK = "hh:mm"
FILLS: tuple[dict[str, object], ...] = (
    {"fill": {"color": "#1F3864"}},
    {"fill": {"color": "#C0504D"}},
    {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#404040", "bg_color": "#F2F2F2"}},
    {"fill": {"color": "#C5E0B4"}},
    {"fill": {"color": "#FFFFFF"}},
)
"""As the PDF's charts: told apart in a grey copy too."""
_PATTERNS: Mapping[str, str] = {
    **{unit: f'#,##0"{unit}"' for unit in ("件", "人", "回", "部")},
    "length": "[m]:ss",
    "percent": "0.0%",
    "seconds": "#,##0.0",
    "points": '+0.0"ポイント";-0.0"ポイント";0.0"ポイント"',
}
"""Number formats by what a cell holds; a count otherwise."""


@dataclass(slots=True)
class Workbook:
    """A workbook being written. `book` is XlsxWriter's, `footer` stands on every page, `nothing` where there is
    no value; `marks` are texts that stand in a number's place, as 休."""

    book: Any
    footer: str
    nothing: str
    marks: frozenset[str]
    formats: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def sheet(self, name: str, widths: Sequence[float]) -> Any:
        """A sheet for A4 landscape with columns of those widths."""
        sheet = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L&8{self.footer}&R&8&P／&N頁")
        sheet.hide_gridlines(2)
        return sheet

    def header(self, sheet: Any, row: int, titles: Sequence[object]) -> None:
        """A row of headings, which every printed page repeats."""
        sheet.repeat_rows(row)
        for column, title in enumerate(titles):
            if isinstance(title, date):
                look = self.format(head=True, num_format=DAY)
                sheet.write_datetime(row, column, datetime.combine(title, time()), look)
            else:
                sheet.write_string(row, column, str(title), self.format(head=True))

    def rows(self, sheet: Any, rows: Sequence[Sequence[object]]) -> None:
        """Rows of cells below the headings."""
        for row, values in enumerate(rows, start=1):
            for column, value in enumerate(values):
                self.write(sheet, row, column, value, "number")

    def write(self, sheet: Any, row: int, column: int, value: object, kind: str = "") -> None:
        """One cell as what it is; `kind` says of a number what it counts."""
        match value:
            case None:
                sheet.write_string(row, column, self.nothing, self.format(align="right"))
            case str():
                shown = value in self.marks
                align = "right" if shown else "left"
                sheet.write_string(
                    row, column, value, self.format(align=align, text_wrap=not shown)
                )
            case datetime():
                sheet.write_datetime(row, column, value, self.format(num_format="yyyy/mm/dd hh:mm"))
            case date():
                at = datetime.combine(value, time())
                sheet.write_datetime(
                    row, column, at, self.format(num_format="[$-411]yyyy/mm/dd(aaa)")
                )
            case time():
                pattern = "hh:mm:ss" if kind == "clock" else "hh:mm"
                sheet.write_datetime(row, column, value, self.format(num_format=pattern))
            case int() | float():
                pattern = _PATTERNS.get(kind, "#,##0")
                sheet.write_number(row, column, value, self.format(num_format=pattern))
            case _:
                raise TypeError(f"a cell of type {type(value).__name__}")

    def chart(self, title: str, axis: str, labels: str) -> Any:
        """A stacked chart; `labels` is the number format of its categories, written out since a chart
        outside a Japanese locale does not take it from the cells."""
        chart = self.book.add_chart({"type": "column", "subtype": "stacked"})
        chart.set_title({"name": title, "name_font": {"size": 11}})
        chart.set_y_axis(
            {"name": "件", "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}}
        )
        chart.set_x_axis({"text_axis": True, "name": axis, "num_format": labels})
        chart.set_legend({"position": "top"})
        return chart

    def format(self, *, head: bool = False, **values: object) -> Any:
        """A cell format, made once."""
        base: dict[str, object] = {
            "font_name": "游ゴシック",
            "font_size": 10,
            "valign": "vcenter",
            **({"bg_color": "#EEF2F7", "align": "center", "border": 1, "border_color": "#8A8A8A",
                "text_wrap": True} if head else {}),
            **values,
        }  # fmt: skip
        key = tuple(sorted(base.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(base)
        return self.formats[key]
