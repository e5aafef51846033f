"""A version that does not exist yet, with a migration of its own, and the home that it comes to."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from application.migrating import migrate, settle
from compliance.ground import operations
from compliance.ground.home import Home
from tests.homes import ROOT

NEWER = "9001"

MIGRATION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9001", "{last}", None, None
def upgrade():
    op.create_table("added", sa.Column("one", sa.Integer(), primary_key=True))
    op.add_column("backup_events", sa.Column("more", sa.Integer()))
    {then}
"""


def newer(folder: Path, then: str = "") -> Path:
    """The migrations of a programme that is newer by one."""
    last = operations.last_revision()
    migrations = shutil.copytree(ROOT / "compliance/ground/migrations", folder / "migrations")
    (migrations / "versions" / f"{NEWER}_added.py").write_text(
        MIGRATION.format(last=last, then=then)
    )
    return migrations


def brought_here(home: Home) -> Home:
    """A released home as this version keeps it: the version that a newer one follows."""
    migrate(home, home.operations_url)
    settle(home)
    return home


def revision(home: Home) -> str:
    with closing(sqlite3.connect(home.operations_database)) as database:
        return str(database.execute("select version_num from alembic_version").fetchone()[0])
