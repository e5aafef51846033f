"""The fields of CSV lines, each line by itself: what stands in one line never changes what another is read as.

`csv_row` says what a line holds. Arrow's reader says the same of many lines at once, on all cores, but only as long
as each of its rows is one line: an open quote swallows the next one, another number of fields stops it. So it is
trusted with a piece of lines only when that gave as many rows as lines and the last line is closed. Where no line
holds a carriage return, every row takes at least one newline, so these rows are the lines (a property test holds it).
A piece that it does not take is sorted by numbers of fields, then halved; the lines left over are asked one by one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from telephony_ingest.landing.log_format import Layout

if TYPE_CHECKING:
    import pyarrow as pa

MAXIMUM_LINE = 1 << 20
"""Bytes; a longer line is set aside."""
_FEW = 64
"""Lines that are asked one by one in about the time of one call of Arrow's reader."""
_READ_BYTES = 2 << 20
"""What one thread of Arrow's reader takes at a time; more than the longest line."""


def csv_row(line: bytes) -> list[str] | None:
    """The fields of one CSV line without its end; null where its quotes are not closed.

    What follows a closing quote belongs to the field, and a quote within a field that began without one is a
    character like others (RFC 4180 leaves both open; Arrow reads so).
    """
    if csv.field_size_limit() < MAXIMUM_LINE:
        csv.field_size_limit(MAXIMUM_LINE)
    reader = csv.reader((line.decode("latin-1"), ""))
    try:
        row = next(reader, [])
    except csv.Error:  # a carriage return outside quotes
        return None
    return [text_of(value) for value in row] if reader.line_num == 1 else None


def text_of(value: str) -> str:
    """A field's text: UTF-8, else the encoding of Japanese Windows, else each strange byte written out.

    `value` holds one character for each byte. Fields are told apart before they are decoded, so that no
    encoding can swallow a separator.
    """
    raw = value.encode("latin-1")
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def columns_of(
    lines: pa.Array[Any],
    is_single: Any,
    line_at: Callable[[int], bytes],
    fields: Sequence[str],
    layout: Layout,
) -> tuple[dict[str, Any], dict[int, str]]:
    """One text column per field, and why lines could not be taken apart, by their index.

    `lines` are UTF-8 with their newlines, one after the other in one buffer; `is_single` (a numpy array of bool)
    marks those that `csv_row` alone may read, from the bytes of `line_at`, which end before the newline. A field that
    a line's order does not have is empty, and all are null where the line is empty or could not be taken apart.
    """
    import numpy as np
    import pyarrow as pa

    orders = {**layout.others, len(layout.columns): layout.columns}
    if not is_single.any():
        whole = _read(lines, layout.columns, fields)
        if whole is not None:
            return {name: whole[name] for name in fields}, {}
    tables: list[pa.Table] = []
    places: list[Any] = []
    widths = np.where(is_single, 0, _widths(lines))
    for width, order in orders.items():
        alike = np.flatnonzero(widths == width)
        of_width = lines.take(alike)
        for start, end, table in _taken(of_width, order, fields):
            if table is None:
                widths[alike[start:end]] = 0
            else:
                tables.append(table)
                places.append(alike[start:end])
    left = np.flatnonzero(~np.isin(widths, list(orders)))
    table, reasons = _one_by_one(left.tolist(), line_at, fields, orders)
    order_of_lines: Any = pa.array(np.argsort(np.concatenate([*places, left])))
    sorted_table = pa.concat_tables([*tables, table]).take(order_of_lines)
    return {name: sorted_table[name] for name in fields}, reasons


def _taken(
    lines: pa.Array[Any], order: Sequence[str], fields: Sequence[str]
) -> Iterator[tuple[int, int, pa.Table | None]]:
    """Pieces of the lines from start to end, in order, each with its table; null where Arrow's reader is not to be asked."""
    ranges = [(0, len(lines))]
    while ranges:
        start, end = ranges.pop()
        if start == end:
            continue
        table = _read(lines.slice(start, end - start), order, fields)
        if table is not None or end - start <= _FEW:
            yield start, end, table
        else:
            middle = (start + end) // 2
            ranges += [(middle, end), (start, middle)]


def _read(lines: pa.Array[Any], order: Sequence[str], fields: Sequence[str]) -> pa.Table | None:
    """The fields by Arrow's reader; null where its rows are not the lines."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    count = len(lines)
    if count == 0:
        return pa.table({name: pa.array([], pa.string()) for name in fields})
    offsets, content = _content(lines)
    if csv_row(content[int(offsets[-2]) : -1].to_pybytes()) is None:
        return None
    names = [name or f"#{place}" for place, name in enumerate(order)]
    present = [name for name in names if name in fields]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content),  # type: ignore[arg-type]
            read_options=arrow_csv.ReadOptions(
                column_names=names,
                block_size=_READ_BYTES,
                use_threads=len(content) > _READ_BYTES,
            ),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=False, ignore_empty_lines=False, double_quote=True
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(present, pa.string()),
                include_columns=present,
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != count:
        return None
    blank: Any = pa.array([""] * count, pa.string()) if len(present) < len(fields) else None
    columns: Any = {name: table[name] if name in present else blank for name in fields}
    return pa.table(columns)


def _content(lines: pa.Array[Any]) -> tuple[Any, Any]:
    """Where each line begins and the last one ends, and the bytes of the lines."""
    import numpy as np

    _, places, content = lines.buffers()
    offsets = np.frombuffer(memoryview(places), np.int64)[lines.offset :][: len(lines) + 1]  # type: ignore[arg-type]
    begin, end = int(offsets[0]), int(offsets[-1])
    return offsets - begin, content.slice(begin, end - begin)  # type: ignore[union-attr]


def _widths(lines: pa.Array[Any]) -> Any:
    """How many fields each line seems to have, were every quote in a pair; 0 where one is not.

    A guess by which to sort: whether it holds, the readers say.
    """
    import numpy as np

    bounds, content = _content(lines)
    text = np.frombuffer(content, np.uint8)
    is_inside = (np.cumsum(text == ord('"'), dtype=np.uint8) & 1).astype(bool)
    before = np.concatenate([np.zeros(1, bool), is_inside[bounds[1:] - 1]])
    is_comma = text == ord(",")
    every, outside = (
        np.diff(np.searchsorted(np.flatnonzero(commas), bounds))
        for commas in (is_comma, is_comma & ~is_inside)
    )
    widths = np.where(before[:-1], every - outside, outside) + 1
    return np.where(before[:-1] == before[1:], widths, 0)


def _one_by_one(
    places: Sequence[int],
    line_at: Callable[[int], bytes],
    fields: Sequence[str],
    orders: dict[int, tuple[str, ...]],
) -> tuple[pa.Table, dict[int, str]]:
    import pyarrow as pa

    where = {
        width: [order.index(name) if name in order else None for name in fields]
        for width, order in orders.items()
    }
    values: list[Sequence[str | None]] = []
    reasons: dict[int, str] = {}
    for place in places:
        line = line_at(place)
        row = csv_row(line) if line else []
        if row is None:
            reasons[place] = "unclosed_quote"
        elif line and len(row) not in orders:
            reasons[place] = "wrong_field_count"
        if row is None or len(row) not in orders or not line:
            values.append((None,) * len(fields))
        else:
            values.append(["" if at is None else row[at] for at in where[len(row)]])
    columns = list(zip(*values, strict=True)) if values else [()] * len(fields)
    return (
        pa.table(
            {
                name: pa.array(column, pa.string())
                for name, column in zip(fields, columns, strict=True)
            }
        ),
        reasons,
    )
