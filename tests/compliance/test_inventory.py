"""The inventory of personal data finds what nobody listed (別紙2-10)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Column, Engine, Integer, text

from application.stores import STORES
from compliance.ground.home import Home
from compliance.ground.operations import metadata
from compliance.ground.stores import Holds, Kept, Store
from compliance.inventory import InventoryFinding, tables, unlisted
from compliance.migration import differences, write
from telephony_ingest.asterisk import formats, recordings, voicemail
from telephony_ingest.asterisk.datasets import DATASETS, SourceKind
from telephony_ingest.asterisk.manager_events import MANAGER_EVENTS
from telephony_ingest.landing import objects
from telephony_ingest.landing.dataset import LINEAGE, Content


def test_a_new_home_holds_nothing_unlisted(home: Home, engine: Engine) -> None:
    assert unlisted(home, engine, STORES) == []


def test_a_file_of_nobody_is_found(home: Home, engine: Engine) -> None:
    (home.root / "export.csv").write_text("x")
    (home.landing / "cdr").mkdir()
    (home.landing / "cdr" / "copy.csv").write_text("x")
    assert unlisted(home, engine, STORES) == [
        InventoryFinding("export.csv"),
        InventoryFinding("landing/cdr/copy.csv"),
    ]


def test_a_new_column_of_a_landing_table_is_found(home: Home, engine: Engine) -> None:
    (home.landing / "cdr").mkdir()
    table = pa.table({"row_key": ["a"], "caller_name": ["b"]})
    pq.write_table(table, home.landing / "cdr" / "a-0-1.parquet")
    assert unlisted(home, engine, STORES) == [
        InventoryFinding("landing/cdr/a-0-1.parquet", ("caller_name",))
    ]


def test_a_new_table_or_column_of_the_database_is_found(home: Home, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table contacts (telephone varchar(20))"))
        connection.execute(text("alter table recordings add column caller varchar(20)"))
    assert unlisted(home, engine, STORES) == [
        InventoryFinding("operations: contacts"),
        InventoryFinding("operations: recordings", ("caller",)),
    ]


def test_every_table_says_what_it_holds_and_the_migrations_make_just_these(engine: Engine) -> None:
    assert {"home_clock", "recordings", "deliverables", "audit_outbox"} <= set(tables())
    for name, kept in tables().items():
        assert isinstance(kept, Kept) and kept.title and kept.retention, name
    assert differences(engine) == []


def test_a_declared_column_becomes_a_migration_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing differs now; a table that a module declares anew is written out as the next migration."""
    from compliance import migration
    from compliance.ground import operations

    folder = tmp_path / "migrations"
    shutil.copytree(operations.MIGRATIONS, folder)
    for module in (operations, migration):
        monkeypatch.setattr(module, "MIGRATIONS", folder)
    assert write("nothing", tmp_path) is None
    newest = max(path.name[:4] for path in (folder / "versions").glob("0*.py"))
    extra = operations.table("visits", Kept("試験"), Column("id", Integer, primary_key=True))
    try:
        made = write("visits", tmp_path)
        assert made is not None and made.name == f"{int(newest) + 1:04d}_visits.py"
        assert 'create_table("visits"' in made.read_text().replace("\n", "").replace(
            "'", '"'
        ).replace(" ", "")
    finally:
        metadata.remove(extra)


@pytest.mark.parametrize("kind", list(SourceKind))
def test_a_dataset_describes_exactly_the_columns_that_land(kind: SourceKind) -> None:
    landed = {
        SourceKind.QUEUE_LOG: formats.QUEUE_LOG.columns,
        SourceKind.CDR: formats.CDR_CUSTOM.columns,
        SourceKind.CEL: formats.CEL.columns,
        SourceKind.MANAGER_EVENTS: MANAGER_EVENTS.columns,
        SourceKind.RECORDINGS: recordings.COLUMNS,
        SourceKind.VOICEMAIL: voicemail.COLUMNS,
    }[kind]
    assert set(DATASETS[kind].columns) == set(landed) - set(LINEAGE)
    assert list(LINEAGE) == list(objects.LINEAGE)
    for column, content in DATASETS[kind].columns.items():
        assert column.endswith("_pseudonym") is (content is Content.PSEUDONYM), column
        assert column.endswith("_at") is (content is Content.TIME), column


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.pattern)
def test_each_store_names_owner_retention_eraser_and_verifier(store: Store) -> None:
    for field in ("title", "owner", "retention", "eraser", "verifier"):
        assert getattr(store, field)
    if store.holds is Holds.PSEUDONYM:
        assert "pseudonym key" in store.key
