"""When a sentence's call was."""

from alembic import op

from intelligence_ingest.migrate import MIGRATIONS
from trunkline.database.sql_files import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Tell it of all sentences that there are."""
    run_sql(op.get_bind(), MIGRATIONS.folder / "sql" / revision)


def downgrade() -> None:
    """Refuse: what is in the database says what must not come back."""
    raise NotImplementedError("Restore a backup instead.")
