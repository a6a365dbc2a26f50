"""A comparison of an account's calls can be gone on with."""

from alembic import op

from dialer.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Remember where it stands."""
    run_sql(op.get_bind(), revision)


def downgrade() -> None:
    """Refuse: what is in the database says whom not to call."""
    raise NotImplementedError("Restore a backup instead.")
