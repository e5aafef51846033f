"""Lines of a log as an Arrow table: one row per line, in order, with its exact place.

The bytes are scanned once for newlines; the positions found are at once the byte offsets of the lineage
and the offsets of an Arrow string array, so no line is copied or touched by Python. Only a line that is strange in
itself (too long, no UTF-8, a carriage return within) is. A line that is too long to be held is told by how it begins and
how long it is. A line's text, fields and verdict depend on that line
alone, never on what it was read with. Where a mere divider stands between fields, the dividers are found as the
newlines are; CSV is taken apart by `landing.csv_lines`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telephony_ingest.landing.csv_lines import MAXIMUM_LINE, columns_of, text_of
from telephony_ingest.landing.log_format import Divided, Layout, LogFormat
from telephony_ingest.landing.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    import pyarrow as pa

TOO_LONG = "too_long"
"""The reason of a line longer than `MAXIMUM_LINE`."""
_MARK = b"\xef\xbb\xbf"
"""A byte order mark, which Arrow's reader leaves out where it begins what is read."""


def table_of(
    raw: bytes,
    start_offset: int,
    start_line: int,
    log_format: LogFormat,
    layout: Layout | None,
    pseudonyms: Pseudonyms,
) -> pa.Table:
    """The lines of `raw`, which ends with a newline.

    Columns: `line` (with its newline, a carriage return before it left out; empty where it is too long), `byte_offset`,
    `line_no` (from 1 in the source), `bad_reason` (null where the line could be taken apart), `bad_key` (null where it
    also is UTF-8), `length_bytes`, then one text column per field of the format. One that `layout` does not have is
    empty in every line; of a format that is `divided`, the count of fields follows.
    """
    import numpy as np
    import pyarrow as pa

    bounds = _bounds(raw)
    count = len(bounds) - 1

    def line_at(place: int) -> bytes:
        return raw[bounds[place] : bounds[place + 1] - 1].removesuffix(b"\r")

    text = raw.replace(b"\r\n", b"\n") if b"\r\n" in raw else raw
    offsets = bounds if text is raw else _bounds(text)
    is_single = np.diff(offsets) - 1 > MAXIMUM_LINE
    reasons = dict.fromkeys(np.flatnonzero(is_single).tolist(), TOO_LONG)
    garbled = [place for place in _not_utf8(text, offsets) if place not in reasons]
    texts = dict.fromkeys(reasons, "") | {place: _text(line_at(place)) for place in garbled}
    if texts:
        text = _with_texts(text, offsets, texts)
        offsets = _bounds(text)
    line = pa.Array.from_buffers(
        pa.large_string(), count, [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    )
    if log_format.divided:
        apart = _apart(text, log_format.divided)
    elif layout is None:
        apart = {}
    else:
        is_single |= np.diff(offsets) == 1
        is_single[garbled] = True
        is_single[_places(text, offsets, b"\r")] = True
        is_single[_places(text, offsets, _MARK)] = True
        too_long = set(reasons)
        apart, more = columns_of(
            line,
            is_single,
            lambda place: b"" if place in too_long else line_at(place),
            log_format.fields,
            layout,
        )
        reasons |= more
    reasons |= dict.fromkeys(reasons.keys() & set(garbled), "not_utf8")
    keys = {
        place: _key_of_long(pseudonyms, line_at(place), int(bounds[place + 1] - bounds[place]))
        if reasons.get(place) == TOO_LONG
        else pseudonyms.line(line_at(place) + b"\n")
        for place in (*reasons, *garbled)
    }
    return pa.table(
        {
            "byte_offset": pa.array(bounds[:-1] + start_offset),
            "line_no": pa.array(np.arange(start_line + 1, start_line + count + 1, dtype=np.int64)),
            "length_bytes": pa.array(np.diff(bounds)),
            "line": line,
            "bad_reason": _sparse(count, reasons),
            "bad_key": _sparse(count, keys),
            **apart,
        }
    )


def table_of_cut(
    beginning: bytes,
    length: int,
    start_offset: int,
    start_line: int,
    log_format: LogFormat,
    layout: Layout | None,
    pseudonyms: Pseudonyms,
) -> pa.Table:
    """One line that is too long to be held, as `table_of` tells it: its `beginning` is at least as much as a line may be, or
    it is the rest of such a line; `length` is all of it in bytes."""
    import pyarrow as pa

    table = table_of(b"\n", start_offset, start_line, log_format, layout, pseudonyms)
    said: dict[str, Any] = {
        "length_bytes": pa.array([length]),
        "bad_reason": pa.array([TOO_LONG]),
        "bad_key": pa.array([_key_of_long(pseudonyms, beginning, length)]),
    }
    for name, value in said.items():
        table = table.set_column(table.column_names.index(name), name, value)
    return table


def _key_of_long(pseudonyms: Pseudonyms, beginning: bytes, length: int) -> str:
    """The key of a line that is too long: of its beginning and length, so that it need not be held."""
    return pseudonyms.line(beginning[:MAXIMUM_LINE] + b" %d\n" % length)


def _bounds(text: bytes) -> Any:
    """Where each line begins, and where the last one ends."""
    import numpy as np

    newline = np.flatnonzero(np.frombuffer(text, np.uint8) == 0x0A)
    return np.concatenate([np.zeros(1, np.int64), newline + 1])


def _not_utf8(text: bytes, offsets: Any) -> list[int]:
    """The places of the lines that are not UTF-8."""
    import numpy as np

    if text.isascii() or _is_utf8(text):
        return []
    wide = np.flatnonzero(np.frombuffer(text, np.uint8) >= 0x80)
    asked = np.unique(np.searchsorted(offsets, wide, side="right") - 1)
    return [at for at in asked.tolist() if not _is_utf8(text[offsets[at] : offsets[at + 1]])]


def _places(text: bytes, offsets: Any, sign: bytes) -> list[int]:
    """The places of the lines that hold a sign."""
    import numpy as np

    found, at = [], text.find(sign)
    while at >= 0:
        place = int(np.searchsorted(offsets, at, side="right")) - 1
        found.append(place)
        at = text.find(sign, offsets[place + 1])
    return found


def _with_texts(text: bytes, offsets: Any, texts: dict[int, str]) -> bytes:
    """The lines with other texts in some places."""
    parts: list[bytes | memoryview] = []
    view, at = memoryview(text), 0
    for place in sorted(texts):
        parts += [view[at : offsets[place]], texts[place].encode(), b"\n"]
        at = int(offsets[place + 1])
    return b"".join([*parts, view[at:]])


def _sparse(count: int, values: dict[int, str]) -> Any:
    import pyarrow as pa

    if not values:
        return pa.nulls(count, pa.string())
    every: list[str | None] = [None] * count
    for place, value in values.items():
        every[place] = value
    return pa.array(every, pa.string())


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


def _text(line: bytes) -> str:
    return "|".join(text_of(part.decode("latin-1")) for part in line.split(b"|"))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
