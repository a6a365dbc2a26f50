"""Alembic's way in: runs the revisions on the connection it was given."""

from trunkline.database.migrate import run_revisions

if __name__ == "env_py":  # the name Alembic loads this file under: importing it does nothing
    run_revisions()
