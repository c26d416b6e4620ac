"""Runs the migrations that Alembic has chosen; ``migrating`` and ``creation_script`` say on what."""

from alembic import context

context.configure(**context.config.attributes["context"])
with context.begin_transaction():
    context.run_migrations()
