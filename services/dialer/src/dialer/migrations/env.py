"""Alembic's way in: runs the revisions on the connection it was given (see `dialer.migrate`)."""

from alembic import context


def run() -> None:
    """Bring the schema of the connection to the revision that was asked for."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, version_table_schema="dialer")
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name Alembic loads this file under: importing it does nothing
    run()
