"""What became of an attempt stands in it; a number may have a pace of its own."""

from alembic import op

from dialer.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add both; attempts of before have no outcome."""
    run_sql(op.get_bind(), revision)


def downgrade() -> None:
    """Refuse: what is in the database says whom not to call."""
    raise NotImplementedError("Restore a backup instead.")
