"""`/v1/accounts`: the Twilio accounts that calls are placed with."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api.context import SCHEMA, WithParts
from dialer.api.scopes import AccountAdmin, Reader
from dialer.importer.listed import Strict
from trunkline.api.audit import AuditEntry, record
from trunkline.api.keys import Principal
from trunkline.api.problem import Conflict, NotFound
from trunkline.api.times import Time
from trunkline.database.transaction import in_transaction, transaction

routes = APIRouter(prefix="/v1/accounts", tags=["accounts"])

Sid = Annotated[str, Path(pattern="^AC[0-9a-f]{32}$")]

_COLUMNS = """
account_sid, cps, max_in_flight, breaker, breaker_reason, breaker_until, clock_offset_ms,
swept_until, created_at, updated_at
"""


class AccountSettings(Strict):
    """What Twilio has granted to the account; see docs/dialing.md before raising it."""

    cps: Annotated[float, Field(gt=0, le=1000)] = Field(description="Calls per second.")
    max_in_flight: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        None, description="Calls at once; null: as many as the gateways have room for."
    )


class Account(BaseModel):
    """An account. Its credentials are settings of the service, and nowhere else."""

    account_sid: str
    cps: float
    max_in_flight: int | None
    breaker: str = Field(description="open: nothing is placed with it.")
    breaker_reason: str | None
    breaker_until: Time | None
    clock_offset_ms: int
    swept_until: Time | None = Field(description="Older calls were all compared with attempts.")
    created_at: Time
    updated_at: Time


class Taken(Conflict):
    """The account is another tenant's."""

    code = "account_taken"
    title = "The account belongs to somebody else"


# The primary key finds it; another tenant's is left alone.
_PUT = text(f"""
INSERT INTO dialer.account AS kept (account_sid, tenant_id, cps, max_in_flight)
VALUES (:account_sid, :tenant_id, :cps, :max_in_flight)
ON CONFLICT (account_sid) DO UPDATE
SET cps = excluded.cps, max_in_flight = excluded.max_in_flight, updated_at = clock_timestamp()
WHERE kept.tenant_id = excluded.tenant_id
RETURNING {_COLUMNS}
""")
_LISTED = text(f"""
SELECT {_COLUMNS} FROM dialer.account WHERE tenant_id = :tenant_id ORDER BY account_sid LIMIT 1000
""")
_CLOSE = text(f"""
UPDATE dialer.account
SET breaker = 'closed', breaker_reason = NULL, breaker_until = NULL, updated_at = clock_timestamp()
WHERE account_sid = :account_sid AND tenant_id = :tenant_id RETURNING {_COLUMNS}
""")


@routes.get("")
async def listed(principal: Reader, parts: WithParts) -> list[Account]:
    """The tenant's accounts."""
    async with transaction(parts.engine) as connection:
        rows = await connection.execute(_LISTED, {"tenant_id": principal.tenant_id})
        return [_shown(row) for row in rows]


@routes.put("/{account_sid}")
async def put(
    account_sid: Sid, settings: AccountSettings, principal: AccountAdmin, parts: WithParts
) -> Account:
    """Set an account up, or its limits anew; they hold for the next call."""

    async def work(connection: AsyncConnection) -> Account:
        values = {
            **settings.model_dump(),
            "account_sid": account_sid,
            "tenant_id": principal.tenant_id,
        }
        row = (await connection.execute(_PUT, values)).one_or_none()
        if row is None:
            raise Taken
        await _audit(connection, principal, "account.set", account_sid, settings.model_dump())
        return _shown(row)

    return await in_transaction(parts.engine, work)


@routes.post("/{account_sid}/close-breaker")
async def close_breaker(account_sid: Sid, principal: AccountAdmin, parts: WithParts) -> Account:
    """Place calls with the account again, once what was wrong with it is mended."""

    async def work(connection: AsyncConnection) -> Account:
        values = {"account_sid": account_sid, "tenant_id": principal.tenant_id}
        row = (await connection.execute(_CLOSE, values)).one_or_none()
        if row is None:
            raise NotFound
        await _audit(connection, principal, "account.breaker_closed", account_sid, {})
        return _shown(row)

    return await in_transaction(parts.engine, work)


async def _audit(
    connection: AsyncConnection,
    principal: Principal,
    action: str,
    account_sid: str,
    change: dict[str, Any],
) -> None:
    entry = AuditEntry(
        principal.tenant_id, principal.actor, action, "account", account_sid, change=change
    )
    await record(connection, SCHEMA, entry)


def _shown(row: Row[Any]) -> Account:
    return Account.model_validate(dict(row._mapping))
