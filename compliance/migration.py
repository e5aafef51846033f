"""Writes the migration that brings the schema to what the modules declare: `python -m compliance.migration "what"`.

The tables as they are declared are compared with a database that is brought up to the newest migration; what
differs becomes the next numbered one, to be read and committed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from compliance import inventory
from compliance.ground.operations import MIGRATIONS, metadata, open_operations


def differences(engine: Engine) -> list[Any]:
    """What the declarations have and the database lacks, or the other way round, as Alembic says it."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    assert inventory.WRITERS  # noqa: S101 - imported, so that every table is declared
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[Any] = compare_metadata(context, metadata)
    return found


def write(title: str, folder: Path) -> Path | None:
    """The next migration for what differs; null where nothing does. `folder` holds the scratch database."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    engine = open_operations(f"sqlite:///{folder / 'scratch.db'}")
    try:
        if not differences(engine):
            return None
        head = ScriptDirectory(str(MIGRATIONS)).get_current_head() or "0000"
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            script = command.revision(
                config, message=title, autogenerate=True, rev_id=f"{int(head) + 1:04d}"
            )
        return Path(script.path)  # type: ignore[union-attr]
    finally:
        engine.dispose()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        made = write(" ".join(sys.argv[1:]) or "change", Path(scratch))
    sys.stdout.write(f"{made or 'nothing differs'}\n")
