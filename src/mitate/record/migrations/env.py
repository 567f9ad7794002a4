"""What alembic runs: in the connection, and the transaction, that `mitate.record.migrate` hands it."""

from __future__ import annotations

from alembic import context

from mitate.record.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # SQLite can, once its driver is kept from committing by itself
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
