"""Alembic's environment: runs the versions on the connection that `issuer.storage.schema` opened.

Run by Alembic, never imported. There is no offline mode: a schema is changed by the program that uses it.
"""

from alembic import context

from issuer.storage.schema import CONNECTION
from issuer.storage.tables import metadata

context.configure(connection=context.config.attributes[CONNECTION], target_metadata=metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
