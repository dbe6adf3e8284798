"""Runs the registry's migrations on the connection that `web.database.migrate` opened, in the caller's one transaction."""

from alembic import context

from registry.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
# The caller's transaction covers the whole upgrade: a killed migration leaves the old schema, never half of the new one.
context.run_migrations()
