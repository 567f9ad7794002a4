"""Triggers that keep the audit trail as it was written; tries to sign in, challenges, restarts of jobs.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# REPLACE would delete without its trigger: a number that is taken cannot be inserted.
_SQLITE = """
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'rows of audit are only added'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'rows of audit are only added'); END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'rows of audit are only added'); END;
"""
_POSTGRESQL = """
CREATE FUNCTION mitate_audit_added_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of audit are only added'; END $$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION mitate_audit_added_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION mitate_audit_added_only();
"""


def upgrade() -> None:
    """Add them."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRESQL.strip().split(";\nCREATE"):
            op.execute(statement if statement.startswith("CREATE") else f"CREATE{statement}")
    else:
        for statement in _SQLITE.strip().split("END;"):
            if statement:
                op.execute(f"{statement}END")
    _tries()
    op.add_column("job", sa.Column("interrupted", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("job", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))


def _tries() -> None:
    op.create_table(
        "knock",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "challenge",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_challenge_account_id"), "challenge", ["account_id"], unique=False)
