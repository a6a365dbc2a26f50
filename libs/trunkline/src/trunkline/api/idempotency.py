"""A POST that may be sent twice and has its effect once.

The answer is stored in the transaction of the effect. So there is no state in between: a process
that dies leaves neither, and the key is free again. While the transaction runs, an advisory lock
of its own says so to the others.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.fernet import MultiFernet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from trunkline.api.fingerprint import Claim, IdempotencyKeyReused, StillRunning
from trunkline.database.names import checked
from trunkline.database.transaction import Repeatable, Work, in_transaction

RETRY_SECONDS = 1  # a transaction of an API takes less
REPLAYED = {"Idempotent-Replayed": "true"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes out: JSON, already written."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Idempotency:
    """The idempotency table of one schema.

    Answers are encrypted in it: they may hold numbers. A key of `fernet` is retired a week after
    the last answer that it encrypted.
    """

    def __init__(self, engine: AsyncEngine, schema: str, fernet: MultiFernet) -> None:
        self._engine = engine
        self._schema = checked(schema)
        self._fernet = fernet

    async def once(self, claim: Claim, effect: Work[Answer]) -> Answer:
        """Have the effect and its answer, or the answer of the time before.

        The effect runs in the transaction that stores its answer. One that raises has happened
        not at all and may be tried again with the same key; that holds for problems, too.
        Raises `StillRunning` or `IdempotencyKeyReused`.
        """

        async def work(connection: AsyncConnection) -> Answer:
            await self._lock(connection, claim)
            before = await self._before(connection, claim)
            if before is not None:
                return before
            answer = await effect(connection)
            await self._keep(connection, claim, answer)
            return answer

        once = Repeatable(work) if isinstance(effect, Repeatable) else work
        return await in_transaction(self._engine, once)

    async def forget_expired(self, limit: int = 1_000) -> int:
        """Remove answers whose time is over, the oldest first; returns how many."""

        async def work(connection: AsyncConnection) -> int:
            # idempotency_expiry finds them; rows that another replica removes are left to it.
            done = await connection.execute(
                text(
                    f"DELETE FROM {self._schema}.idempotency WHERE ctid = ANY (ARRAY("
                    f"SELECT ctid FROM {self._schema}.idempotency"
                    " WHERE expires_at <= now()"
                    " ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED))"
                ),
                {"limit": limit},
            )
            return done.rowcount

        return await in_transaction(self._engine, Repeatable(work))

    async def _lock(self, connection: AsyncConnection, claim: Claim) -> None:
        # A statement of its own: the next one must see what the holder of the lock committed.
        rows = await connection.execute(
            text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": claim.lock(self._schema)}
        )
        if not rows.scalar_one():
            raise StillRunning(headers={"Retry-After": str(RETRY_SECONDS)})

    async def _before(self, connection: AsyncConnection, claim: Claim) -> Answer | None:
        rows = await connection.execute(
            text(
                "SELECT fingerprint, status, headers, body_enc"
                f" FROM {self._schema}.idempotency WHERE tenant_id = :tenant_id"
                " AND method = :method AND path = :path AND key = :key"
                " AND expires_at > clock_timestamp()"
            ),
            _where(claim),
        )
        row = rows.one_or_none()
        if row is None:
            return None
        if row.fingerprint != claim.fingerprint:
            raise IdempotencyKeyReused
        headers = {**row.headers, **REPLAYED}
        return Answer(row.status, self._fernet.decrypt(row.body_enc), headers)

    async def _keep(self, connection: AsyncConnection, claim: Claim, answer: Answer) -> None:
        # A row that is there has expired: its key is free, and the lock is ours.
        await connection.execute(
            text(
                f"INSERT INTO {self._schema}.idempotency"
                " (tenant_id, method, path, key, fingerprint, status, headers, body_enc) VALUES"
                " (:tenant_id, :method, :path, :key, :fingerprint, :status,"
                " CAST(:headers AS jsonb), :body_enc)"
                " ON CONFLICT (tenant_id, method, path, key) DO UPDATE SET"
                " fingerprint = excluded.fingerprint, status = excluded.status,"
                " headers = excluded.headers, body_enc = excluded.body_enc,"
                " created_at = excluded.created_at, expires_at = excluded.expires_at"
            ),
            {
                **_where(claim),
                "fingerprint": claim.fingerprint,
                "status": answer.status,
                "headers": json.dumps(dict(answer.headers)),
                "body_enc": self._fernet.encrypt(answer.body),
            },
        )


def _where(claim: Claim) -> dict[str, str]:
    return {
        "tenant_id": claim.tenant_id,
        "method": claim.method,
        "path": claim.path,
        "key": claim.key,
    }
