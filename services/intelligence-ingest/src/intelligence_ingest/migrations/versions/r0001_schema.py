"""The whole schema: sql/0001, and the tables that the shared library has."""

from alembic import op

from intelligence_ingest.migrate import MIGRATIONS
from trunkline.api.tables import create_api_tables
from trunkline.database.offsets import offset_table
from trunkline.database.sql_files import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make everything."""
    connection = op.get_bind()
    connection.exec_driver_sql(offset_table(MIGRATIONS.schema))
    create_api_tables(connection, MIGRATIONS.schema)
    run_sql(connection, MIGRATIONS.folder / "sql" / revision)


def downgrade() -> None:
    """Refuse: what is in the database says what must not come back."""
    raise NotImplementedError("Restore a backup instead.")
