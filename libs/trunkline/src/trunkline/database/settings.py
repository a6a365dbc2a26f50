"""Where the database is, and how long it may be waited for."""

from pydantic import Field, SecretStr, field_validator

from trunkline.database.engine import Limits, asyncpg_url
from trunkline.settings import Settings


class DatabaseSettings(Settings):
    """The service's database."""

    database_url: SecretStr = Field(
        description="PostgreSQL 17 or later: postgresql://user:password@host:port/database."
    )
    database_connections: int = Field(
        10, ge=1, le=200, description="Connections that one process may hold."
    )
    database_statement_timeout_seconds: float = Field(
        15.0, gt=0, le=600, description="The database ends a statement that takes longer."
    )
    database_lock_timeout_seconds: float = Field(
        5.0, gt=0, le=600, description="The database ends a wait for a lock that takes longer."
    )

    @field_validator("database_url")
    @classmethod
    def _refuse_other_databases(cls, value: SecretStr) -> SecretStr:
        asyncpg_url(value.get_secret_value())
        return value

    @property
    def database_limits(self) -> Limits:
        """The bounds of the engine that a process opens."""
        return Limits(
            connections=self.database_connections,
            statement_seconds=self.database_statement_timeout_seconds,
            lock_seconds=self.database_lock_timeout_seconds,
        )
