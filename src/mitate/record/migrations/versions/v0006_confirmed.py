"""When a browser that is signed in last proved its account's secret; those of before have to prove it anew.

Revision: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty."""
    op.add_column("login", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
