"""Inquiries and entries about them as tables for the SQL models: `floor/*.parquet`, codes and ids only.

One row for each record in force, in its latest revision. The register only grows, so the number of its rows says whether the
table is of today; it is replaced by rename only when it is not.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, func, select

from compliance.ground import durable
from compliance.ground.home import Home
from compliance.inquiries.kept import KeptInquiry, inquiries
from compliance.inquiries.record import Flag
from compliance.inquiries.register import latest
from compliance.registers.entries import KeptEntry, count_of_rows, entries
from compliance.registers.known import REGISTERS

Row = TypeVar("Row")
_ROWS = b"madoguchi_register_rows"
_NOTED = re.compile(re.escape(_ROWS) + rb"\x18.([0-9]+/[0-9a-f]{8})\x00", re.DOTALL)
"""That key in a footer with its value, as Thrift's compact protocol writes two texts of less than 128 bytes: field, length, bytes."""
_FOOTER_AT_MOST = 1 << 16


def path_of(home: Home) -> Path:
    """Where the table of inquiries lies."""
    return home.floor / "inquiries.parquet"


def write_extract(home: Home, engine: Engine) -> bool:
    """Write each table whose register has grown since; returns whether that of inquiries was."""
    home.floor.mkdir(mode=0o700, parents=True, exist_ok=True)
    with engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(inquiries)).scalar_one()
    entries_path, noted = home.floor / "entries.parquet", count_of_rows(engine)
    if not _is_of(entries_path, noted, _ENTRY_COLUMNS):
        durable.write_durably(entries_path, _parquet(_entries(engine), noted, _ENTRY_COLUMNS))
    if _is_of(path_of(home), rows, _COLUMNS):
        return False
    durable.write_durably(path_of(home), _parquet(latest(engine), rows, _COLUMNS))
    return True


def _is_of(path: Path, rows: int, columns: Iterable[str]) -> bool:
    """Whether the table there was written from that many rows of its register, with these columns. The file's end is looked at, and
    nothing is loaded for it: whoever opens a home asks."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _FOOTER_AT_MOST))
            found = _NOTED.findall(file.read())
    except OSError:
        return False
    return found == [_noted(rows, columns)]


def _noted(rows: int, columns: Iterable[str]) -> bytes:
    """What a table says of itself: how many rows its register had, and which columns it was given."""
    return f"{rows}/{hashlib.sha256('|'.join(columns).encode()).hexdigest()[:8]}".encode()


_COLUMNS: Mapping[str, tuple[str, Callable[[KeptInquiry], object]]] = {
    "inquiry_id": ("string", lambda k: k.inquiry_id),
    "revision": ("int32", lambda k: k.revision),
    "call_id": ("string", lambda k: k.inquiry.call_id),
    "number": ("int32", lambda k: k.inquiry.number),
    "inquired_at": ("instant", lambda k: k.inquiry.at),
    "operator": ("string", lambda k: k.inquiry.operator),
    "category": ("string", lambda k: k.inquiry.category),
    "item": ("string", lambda k: k.inquiry.item),
    "voice": ("string", lambda k: k.inquiry.voice),
    "stance": ("string", lambda k: k.inquiry.stance),
    "handling": ("string", lambda k: k.inquiry.handling),
    "faq": ("string", lambda k: k.inquiry.faq),
    "is_counted": ("bool", lambda k: k.inquiry.is_counted),
    "is_complaint": ("bool", lambda k: Flag.COMPLAINT in k.inquiry.flags),
    "is_urgent": ("bool", lambda k: Flag.URGENT in k.inquiry.flags),
    "needs_care": ("bool", lambda k: Flag.NEEDS_CARE in k.inquiry.flags),
    "is_message": ("bool", lambda k: Flag.MESSAGE in k.inquiry.flags),
    "ward": ("string", lambda k: k.inquiry.ward),
    "age_band": ("string", lambda k: k.inquiry.age_band),
    "channel": ("string", lambda k: k.inquiry.channel),
    "row_key": ("string", lambda k: f"{k.inquiry_id}/{k.revision}"),
}
"""The table of inquiries: each column's type and what is in it."""
_ENTRY_COLUMNS: Mapping[str, tuple[str, Callable[[KeptEntry], object]]] = {
    "register": ("string", lambda k: k.register),
    "entry_id": ("string", lambda k: k.entry_id),
    "revision": ("int32", lambda k: k.revision),
    "about": ("string", lambda k: k.about),
    "plain": ("string", lambda k: json.dumps(k.values, ensure_ascii=False, sort_keys=True)),
}
"""The table of entries: what lies in clear as JSON."""


def _entries(engine: Engine) -> list[KeptEntry]:
    """Every entry in force of every register."""
    return [one for register in REGISTERS.values() for one in entries(engine, register)]


def _parquet(
    kept: Sequence[Row], rows: int, columns: Mapping[str, tuple[str, Callable[[Row], object]]]
) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types: dict[str, pa.DataType] = {
        "string": pa.string(),
        "int32": pa.int32(),
        "bool": pa.bool_(),
        "instant": pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema(
        [(name, types[kind]) for name, (kind, _) in columns.items()],
        metadata={_ROWS: _noted(rows, columns)},
    )
    values = {name: [told(one) for one in kept] for name, (_, told) in columns.items()}
    out = io.BytesIO()
    pq.write_table(pa.table(values, schema=schema), out)
    return out.getvalue()
