"""What a record on the bus is keyed by."""

from alembic import op

from dialer.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Let it differ from what keeps its order."""
    run_sql(op.get_bind(), revision)


def downgrade() -> None:
    """Refuse: what is in the database says whom not to call."""
    raise NotImplementedError("Restore a backup instead.")
