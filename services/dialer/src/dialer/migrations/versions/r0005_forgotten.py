"""What is known of old calls can be found, to be removed."""

from alembic import op

from dialer.migrations import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Index the ages; two columns that nobody has written go."""
    run_sql(op.get_bind(), revision)


def downgrade() -> None:
    """Refuse: what is in the database says whom not to call."""
    raise NotImplementedError("Restore a backup instead.")
