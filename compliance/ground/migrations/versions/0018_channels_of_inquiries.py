"""By what an inquiry came, where the form names channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column(
        "inquiries",
        sa.Column("channel", sa.String(length=32), server_default="", nullable=False),
    )
