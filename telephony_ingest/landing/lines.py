"""Lines of a log as an Arrow table: one row per line, in order, with its exact place.

The bytes are scanned once for newlines; the positions found are at once the byte offsets of the lineage
and the offsets of an Arrow string array, so no line is copied or touched by Python. CSV fields come from
Arrow's parallel reader, which is trusted only when it gives exactly one row per line; otherwise (an
unclosed quote, a missing field, a bad byte anywhere in the chunk) that chunk is read line by line, so
that a good line beside a bad one is not lost and nothing shifts. Where a mere divider stands between fields, the
dividers are found as the newlines are.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from telephony_ingest.landing.log_format import Divided, Layout, LogFormat
from telephony_ingest.landing.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    import pyarrow as pa

MAXIMUM_LINE = 1 << 20
"""Bytes; a longer line is set aside."""


def table_of(
    raw: bytes,
    start_offset: int,
    start_line: int,
    log_format: LogFormat,
    layout: Layout | None,
    pseudonyms: Pseudonyms,
) -> pa.Table:
    """The lines of `raw`, which ends with a newline.

    Columns: `line` (with its newline, a carriage return before it left out), `byte_offset`, `line_no`
    (from 1 in the source), `bad_reason` (null where the line could be taken apart), `bad_key` (null where it
    also is UTF-8), `length_bytes`, then one text column per field of the format. One that `layout` does not have is
    empty in every line; of a format that is `divided`, the count of fields follows.
    """
    import numpy as np
    import pyarrow as pa

    divided = log_format.divided
    fields = None if divided else log_format.fields

    newline = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == 0x0A).astype(np.int64)
    count = len(newline)
    offsets = np.concatenate([np.zeros(1, np.int64), newline + 1])
    places: dict[str, Any] = {
        "byte_offset": pa.array(offsets[:-1] + start_offset),
        "line_no": pa.array(np.arange(start_line + 1, start_line + count + 1, dtype=np.int64)),
        "length_bytes": pa.array(np.diff(offsets)),
    }
    is_plain = (
        (b"\r" not in raw or b"\r\n" not in raw)
        and (raw.isascii() or _is_utf8(raw))
        and (count == 0 or int(np.diff(offsets).max()) <= MAXIMUM_LINE)
    )
    parsed = _columns(raw, count, fields, layout) if is_plain and fields and layout else None
    if is_plain and (fields is None or parsed is not None):
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(raw)]  # type: ignore[arg-type]
        line = pa.Array.from_buffers(pa.large_string(), count, buffers)
        nothing = pa.nulls(count, pa.string())
        apart = _apart(raw, divided) if divided else parsed or {}
        return pa.table(
            {**places, "line": line, "bad_reason": nothing, "bad_key": nothing, **apart}
        )
    columns = _line_by_line(raw, fields, layout, pseudonyms)
    if divided:
        texts = columns["line"].fill_null("\n").to_pylist()
        columns |= _apart("".join(texts).encode(), divided)
    return pa.table({**places, **columns})


def _apart(raw: bytes, divided: Divided) -> dict[str, Any]:
    """The fields between dividers, and how many each line has."""
    import numpy as np
    import pyarrow as pa

    text = np.frombuffer(raw, np.uint8)
    is_newline = text == 0x0A
    is_end = is_newline | (text == ord(divided.divider))
    ends = np.flatnonzero(is_end)
    # each field's place in the text without the ends
    starts = np.concatenate([np.zeros(1, np.int64), ends - np.arange(len(ends))])
    buffers = [None, pa.py_buffer(starts.data), pa.py_buffer(text[~is_end].data)]
    values = pa.Array.from_buffers(pa.large_string(), len(ends), buffers)
    after = np.flatnonzero(is_newline[ends]) + 1
    first = np.concatenate([np.zeros(1, np.int64), after[:-1]])[: len(after)]
    count = after - first

    def taken(places: Any, is_missing: Any) -> Any:
        return values.take(pa.array(places, pa.int64(), mask=is_missing))

    front = {name: taken(first + n, count <= n) for n, name in enumerate(divided.front)}
    back = {
        name: taken(after - n, count < n)
        for n, name in zip(range(len(divided.back), 0, -1), divided.back, strict=True)
    }
    return {**front, **back, divided.count: pa.array(count)}


def csv_row(line: bytes) -> list[str] | None:
    """The fields of one CSV line; null where its quotes are not closed."""
    try:
        row = next(csv.reader([line.decode("latin-1")], strict=True))
    except (csv.Error, StopIteration):
        return None
    return [_text(value) for value in row]


def _columns(
    raw: bytes, count: int, fields: Sequence[str], layout: Layout
) -> dict[str, Any] | None:
    """Fields by Arrow's reader; null when it does not give one row per line."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    if count == 0:
        return {name: pa.array([], pa.string()) for name in fields}
    names = [name or f"#{place}" for place, name in enumerate(layout.columns)]
    present = [name for name in names if name in fields]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(raw),  # type: ignore[arg-type]
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=2 << 20),
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
    blank = None
    columns: dict[str, Any] = {}
    for name in fields:
        if name in present:
            columns[name] = table[name]
        else:
            blank = pa.array([""] * count, pa.string()) if blank is None else blank
            columns[name] = blank
    return columns


def _line_by_line(
    raw: bytes, fields: Sequence[str] | None, layout: Layout | None, pseudonyms: Pseudonyms
) -> dict[str, Any]:
    import pyarrow as pa

    lines: list[str | None] = []
    reasons: list[str | None] = []
    keys: list[str | None] = []
    rows: list[Sequence[str] | None] = []
    orders = {} if layout is None else _orders(layout)
    places = {
        n: [order.index(f) if f in order else None for f in fields or ()]
        for n, order in orders.items()
    }
    for line in raw.split(b"\n")[:-1]:
        bare = line.removesuffix(b"\r")
        reason, text, row = _read_line(bare, fields)
        if row is not None and len(row) not in places:
            reason, row = "wrong_field_count", None
        lines.append(None if text is None else text + "\n")
        is_garbled = reason != "too_long" and not _is_utf8(bare)
        reason = "not_utf8" if reason is not None and is_garbled else reason
        reasons.append(reason)
        keys.append(pseudonyms.line(bare + b"\n") if reason or is_garbled else None)
        rows.append(row)
    columns: dict[str, Any] = {
        "line": pa.array(lines, pa.large_string()),
        "bad_reason": pa.array(reasons, pa.string()),
        "bad_key": pa.array(keys, pa.string()),
    }
    for i, name in enumerate(fields or ()):
        values: list[str | None] = []
        for row in rows:
            place = None if row is None else places[len(row)][i]
            values.append(None if row is None else "" if place is None else row[place])
        columns[name] = pa.array(values, pa.string())
    return columns


def _orders(layout: Layout) -> dict[int, tuple[str, ...]]:
    return {**layout.others, len(layout.columns): layout.columns}


def _read_line(
    line: bytes, fields: Sequence[str] | None
) -> tuple[str | None, str | None, Sequence[str] | None]:
    if len(line) > MAXIMUM_LINE:
        return "too_long", None, None
    text = "|".join(_text(part.decode("latin-1")) for part in line.split(b"|"))
    if fields is None or not text:
        return None, text, None
    row = csv_row(line)
    return ("unclosed_quote", text, None) if row is None else (None, text, row)


def _text(value: str) -> str:
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


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
