"""No clear telephone number and no caller name anywhere in a home that has done its work."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.homes import HomeOnTrial


@pytest.fixture(scope="module")
def secrets(samples: Path) -> frozenset[str]:
    """Every number that called or was called, in the spellings a leak could take, and every name."""
    found: set[str] = set()
    with (samples / "truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            number, name = row["caller_or_called_number"], row["caller_name"]
            if number.isdigit():
                found |= {number, "9" + number, "+81" + number[1:]}
            if len(name) >= 3 and name.lower() != "anonymous":
                found.add(name)
    assert len(found) > 100
    return frozenset(found)


def leaks(text: str, secrets: frozenset[str]) -> set[str]:
    digits = set(re.findall(r"(?<![0-9])\+?[0-9]{9,13}(?![0-9])", text))
    names = {secret for secret in secrets if not secret.lstrip("+").isdigit() and secret in text}
    return (digits & secrets) | names


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


def test_the_search_finds_a_planted_number(tmp_path: Path, secrets: frozenset[str]) -> None:
    number = next(secret for secret in sorted(secrets) if secret.startswith("0"))
    plant = tmp_path / "plant.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select '{number}' as a) to '{plant}' (format parquet)")
    assert any(leaks(text, secrets) for text in readable_texts(plant))


def test_no_number_and_no_name_lies_anywhere_under_the_home(
    finished_home: HomeOnTrial, secrets: frozenset[str]
) -> None:
    files = [path for path in sorted(finished_home.path.rglob("*")) if path.is_file()]
    kinds = {path.suffix for path in files}
    assert {".parquet", ".duckdb", ".db", ".pdf", ".xlsx", ".json"} <= kinds
    found = {
        str(path.relative_to(finished_home.path)): len(leaked)
        for path in files
        if (leaked := {leak for text in readable_texts(path) for leak in leaks(text, secrets)})
    }
    assert found == {}


def test_nothing_on_disk_or_in_a_table_is_missing_from_the_inventory(
    finished_home: HomeOnTrial,
) -> None:
    from application.stores import STORES
    from compliance.ground.home import Home
    from compliance.ground.operations import open_operations
    from compliance.inventory import unlisted

    home = Home.at(finished_home.path)
    engine = open_operations(home.operations_url)
    try:
        assert unlisted(home, engine, STORES) == []
    finally:
        engine.dispose()
