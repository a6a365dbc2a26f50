"""The keys in the database: made, found, revoked."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from trunkline.api.audit import AuditEntry, record
from trunkline.api.keys import SECRET_BYTES, ApiKey, Principal, StoredKey
from trunkline.database.names import checked
from trunkline.database.transaction import transaction

FOREVER_SECONDS = 1e9


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be made. `created_by` is an actor of the audit log."""

    tenant_id: str
    name: str
    scopes: Sequence[str]
    created_by: str
    requests_per_second: float = 20.0
    expires_in: timedelta | None = None


class KeyStore:
    """The api_key table of one schema."""

    def __init__(self, engine: AsyncEngine, schema: str) -> None:
        self._engine = engine
        self._schema = checked(schema)

    async def find(self, key_id: str) -> StoredKey | None:
        """The key's row, by its primary key; expiry is judged by the database's clock."""
        statement = text(
            "SELECT id, tenant_id, key_hash, scopes, requests_per_second,"
            " CASE WHEN revoked_at IS NOT NULL THEN 0"
            " ELSE extract(epoch FROM coalesce(expires_at - clock_timestamp(), :forever)) END"
            f" AS usable_seconds FROM {self._schema}.api_key WHERE id = :id"
        )
        forever = timedelta(seconds=FOREVER_SECONDS)
        async with transaction(self._engine) as connection:
            rows = await connection.execute(
                statement, {"id": uuid.UUID(key_id), "forever": forever}
            )
            row = rows.one_or_none()
        return None if row is None else _stored(row)

    async def touch(self, key_id: str) -> None:
        """Note that the key is in use, now and then."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    f"UPDATE {self._schema}.api_key SET used_at = clock_timestamp() WHERE id = :id"
                    " AND (used_at IS NULL OR used_at < clock_timestamp() - interval '1 minute')"
                ),
                {"id": uuid.UUID(key_id)},
            )

    async def create(self, connection: AsyncConnection, new: NewKey) -> ApiKey:
        """Make a key. What this returns is the only place where its secret ever is."""
        key = ApiKey(uuid.uuid4().hex, secrets.token_urlsafe(SECRET_BYTES))
        await connection.execute(
            text(
                f"INSERT INTO {self._schema}.api_key (id, tenant_id, name, prefix, key_hash,"
                " scopes, requests_per_second, created_by, expires_at) VALUES (:id, :tenant_id,"
                " :name, :prefix, :hash, :scopes, :requests_per_second, :created_by,"
                " clock_timestamp() + CAST(:expires_in AS interval))"
            ),
            {
                "id": uuid.UUID(key.id),
                "tenant_id": new.tenant_id,
                "name": new.name,
                "prefix": key.prefix,
                "hash": key.hash,
                "scopes": list(new.scopes),
                "requests_per_second": new.requests_per_second,
                "created_by": new.created_by,
                "expires_in": new.expires_in,
            },
        )
        await self._audit(
            connection, new.tenant_id, new.created_by, "api_key.created", key.id, new.scopes
        )
        return key

    async def revoke(
        self, connection: AsyncConnection, tenant_id: str, key_id: str, by: str
    ) -> bool:
        """End a key; False when the tenant has no such key that is not revoked already.

        Processes that have it in their cache notice within `authenticate.CACHE_SECONDS`.
        """
        done = await connection.execute(
            text(
                f"UPDATE {self._schema}.api_key SET revoked_at = clock_timestamp()"
                " WHERE id = :id AND tenant_id = :tenant_id AND revoked_at IS NULL"
            ),
            {"id": uuid.UUID(key_id), "tenant_id": tenant_id},
        )
        if done.rowcount:
            await self._audit(connection, tenant_id, by, "api_key.revoked", key_id, ())
        return bool(done.rowcount)

    async def _audit(
        self,
        connection: AsyncConnection,
        tenant_id: str,
        actor: str,
        action: str,
        key_id: str,
        scopes: Sequence[str],
    ) -> None:
        change = {"scopes": list(scopes)} if scopes else {}
        entry = AuditEntry(tenant_id, actor, action, "api_key", key_id, change=change)
        await record(connection, self._schema, entry)


def _stored(row: Row[tuple[object, ...]]) -> StoredKey:
    principal = Principal(
        key_id=row.id.hex,
        tenant_id=row.tenant_id,
        scopes=frozenset(row.scopes),
        requests_per_second=row.requests_per_second,
    )
    return StoredKey(principal, row.key_hash, float(row.usable_seconds))
