"""`/v1/from-numbers`: the numbers that calls come from."""

import uuid
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api.campaign_models import Pool
from dialer.api.campaigns import account_of
from dialer.api.context import SCHEMA, Parts, WithParts
from dialer.api.row_messages import MESSAGES
from dialer.api.scopes import AccountAdmin, Reader, sees_numbers
from dialer.api.suppress import Anywhere
from dialer.ids import new_id
from dialer.importer.listed import Strict
from dialer.importer.mask import masked_number
from dialer.numbers import Number, normalise
from dialer.rows import RowCode
from trunkline.api.answers import answer, once
from trunkline.api.audit import AuditEntry, record
from trunkline.api.idempotency import Answer
from trunkline.api.keys import Principal
from trunkline.api.problem import Conflict, FieldError, InvalidRequest, NotFound
from trunkline.api.times import Time
from trunkline.database.transaction import in_transaction, transaction

routes = APIRouter(prefix="/v1/from-numbers", tags=["accounts"])

_COLUMNS = """
id, account_sid, pool, num_enc, region, state, state_until, daily_cap, cps, used_at, created_at
"""


class State(StrEnum):
    """Whether calls come from it."""

    ACTIVE = "active"
    RESTING = "resting"
    QUARANTINED = "quarantined"
    RETIRED = "retired"


Pace = Annotated[float, Field(gt=0, le=1000)] | None


class NewFromNumber(Strict):
    """A number of the account's that calls may come from."""

    number: Annotated[str, Field(max_length=64, examples=["+12025550100"])]
    account_sid: Annotated[str, Field(pattern="^AC[0-9a-f]{32}$")] | None = None
    pool: Pool = "default"
    daily_cap: Annotated[int, Field(gt=0, le=100_000)] | None = Field(
        None, description="Calls from it in any 24 hours; see docs/dialing.md on spam labels."
    )
    cps: Pace = Field(
        None, description="Calls per second from it; null: as many as its account may have."
    )


class FromNumberChange(Strict):
    """What is to be different; what is left out stays."""

    state: State | None = None
    pool: Pool | None = None
    daily_cap: Annotated[int, Field(gt=0, le=100_000)] | None = None
    cps: Pace = None


class FromNumber(BaseModel):
    """A number that calls come from; masked for keys without `contacts:read_numbers`."""

    id: uuid.UUID
    number: str
    account_sid: str
    pool: str
    region: str
    state: State
    state_until: Time | None
    daily_cap: int | None
    cps: float | None
    used_at: Time | None
    created_at: Time


class Known(Conflict):
    """The number is there already."""

    code = "number_known"
    title = "The number is there already"


_INSERT = text(f"""
INSERT INTO dialer.from_number (id, tenant_id, account_sid, pool, num_key, num_hmac, num_enc,
                                region, daily_cap, cps)
VALUES (:id, :tenant_id, :account_sid, :pool, :num_key, :num_hmac, :num_enc, :region, :daily_cap,
        :cps)
ON CONFLICT (tenant_id, num_hmac) DO NOTHING
RETURNING {_COLUMNS}
""")
_LISTED = text(f"""
SELECT {_COLUMNS} FROM dialer.from_number WHERE tenant_id = :tenant_id
ORDER BY created_at, id LIMIT 5000
""")


@routes.post("", status_code=201, response_model=FromNumber)
async def create(
    new: NewFromNumber, request: Request, principal: AccountAdmin, parts: WithParts
) -> Response:
    """Let calls come from a number. It should place no other calls: docs/dialing.md says why."""
    number = normalise(new.number, None, Anywhere())
    if isinstance(number, RowCode):
        raise InvalidRequest(errors=[FieldError("#/number", number.value, MESSAGES[number])])

    async def effect(connection: AsyncConnection) -> Answer:
        account_sid = await account_of(connection, principal, new.account_sid)
        values = _values(parts, principal, new, number) | {"account_sid": account_sid}
        row = (await connection.execute(_INSERT, values)).one_or_none()
        if row is None:
            raise Known
        await _audit(connection, principal, "from_number.created", row.id, {})
        return answer(201, _shown(row, parts, principal))

    return await once(request, principal, effect)


@routes.get("")
async def listed(principal: Reader, parts: WithParts) -> list[FromNumber]:
    """The tenant's numbers, in the order in which they came."""
    async with transaction(parts.engine) as connection:
        rows = await connection.execute(_LISTED, {"tenant_id": principal.tenant_id})
        return [_shown(row, parts, principal) for row in rows]


@routes.patch("/{number_id}")
async def edit(
    number_id: uuid.UUID, change: FromNumberChange, principal: AccountAdmin, parts: WithParts
) -> FromNumber:
    """Let a number rest or come back, cap or pace it, or move it to another pool."""
    values = change.model_dump(exclude_unset=True)
    if any(values.get(name, "") is None for name in ("state", "pool")):
        raise InvalidRequest(errors=[FieldError("#", "null", "State and pool cannot be empty.")])

    async def work(connection: AsyncConnection) -> FromNumber:
        changes = "".join(f"{name} = :{name}, " for name in values)
        done = await connection.execute(
            text(
                f"UPDATE dialer.from_number SET {changes} state_until = NULL"
                f" WHERE id = :id AND tenant_id = :tenant_id RETURNING {_COLUMNS}"
            ),
            {**values, "id": number_id, "tenant_id": principal.tenant_id},
        )
        row = done.one_or_none()
        if row is None:
            raise NotFound
        await _audit(connection, principal, "from_number.edited", number_id, values)
        return _shown(row, parts, principal)

    return await in_transaction(parts.engine, work)


def _values(
    parts: Parts, principal: Principal, new: NewFromNumber, number: Number
) -> dict[str, object]:
    index = parts.vault.index(principal.tenant_id, number.e164)
    return {
        "id": new_id(),
        "tenant_id": principal.tenant_id,
        "pool": new.pool,
        "num_key": index.key,
        "num_hmac": index.hmac,
        "num_enc": parts.vault.encrypt(number.e164),
        "region": number.country,
        "daily_cap": new.daily_cap,
        "cps": new.cps,
    }


async def _audit(
    connection: AsyncConnection,
    principal: Principal,
    action: str,
    number_id: uuid.UUID,
    change: dict[str, Any],
) -> None:
    entry = AuditEntry(
        principal.tenant_id, principal.actor, action, "from_number", str(number_id), change=change
    )
    await record(connection, SCHEMA, entry)


def _shown(row: Row[Any], parts: Parts, principal: Principal) -> FromNumber:
    number = parts.vault.decrypt(row.num_enc)
    return FromNumber(
        **{name: value for name, value in row._mapping.items() if name != "num_enc"},
        number=number if sees_numbers(principal) else masked_number(number),
    )
