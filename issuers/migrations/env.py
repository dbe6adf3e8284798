"""Runs the ledger's migrations on the connection that `web.database.migrate` opened, in the caller's one transaction."""

from alembic import context

from issuers.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
context.run_migrations()
