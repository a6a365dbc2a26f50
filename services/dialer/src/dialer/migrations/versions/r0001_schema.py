"""The whole schema: sql/0001."""

from alembic import op

from dialer.migrations import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make everything."""
    run_sql(op.get_bind(), revision)


def downgrade() -> None:
    """Refuse: what is in the database says whom not to call."""
    raise NotImplementedError("Restore a backup instead.")
