"""The ground: clock, definitions, cursors, sources, catalogue of recordings, deliverables, audit outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_BIG_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "home_clock",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("present_at", _INSTANT, nullable=False),
        sa.Column("begun_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "definition_versions",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("version", sa.String(32), primary_key=True),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "cursors",
        sa.Column("source_id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("source_name", sa.String(255), nullable=False),
        sa.Column("end_offset", sa.BigInteger, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "source_states",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("detail", sa.String(255), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
    )
    op.create_table(
        "recordings",
        sa.Column("recording_id", sa.String(64), primary_key=True),
        sa.Column("call_uniqueid", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("duration_seconds", sa.Float),
        sa.Column("header_state", sa.String(16), nullable=False),
        sa.Column("is_audible", sa.Boolean),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=False),
    )
    op.create_index("ix_recordings_call_uniqueid", "recordings", ["call_uniqueid"])
    op.create_table(
        "deliverables",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("period", sa.String(16), primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True),
        sa.Column("due_date", sa.Date, nullable=False),
        sa.Column("data_sha256", sa.String(64), nullable=False),
        sa.Column("data_json", sa.Text, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("confirmed_at", _INSTANT),
        sa.Column("confirmed_by", sa.String(32)),
        sa.Column("delivered_at", _INSTANT),
        sa.Column("inputs_sha256", sa.String(64), nullable=False, server_default=""),
    )
    op.create_table(
        "deliverable_files",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("period", sa.String(16), primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["kind", "period", "edition"],
            ["deliverables.kind", "deliverables.period", "deliverables.edition"],
        ),
    )
    op.create_table(
        "audit_outbox",
        sa.Column("seq", _BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("object_kind", sa.String(32), nullable=False),
        sa.Column("object_id", sa.String(128), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
    )
