"""The operations database: what people and runs decided, in human-paced transactions.

SQLite in the home by default, PostgreSQL by URL; one schema history (Alembic, `migrations/`), brought
up to date whenever the database is opened. Each table is declared by the one module that writes it. A
transaction that changes what somebody may have to answer for writes its entry within itself (`acts`).
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    Table,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeDecorator

from compliance.errors import StoreUnavailable
from compliance.ground.stores import Kept

MIGRATIONS = Path(__file__).with_name("migrations")
metadata = MetaData()
KEPT: dict[str, Kept] = {}
"""What each table holds and how long, by its name, as its writer declared it."""
Row = TypeVar("Row")


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as UTC; SQLite gives it back without a zone, this type puts it there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        """To UTC; a time without zone is a mistake of ours."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """As UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def table(name: str, kept: Kept, *columns: Column[Any] | ForeignKeyConstraint) -> Table:
    """Declare a table beside the module that writes it, with what it holds and how long.

    The inventory reads the declaration; a test holds the migrations to it. Reading back, `row_as` makes
    a dataclass of a row whose columns are its fields.
    """
    KEPT[name] = kept
    return Table(name, metadata, *columns)


def row_as(kind: type[Row], row: Any) -> Row:
    """A row as the dataclass whose fields are among its columns."""
    values = row._mapping
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: values[name] for name in names})


def open_operations(url: str) -> Engine:
    """Open the database and bring its schema up to date.

    Raises:
        StoreUnavailable: it cannot be opened, or its schema is newer than this programme.
    """
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
    try:
        _migrate(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        place = engine.url.render_as_string(hide_password=True)
        raise StoreUnavailable(
            f"The operations database {place} cannot be opened ({type(error).__name__}): check that it "
            "runs, that the folder can be written and that the disk is not full."
        ) from error
    return engine


def _engine(url: str) -> Engine:
    try:
        target = make_url(url)
        if target.drivername in {"postgresql", "postgres"}:
            target = target.set(drivername="postgresql+psycopg")
        return create_engine(target, hide_parameters=True)  # an error never says what was asked for
    except (SQLAlchemyError, ImportError) as error:
        raise StoreUnavailable(
            "MADOGUCHI_OPERATIONS_URL is no address of a database that is known here: write it as "
            "postgresql://user@host:5432/name, or leave it out for SQLite in the home."
        ) from error


def last_revision() -> str:
    """The revision that the last migration leads to, by its file's name: Alembic itself takes longer to import than most commands
    to work."""
    return max(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def _is_up_to_date(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = connection.execute(text("select version_num from alembic_version")).scalars()
        return list(found) == [last_revision()]


def _migrate(engine: Engine) -> None:
    if _is_up_to_date(engine):
        return
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(MIGRATIONS))
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    if present == script.get_current_head():
        return
    if present is not None and present not in {r.revision for r in script.walk_revisions()}:
        raise StoreUnavailable(
            f"The operations database has schema {present}, which this programme does not know: it was "
            "written by a newer one. Install that, or restore a backup."
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _sqlite_pragmas(raw: object, _: object) -> None:
    cursor = raw.cursor()  # type: ignore[attr-defined]
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
