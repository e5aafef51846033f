"""Everything that can be read of a file, whatever its form."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import duckdb


def readable_texts(path: Path) -> Iterator[str]:
    """What a file says: its raw bytes, and what is compressed or columnar inside it."""
    raw = path.read_bytes()
    yield raw.decode("latin-1")
    yield raw.decode("utf-8", "ignore")
    yield raw.decode("utf-16-le", "ignore")
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            yield repr(connection.execute(f"select * from read_parquet('{path}')").fetchall())
        import pyarrow.parquet as pq

        yield repr(pq.read_metadata(path).metadata)
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name, table_type from information_schema.tables"
            ).fetchall()
            for schema, table, _ in tables:
                yield repr(connection.execute(f'select * from "{schema}"."{table}"').fetchall())
    elif raw.startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            for (statement,) in connection.execute(
                "select name from sqlite_master where type='table'"
            ):
                yield repr(connection.execute(f'select * from "{statement}"').fetchall())
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for member in archive.namelist():
                yield archive.read(member).decode("utf-8", "ignore")
    elif path.suffix == ".pdf":
        import pypdf

        for page in pypdf.PdfReader(io.BytesIO(raw)).pages:
            yield page.extract_text()
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", raw, re.DOTALL):
            try:
                yield zlib.decompress(stream).decode("latin-1")
            except zlib.error:
                continue
