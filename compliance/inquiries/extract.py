"""Inquiries as a table for the SQL models: `floor/inquiries.parquet`, codes and ids only.

One row for each record in force, in its latest revision. The register only grows, so the number of its rows says whether the
table is of today; it is replaced by rename only when it is not.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from compliance.ground import durable
from compliance.ground.home import Home
from compliance.inquiries.record import Flag
from compliance.inquiries.register import KeptInquiry, inquiries, latest

_ROWS = b"madoguchi_register_rows"


def path_of(home: Home) -> Path:
    """Where the table lies."""
    return home.floor / "inquiries.parquet"


def write_extract(home: Home, engine: Engine) -> bool:
    """Write the table where the register has grown since; returns whether it did."""
    import pyarrow.parquet as pq

    path = path_of(home)
    with engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(inquiries)).scalar_one()
    if path.is_file():
        known = (pq.read_schema(path).metadata or {}).get(_ROWS)
        if known == str(rows).encode():
            return False
    home.floor.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.write_durably(path, _parquet(latest(engine), rows))
    return True


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
