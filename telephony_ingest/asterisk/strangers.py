"""Files that lie where a log should be and are something else: named for what they are, with what to do.

A site that is asked for its logs sends what it has: a dump of the database that the exchange also writes to, the export of
another exchange, a log that was opened in Excel and saved. None of them can be read as the log, and each spoils in its own
way what could be (Excel takes the last zero off a call's id and the seconds off a time). So such a file is refused whole and
told what it is; it is none of these as long as a single line of its beginning is the log's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from telephony_ingest.landing.csv_lines import csv_row

_LOOKED_AT = 60
"""Lines of a beginning: a dump's comments come first."""
_OWN_FILE = "give the file as the exchange wrote it"
_QUEUE_LINE = re.compile(rb"[0-9]{9,14}\|[^|]*\|[^|]*\|[^|]*\|")
_MAGIC = (
    (
        (b"PK\x03\x04",),
        f"is an Excel workbook or another zip archive, not the log: {_OWN_FILE}, not opened in Excel",
    ),
    (
        (b"\xd0\xcf\x11\xe0",),
        f"is an old Excel workbook, not the log: {_OWN_FILE}, not opened in Excel",
    ),
    (
        (b"SQLite format 3\0",),
        "is a database file (SQLite), not a log: switch cdr_csv or cel_custom on, or export its table as CSV with its "
        "column names in the first line",
    ),
    (
        (b"\xff\xfe", b"\xfe\xff"),
        f"is text in UTF-16, as Excel saves it: {_OWN_FILE}, not opened in Excel",
    ),
)
_SQL = re.compile(
    rb"(?i)\s*(insert\s+(ignore\s+)?into|replace\s+into|create\s+table|drop\s+table|copy\s+\S+.*\bfrom\s+stdin)\b"
)
_DUMP = (
    "is a database dump (SQL), not a log: let the exchange write the log as a file (docs/pbx.md), or export the table as CSV "
    "with its column names in the first line"
)
_MARKUP = re.compile(rb"\s*(<\?xml|<!doctype|<html|<cdr|\[?\s*\{\s*\")", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"-?[0-9](\.[0-9]+)?E\+[0-9]{1,3}")
_EXCEL_TIME = re.compile(r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2} [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?")
_EXCEL = (
    f"was saved by Excel ({{}}): ids and times are no longer what the exchange wrote. {_OWN_FILE.capitalize()}, not opened in "
    "Excel"
)
_MAKERS = (
    ("Cisco Unified CM", {"cdrrecordtype", "globalcallid_callid"}),
    ("FreeSWITCH", {"start_stamp", "hangup_cause"}),
    ("3CX", {"call time", "caller id", "ringing", "talking"}),
    ("Avaya IP Office", {"call start", "connected time", "is internal"}),
    ("Yeastar", {"call from", "call to", "call duration(s)"}),
)
_OTHERS = (
    "is the export of another system ({}), not Asterisk's log: its header has no column uniqueid, so no line can be brought "
    "together with another. Look which file [pbx.sources] names"
)


def stranger_to_queue_log(head: Sequence[bytes]) -> str | None:
    """What a file is instead of a queue_log, by its first lines; null where one of them is a line of queue_log, or nothing
    is known of it."""
    if any(_QUEUE_LINE.match(line) for line in head):
        return None
    return _not_text(head) or _saved_queue_log(head) or _export(_rows(head))


def stranger_to_csv(head: Sequence[bytes]) -> str | None:
    """What a file is instead of CDR or CEL as CSV, by its first lines, none of which is in a known order."""
    rows = _rows(head)
    return _not_text(head) or _saved_csv(head, rows) or _export(rows)


def _not_text(head: Sequence[bytes]) -> str | None:
    for beginnings, told in _MAGIC:
        if head and head[0].startswith(beginnings):
            return told
    lines = [line for line in head[:_LOOKED_AT] if line.strip()]
    if any(_SQL.match(line) for line in lines):
        return _DUMP
    if lines and _MARKUP.match(lines[0]):
        return (
            "is XML, HTML or JSON, not a log: look which file [pbx.sources] names, or let the exchange write "
            "CSV (docs/pbx.md)"
        )
    return None


def _saved_queue_log(head: Sequence[bytes]) -> str | None:
    for line in head[:_LOOKED_AT]:
        if _QUEUE_LINE.match(line.lstrip(b'"')):
            return _EXCEL.format("its lines stand in quotes")
        cells = re.split(r"[,;\t]", line.decode("utf-8", "replace"))
        is_epoch = re.fullmatch(r"[0-9]{9,11}|[0-9.]+E\+[0-9]+", cells[0])
        if is_epoch and len(cells) >= 5 and re.fullmatch(r"[A-Z]{4,24}", cells[4]):
            return _EXCEL.format("its fields are divided by something else than |")
    return None


def _saved_csv(head: Sequence[bytes], rows: Sequence[Sequence[str]]) -> str | None:
    for divider, name in (("\t", "tabs"), (";", "semicolons")):
        if rows and all(len(row) < 5 for row in rows):
            widths = {line.count(divider.encode()) for line in head[: len(rows)]}
            if min(widths) >= 9:
                return _EXCEL.format(f"its columns are divided by {name}")
    cells = [cell for row in rows for cell in row]
    if any(_SCIENTIFIC.fullmatch(cell) for cell in cells):
        return _EXCEL.format("numbers as 1.7E+09")
    if any(_EXCEL_TIME.fullmatch(cell) for cell in cells):
        return _EXCEL.format("times as 2023/11/20 9:05")
    return None


def _export(rows: Sequence[Sequence[str]]) -> str | None:
    """Another system's table: its first line is a header without an id of a channel, over lines that hold values."""
    if len(rows) < 2 or len(rows[0]) < 4:
        return None
    header = [cell.strip().lower() for cell in rows[0]]
    maker = next((name for name, words in _MAKERS if words <= set(header)), None)
    is_header = all(cell and not re.search(r"[0-9]{3}|[|/]", cell) for cell in header)
    has_values = sum(bool(re.search(r"[0-9]", cell)) for cell in rows[1]) >= 2
    if maker is None and not (is_header and has_values and len(set(header)) == len(header)):
        return None
    return None if "uniqueid" in header else _OTHERS.format(maker or "by its header")


def _rows(head: Sequence[bytes]) -> list[list[str]]:
    return [row for line in head[:_LOOKED_AT] if (row := csv_row(line))]
