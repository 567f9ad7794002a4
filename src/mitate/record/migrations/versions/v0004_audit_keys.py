"""Keys of the audit trail; two columns that nothing has used since tries are counted in `knock`.

Revision: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change both; the first key is made when the record is opened, since it is wrapped by the master key."""
    op.create_table(
        "audit_key",
        sa.Column("since", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("since"),
    )
    # Not in alembic's batch mode: it drops the table on SQLite, and what hangs on accounts would go with it.
    op.drop_column("account", "failed")
    op.drop_column("account", "locked_until")
