"""What the workbooks of all papers share: sheets that print well, cells with real dates, times and numbers.

Text is always written as text, so that nothing that a telephone exchange wrote can become a formula. Dates
and chart axes carry Japanese number formats of their own, whatever the reader's locale.
"""

from __future__ import annotations

import unicodedata
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


WIDEST = 1490
"""Pixels (96 to the inch) of columns that fit the width of A4 landscape between margins of 0.4 inch at 70 %."""
_LINE, _ROW_HEIGHT, _CHART_HEIGHT, _CHART_WIDTH = 15.0, 20, 288, 480
"""Points of a line, pixels of a row, and of a chart as it comes: high and wide."""


def _pixels(width: float) -> int:
    """A column's width as XlsxWriter and Excel take it: characters of seven pixels, and five around them."""
    return int(width * 7 + 5)


def _columns_of(text: str) -> int:
    """How many narrow characters a text is as wide as."""
    return sum(2 if unicodedata.east_asian_width(one) in "WFA" else 1 for one in text)


@dataclass(slots=True)
class Workbook:
    """A workbook being written. `book` is XlsxWriter's, `footer` stands on every page, `nothing` where there is
    no value; `marks` are texts that stand in a number's place, as 休."""

    book: Any
    footer: str
    nothing: str
    marks: frozenset[str]
    formats: dict[tuple[object, ...], Any] = field(default_factory=dict)
    widths: dict[Any, Sequence[float]] = field(default_factory=dict)
    last_rows: dict[Any, int] = field(default_factory=dict)

    def sheet(self, name: str, widths: Sequence[float]) -> Any:
        """A sheet for A4 landscape with columns of those widths, which print at 70 % or more.

        Raises:
            ValueError: they are too wide for that: split the sheet.
        """
        if sum(map(_pixels, widths)) > WIDEST:
            raise ValueError(f"sheet {name} is wider than a page at 70 %")
        sheet = self.book.add_worksheet(name)
        self.widths[sheet] = widths
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L&8{self.footer}&R&8&P／&N頁")
        sheet.hide_gridlines(2)
        return sheet

    def line(self, sheet: Any, row: int, label: str, text: str) -> None:
        """A label and a text over all other columns, as high as the text needs."""
        widths = self.widths[sheet]
        sheet.write_string(row, 0, label, self.format(font_color="#555555", valign="top"))
        look = self.format(text_wrap=True, valign="top")
        if len(widths) > 2:
            sheet.merge_range(row, 1, row, len(widths) - 1, text, look)
        else:
            sheet.write_string(row, 1, text, look)
        lines = -(-_columns_of(text) // int(sum(widths[1:])))
        sheet.set_row(row, _LINE * max(1, lines))

    def chart_at(
        self, sheet: Any, row: int, column: int, chart: Any, scale: tuple[float, float]
    ) -> None:
        """A chart on a sheet, which the printed part then holds."""
        room = sum(map(_pixels, self.widths[sheet][column:])) - _ROW_HEIGHT
        across = min(scale[0], room / _CHART_WIDTH)
        sheet.insert_chart(row, column, chart, {"x_scale": across, "y_scale": scale[1]})
        rows = int(_CHART_HEIGHT * scale[1] / _ROW_HEIGHT) + 1
        self.last_rows[sheet] = max(self.last_rows.get(sheet, 0), row + rows)

    def finish(self) -> None:
        """Print what the columns hold and no more: a text that runs over widens no page."""
        for sheet, widths in self.widths.items():
            last = max(sheet.dim_rowmax or 0, self.last_rows.get(sheet, 0))
            sheet.print_area(0, 0, last, len(widths) - 1)

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
