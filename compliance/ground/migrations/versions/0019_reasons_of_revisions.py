"""Why an inquiry record was corrected or struck out (6(3)アイ)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. What was revised before has no reason."""
    op.add_column(
        "inquiries",
        sa.Column("reason", sa.String(length=16), server_default="", nullable=False),
    )
