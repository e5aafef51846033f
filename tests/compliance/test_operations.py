"""The operations database: one schema on both engines, opened with a clear word when it cannot be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select, text

from compliance import inventory
from compliance.errors import StoreUnavailable
from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind, audit_outbox, note
from compliance.ground.operations import metadata, open_operations
from tests.compliance.conftest import NOW


def entry(at: datetime) -> Entry:
    return Entry(at, "op1", Action.DELIVERABLE_MADE, ObjectKind.DELIVERABLE, "weekly/2023-11-20/r1")


def test_migrations_make_exactly_the_tables_that_the_code_names(engine: Engine) -> None:
    inspector = inspect(engine)
    assert inventory.WRITERS  # imported, so that every table is declared
    assert set(inspector.get_table_names()) == {*metadata.tables, "alembic_version"}
    for name, table in metadata.tables.items():
        made = {column["name"]: column for column in inspector.get_columns(name)}
        assert set(made) == {column.name for column in table.columns}
        for column in table.columns:
            assert made[column.name]["nullable"] == column.nullable, f"{name}.{column.name}"
        assert set(inspector.get_pk_constraint(name)["constrained_columns"]) == {
            column.name for column in table.primary_key
        }


def test_opening_again_changes_nothing(url: str) -> None:
    first = open_operations(url)
    with first.begin() as connection:
        note(connection, Entry(NOW, SYSTEM, Action.CLOCK_BEGUN, ObjectKind.HOME, "simulated"))
    first.dispose()
    second = open_operations(url)
    with second.connect() as connection:
        assert len(connection.execute(select(audit_outbox)).all()) == 1
    second.dispose()


def test_instants_come_back_as_utc_whatever_zone_they_were_given_in(engine: Engine) -> None:
    tokyo = timezone(timedelta(hours=9))
    with engine.begin() as connection:
        note(connection, entry(datetime(2023, 11, 20, 9, 0, tzinfo=tokyo)))
    with engine.connect() as connection:
        at = connection.execute(select(audit_outbox.c.at)).scalar_one()
    assert at == datetime(2023, 11, 20, 0, 0, tzinfo=UTC)
    assert at.utcoffset() == timedelta(0)


def test_an_instant_without_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(Exception, match="time zone"), engine.begin() as connection:
        note(connection, entry(datetime(2023, 11, 20, 9, 0)))  # noqa: DTZ001


def test_the_audit_row_belongs_to_the_transaction_that_it_tells_of(engine: Engine) -> None:
    class Abandoned(Exception):
        pass

    with pytest.raises(Abandoned), engine.begin() as connection:
        note(connection, entry(NOW))
        raise Abandoned
    with engine.connect() as connection:
        assert connection.execute(select(audit_outbox)).all() == []


def test_a_schema_of_a_newer_programme_is_left_alone(url: str) -> None:
    engine = open_operations(url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreUnavailable, match=r"9999.*newer"):
        open_operations(url)


def test_a_database_that_cannot_be_opened_says_which_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "operations.db").write_bytes(
        b"not a database at all, but long enough to be one" * 99
    )
    with pytest.raises(StoreUnavailable, match=r"operations\.db cannot be opened.*check"):
        open_operations(f"sqlite:///{tmp_path / 'operations.db'}")


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StoreUnavailable) as refused:
        open_operations("postgresql://someone:secret@127.0.0.1:9/nothing")
    assert "127.0.0.1:9/nothing" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["", "nonsense", "oracle-of-delphi://x/y"])
def test_an_address_of_no_database_is_a_message_and_not_a_traceback(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="MADOGUCHI_OPERATIONS_URL"):
        open_operations(url)
