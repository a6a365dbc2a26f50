"""Which results nobody has signed for."""

from alembic import op

from intelligence_ingest.migrate import MIGRATIONS
from trunkline.database.sql_files import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """None of those that there are is known to be one."""
    run_sql(op.get_bind(), MIGRATIONS.folder / "sql" / revision)


def downgrade() -> None:
    """Refuse: what is in the database says what must not come back."""
    raise NotImplementedError("Restore a backup instead.")
