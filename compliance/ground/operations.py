"""The operations database: what people and runs decided, in human-paced transactions.

SQLite in the home by default, PostgreSQL by URL; one schema history (Alembic, `migrations/`), brought
up to date whenever the database is opened. Each table has one module that writes it. A transaction that
changes what somebody may have to answer for writes its `audit_outbox` row within itself; the audit log
drains that table in order. No personal data stands in any of these tables.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Float,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeDecorator

from compliance.errors import StoreUnavailable

MIGRATIONS = Path(__file__).with_name("migrations")
metadata = MetaData()


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


_BigKey = BigInteger().with_variant(Integer, "sqlite")

home_clock = Table(
    "home_clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("present_at", Instant, nullable=False),
    Column("begun_at", Instant, nullable=False),
)
definition_versions = Table(
    "definition_versions",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("version", String(32), primary_key=True),
    Column("valid_from", Date, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("registered_at", Instant, nullable=False),
)
cursors = Table(
    "cursors",
    metadata,
    Column("source_id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("source_name", String(255), nullable=False),
    Column("end_offset", BigInteger, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
source_states = Table(
    "source_states",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("detail", String(255), nullable=False),
    Column("since", Instant, nullable=False),
)
recordings = Table(
    "recordings",
    metadata,
    Column("recording_id", String(64), primary_key=True),
    Column("call_uniqueid", String(64), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("duration_seconds", Float),
    Column("header_state", String(16), nullable=False),
    Column("is_audible", Boolean),
    Column("recorded_at", Instant, nullable=False),
    Column("registered_at", Instant, nullable=False),
)
deliverables = Table(
    "deliverables",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("period", String(16), primary_key=True),
    Column("edition", Integer, primary_key=True),
    Column("due_date", Date, nullable=False),
    Column("data_sha256", String(64), nullable=False),
    Column("data_json", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    Column("confirmed_by", String(32)),
    Column("delivered_at", Instant),
    Column("inputs_sha256", String(64), nullable=False, server_default=""),
)
deliverable_files = Table(
    "deliverable_files",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("period", String(16), primary_key=True),
    Column("edition", Integer, primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["kind", "period", "edition"],
        ["deliverables.kind", "deliverables.period", "deliverables.edition"],
    ),
)
audit_outbox = Table(
    "audit_outbox",
    metadata,
    Column("seq", _BigKey, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("action", String(64), nullable=False),
    Column("object_kind", String(32), nullable=False),
    Column("object_id", String(128), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("result", String(16), nullable=False),
)

SYSTEM = "system"
"""The actor of what runs by itself."""


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
        return create_engine(target)
    except (SQLAlchemyError, ImportError) as error:
        raise StoreUnavailable(
            "MADOGUCHI_OPERATIONS_URL is no address of a database that is known here: write it as "
            "postgresql://user@host:5432/name, or leave it out for SQLite in the home."
        ) from error


def note(
    connection: Connection,
    now: datetime,
    action: str,
    object_kind: str,
    object_id: str,
    *,
    actor: str = SYSTEM,
    purpose: str = "operation",
    result: str = "done",
) -> None:
    """Write the audit entry of the transaction that `connection` is in. Ids and codes only."""
    connection.execute(
        insert(audit_outbox).values(
            at=now,
            actor=actor,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            purpose=purpose,
            result=result,
        )
    )


def _migrate(engine: Engine) -> None:
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
