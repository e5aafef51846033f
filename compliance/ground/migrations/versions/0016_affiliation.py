"""所属 of staff: the reports of staff name it (別紙2-3)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column(
        "people",
        sa.Column("affiliation", sa.String(length=64), server_default="", nullable=False),
    )
