"""Inquiries and entries about them as tables for the SQL models: `floor/*.parquet`, codes and ids only.

One row for each record in force, in its latest revision. The register only grows, so the number of its rows says whether the
table is of today; it is replaced by rename only when it is not.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from compliance.ground import durable
from compliance.ground.home import Home
from compliance.inquiries.kept import KeptInquiry, inquiries
from compliance.inquiries.record import Flag
from compliance.inquiries.register import latest
from compliance.registers.entries import count_of_rows, entries
from compliance.registers.known import REGISTERS

_ROWS = b"madoguchi_register_rows"
_CHANNEL = "channel"
"""The column of inquiries that was added last: a table of an earlier version lacks it and is written anew."""


def path_of(home: Home) -> Path:
    """Where the table of inquiries lies."""
    return home.floor / "inquiries.parquet"


def write_extract(home: Home, engine: Engine) -> bool:
    """Write each table whose register has grown since; returns whether that of inquiries was."""
    home.floor.mkdir(mode=0o700, parents=True, exist_ok=True)
    with engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(inquiries)).scalar_one()
    entries_path, noted = home.floor / "entries.parquet", count_of_rows(engine)
    if not _is_of(entries_path, noted):
        durable.write_durably(entries_path, _entries(engine, noted))
    if _is_of(path_of(home), rows, _CHANNEL):
        return False
    durable.write_durably(path_of(home), _parquet(latest(engine), rows))
    return True


def _is_of(path: Path, rows: int, column: str = "") -> bool:
    """Whether the table there was written from that many rows of its register, and has the column that was added last."""
    import duckdb  # whoever opens a home asks it anyway; pyarrow is imported to write alone

    if not path.is_file():
        return False
    place = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select value from parquet_kv_metadata('{place}') where key = '{_ROWS.decode()}'"
        ).fetchall()
        named = connection.execute(f"select name from parquet_schema('{place}')").fetchall()
    return found == [(str(rows).encode(),)] and (not column or (column,) in named)


def _entries(engine: Engine, rows: int) -> bytes:
    """Every entry in force of every register, what lies in clear as JSON."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kept = [one for register in REGISTERS.values() for one in entries(engine, register)]
    columns: dict[str, list[Any]] = {
        "register": [one.register for one in kept],
        "entry_id": [one.entry_id for one in kept],
        "revision": [one.revision for one in kept],
        "about": [one.about for one in kept],
        "plain": [json.dumps(one.values, ensure_ascii=False, sort_keys=True) for one in kept],
    }
    kinds = {"revision": pa.int32()}
    schema = pa.schema(
        [(name, kinds.get(name, pa.string())) for name in columns],
        metadata={_ROWS: str(rows).encode()},
    )
    out = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema), out)
    return out.getvalue()


def _parquet(kept: list[KeptInquiry], rows: int) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, flag = pa.string(), pa.bool_()
    columns: dict[str, tuple[pa.DataType, list[Any]]] = {
        "inquiry_id": (text, [k.inquiry_id for k in kept]),
        "revision": (pa.int32(), [k.revision for k in kept]),
        "call_id": (text, [k.inquiry.call_id for k in kept]),
        "number": (pa.int32(), [k.inquiry.number for k in kept]),
        "inquired_at": (pa.timestamp("us", tz="UTC"), [k.inquiry.at for k in kept]),
        "operator": (text, [k.inquiry.operator for k in kept]),
        "category": (text, [k.inquiry.category for k in kept]),
        "item": (text, [k.inquiry.item for k in kept]),
        "voice": (text, [k.inquiry.voice for k in kept]),
        "stance": (text, [k.inquiry.stance for k in kept]),
        "handling": (text, [k.inquiry.handling for k in kept]),
        "faq": (text, [k.inquiry.faq for k in kept]),
        "is_counted": (flag, [k.inquiry.is_counted for k in kept]),
        "is_complaint": (flag, [Flag.COMPLAINT in k.inquiry.flags for k in kept]),
        "is_urgent": (flag, [Flag.URGENT in k.inquiry.flags for k in kept]),
        "needs_care": (flag, [Flag.NEEDS_CARE in k.inquiry.flags for k in kept]),
        "is_message": (flag, [Flag.MESSAGE in k.inquiry.flags for k in kept]),
        "ward": (text, [k.inquiry.ward for k in kept]),
        "age_band": (text, [k.inquiry.age_band for k in kept]),
        _CHANNEL: (text, [k.inquiry.channel for k in kept]),
        "row_key": (text, [f"{k.inquiry_id}/{k.revision}" for k in kept]),
    }
    schema = pa.schema(
        [(name, kind) for name, (kind, _) in columns.items()],
        metadata={_ROWS: str(rows).encode()},
    )
    table = pa.table({name: values for name, (_, values) in columns.items()}, schema=schema)
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()
