"""A row of a table is the very line of the log that holds the same, whatever its fields hold."""

from __future__ import annotations

import itertools

import duckdb
import pyarrow as pa
import pytest

from telephony_ingest.asterisk import layouts
from telephony_ingest.asterisk.settings import PbxDatabase
from telephony_ingest.asterisk.tables import _FORMATS, shape_of
from telephony_ingest.landing.scanners import Engine

_HOSTILE = (
    "",
    "plain",
    'a "quoted" one',
    '"',
    "two\nlines",
    "a\r\nb",
    "終わり",
    "a,b",
    "\x1f",
    None,
)


def as_logged(value: str | None) -> str:
    return '"' + (value or "").replace("\n", " ").replace("\r", " ").replace('"', '""') + '"'


@pytest.mark.parametrize(
    ("kind", "fields"), [("cdr", layouts.CDR_REFERENCE[:-1]), ("cel", layouts.CEL_REFERENCE)]
)
def test_every_field_is_written_as_the_log_writes_it(kind: str, fields: tuple[str, ...]) -> None:
    """Each hostile text in each field alone, and all fields hostile at once."""
    names = [name for name in fields if name]
    rows: list[dict[str, str | None]] = [
        {name: text if name == place else "x" for name in names}
        for place, text in itertools.product(names, _HOSTILE)
    ]
    rows += [
        {name: _HOSTILE[(at + n) % len(_HOSTILE)] for at, name in enumerate(names)}
        for n in range(len(_HOSTILE))
    ]
    shape = shape_of(
        kind, kind, dict.fromkeys(names, "VARCHAR"), Engine.MARIADB, _FORMATS[kind],
        PbxDatabase(engine=Engine.MARIADB, database="asterisk"),
    )  # fmt: skip
    given = pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in names]))
    with duckdb.connect() as connection:
        connection.register("given", given)
        found = connection.execute(f"select {shape.line} from given").fetchall()
    wanted = [",".join(as_logged(row.get(name)) for name in fields) for row in rows]
    assert [line for (line,) in found] == wanted
