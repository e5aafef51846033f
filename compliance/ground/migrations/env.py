"""Alembic's entry point; the connection is handed in by `operations.open_operations`."""

from __future__ import annotations

from alembic import context

from compliance.ground.operations import Instant, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=lambda kind, item, _: (
        "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False
    ),
)
with context.begin_transaction():
    context.run_migrations()
