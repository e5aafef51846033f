"""The inventory of personal data finds what nobody listed (別紙2-10)."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, text

from compliance.ground.home import Home
from compliance.ground.operations import metadata
from compliance.inventory import STORES, TABLES, Finding, Holds, unlisted


def test_a_new_home_holds_nothing_unlisted(home: Home, engine: Engine) -> None:
    assert unlisted(home, engine) == []


def test_a_file_of_nobody_is_found(home: Home, engine: Engine) -> None:
    (home.root / "export.csv").write_text("x")
    (home.landing / "cdr").mkdir()
    (home.landing / "cdr" / "copy.csv").write_text("x")
    assert unlisted(home, engine) == [Finding("export.csv"), Finding("landing/cdr/copy.csv")]


def test_a_new_column_of_a_landing_table_is_found(home: Home, engine: Engine) -> None:
    (home.landing / "cdr").mkdir()
    table = pa.table({"row_key": ["a"], "caller_name": ["b"]})
    pq.write_table(table, home.landing / "cdr" / "a-0-1.parquet")
    assert unlisted(home, engine) == [Finding("landing/cdr/a-0-1.parquet", ("caller_name",))]


def test_a_new_table_or_column_of_the_database_is_found(home: Home, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table contacts (telephone varchar(20))"))
        connection.execute(text("alter table recordings add column caller varchar(20)"))
    assert unlisted(home, engine) == [
        Finding("operations: contacts"),
        Finding("operations: recordings", ("caller",)),
    ]


def test_every_table_of_the_schema_is_listed_with_all_its_columns() -> None:
    assert set(TABLES) == {*metadata.tables, "alembic_version"}
    for name, table in metadata.tables.items():
        assert TABLES[name] == {column.name for column in table.columns}, name


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.pattern)
def test_each_store_names_owner_retention_eraser_and_verifier(store: object) -> None:
    for field in ("title", "owner", "retention", "eraser", "verifier"):
        assert getattr(store, field)
    if store.holds is Holds.PSEUDONYM:  # type: ignore[attr-defined]
        assert "pseudonym.key" in store.key  # type: ignore[attr-defined]
