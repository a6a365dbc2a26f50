"""Whose word a transcript is, what nobody knows yet, and words whose time is over."""

from alembic import op

from intelligence_ingest.migrate import MIGRATIONS
from trunkline.database.sql_files import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Transcripts that there are were told of by whoever told of their results."""
    run_sql(op.get_bind(), MIGRATIONS.folder / "sql" / revision)


def downgrade() -> None:
    """Refuse: what is in the database says what must not come back."""
    raise NotImplementedError("Restore a backup instead.")
