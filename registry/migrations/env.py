"""Runs the registry's migrations on the connection that `registry.tables.migrate` opened."""

from alembic import context

from registry.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
# The caller's transaction covers the whole upgrade: a killed migration leaves the old schema, never half of the new one.
context.run_migrations()
