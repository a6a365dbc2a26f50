"""`/v1/emergency-stops`: nobody is called any more, at once.

A stop is read in the transaction of every write-ahead: whatever is written ahead after its commit
is not sent, and what was written before is sent within two seconds, or not at all.
"""

import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import campaign_rows
from dialer.api.campaigns import account_of
from dialer.api.context import SCHEMA, Parts, WithParts
from dialer.api.control import obey
from dialer.api.scopes import Stopper
from dialer.api.transitions import CancelMode, Command, after_stop
from dialer.api.transitions import State as CampaignState
from dialer.attempt_events import Cancel, CancelWanted
from dialer.ids import new_id
from dialer.importer.listed import Strict
from dialer.store import attempts
from dialer.store.reduction import Reduction, Todo
from trunkline.api.audit import AuditEntry, record
from trunkline.api.keys import Principal
from trunkline.api.problem import FieldError, InvalidRequest, NotFound
from trunkline.api.times import Time
from trunkline.database.transaction import in_transaction, transaction

routes = APIRouter(prefix="/v1/emergency-stops", tags=["emergency stops"])

AT_ONCE = 500  # calls that one transaction ends


class Scope(StrEnum):
    """Who is stopped."""

    CAMPAIGN = "campaign"
    ACCOUNT = "account"
    TENANT = "tenant"
    EVERYTHING = "everything"
    """All tenants; needs `platform:admin`."""


class NewStop(Strict):
    """Whom to stop, and what becomes of the calls there are."""

    scope: Scope
    campaign_id: uuid.UUID | None = None
    account_sid: Annotated[str, Field(max_length=64)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    calls: CancelMode = Field(
        CancelMode.DRAIN,
        description="drain: calls go on to their end; cancel_queued: those that nobody has answered"
        " are ended; hangup: all are.",
    )


class Stop(BaseModel):
    """A stop. That of a campaign, a draft too, is a pause, and ends by resuming it."""

    id: uuid.UUID | None
    scope: Scope
    scope_key: str
    reason: str
    stopped_by: str
    stopped_at: Time
    lifted_by: str | None = None
    lifted_at: Time | None = None
    calls_ended: int = 0


_COLUMNS = "id, scope, scope_key, reason, stopped_by, stopped_at, lifted_by, lifted_at"

# emergency_stop_in_force holds each scope once: said twice, it is so already.
_STOP = text(f"""
INSERT INTO dialer.emergency_stop (id, tenant_id, scope, scope_key, reason, stopped_by)
VALUES (:id, :tenant_id, :scope, :scope_key, :reason, :by)
ON CONFLICT (scope, tenant_id, scope_key) WHERE lifted_at IS NULL
DO UPDATE SET reason = emergency_stop.reason
RETURNING {_COLUMNS}
""")
_LISTED = text(f"""
SELECT {_COLUMNS} FROM dialer.emergency_stop
WHERE tenant_id IN (:tenant_id, '') ORDER BY stopped_at DESC, id LIMIT 200
""")
_LIFT = text(f"""
UPDATE dialer.emergency_stop
SET lifted_by = coalesce(lifted_by, :by), lifted_at = coalesce(lifted_at, clock_timestamp())
WHERE id = :id AND tenant_id IN (:tenant_id, '') RETURNING {_COLUMNS}
""")

# attempt_in_flight holds live attempts alone.
_LIVE = text("""
SELECT id FROM dialer.attempt
WHERE state IN ('posting', 'unknown', 'submitted', 'ringing', 'in_progress')
  AND cancel NOT IN (:wish, 'any')
  AND CASE CAST(:scope AS text) WHEN 'campaign' THEN CAST(campaign_id AS text) = :key
                                WHEN 'account' THEN account_sid = :key
                                WHEN 'tenant' THEN tenant_id = :tenant_id ELSE true END
ORDER BY id LIMIT :limit
""")
_WISHES = {CancelMode.CANCEL_QUEUED: Cancel.UNANSWERED, CancelMode.HANGUP: Cancel.ANY}


@routes.post("", status_code=201)
async def stop(new: NewStop, principal: Stopper, parts: WithParts) -> Stop:
    """Stop. When this is answered, nothing new is sent later than two seconds from then."""
    if new.scope is Scope.EVERYTHING:
        principal.check("platform:admin")
    key = _key(new)

    async def work(connection: AsyncConnection) -> Stop:
        if new.scope is Scope.CAMPAIGN:
            return await _stop_campaign(connection, principal, new)
        return await _stop_all(connection, principal, new, key)

    stopped = await in_transaction(parts.engine, work)
    stopped.calls_ended = await _end_calls(parts, principal, new, key)
    return stopped


@routes.get("")
async def listed(principal: Stopper, parts: WithParts) -> list[Stop]:
    """The latest stops of the tenant, and those of everybody; lifted ones, too."""
    async with transaction(parts.engine) as connection:
        rows = await connection.execute(_LISTED, {"tenant_id": principal.tenant_id})
        return [_shown(row) for row in rows]


@routes.post("/{stop_id}/lift")
async def lift(stop_id: uuid.UUID, principal: Stopper, parts: WithParts) -> Stop:
    """Go on. Campaigns that are running place calls again at once."""

    async def work(connection: AsyncConnection) -> Stop:
        values = {"id": stop_id, "by": principal.actor, "tenant_id": principal.tenant_id}
        row = (await connection.execute(_LIFT, values)).one_or_none()
        if row is None:
            raise NotFound
        if row.scope == Scope.EVERYTHING:
            principal.check("platform:admin")
        await _audit(connection, principal, "emergency_stop.lifted", str(stop_id), row.reason)
        return _shown(row)

    return await in_transaction(parts.engine, work)


def _key(new: NewStop) -> str:
    keys = {Scope.CAMPAIGN: str(new.campaign_id or ""), Scope.ACCOUNT: new.account_sid or ""}
    given = {scope for scope, key in keys.items() if key}
    if given != ({new.scope} & set(keys)):
        detail = "Name the campaign_id or the account_sid with its scope, and no other."
        raise InvalidRequest(errors=[FieldError("#/scope", "scope_key", detail)])
    return keys.get(new.scope, "")


async def _stop_campaign(connection: AsyncConnection, principal: Principal, new: NewStop) -> Stop:
    assert new.campaign_id is not None
    row = await campaign_rows.read(connection, principal.tenant_id, new.campaign_id, lock=True)
    wanted = after_stop(CampaignState(row.state))
    if wanted is not None:
        why = "emergency_stop"
        row = await obey(connection, principal, row, wanted, Command.PAUSE, reason=why) or row
    await _audit(connection, principal, "emergency_stop.campaign", str(row.id), new.reason)
    return Stop(
        id=None,
        scope=Scope.CAMPAIGN,
        scope_key=str(row.id),
        reason=new.reason,
        stopped_by=principal.actor,
        stopped_at=row.updated_at,
    )


async def _stop_all(
    connection: AsyncConnection, principal: Principal, new: NewStop, key: str
) -> Stop:
    if new.scope is Scope.ACCOUNT:
        await account_of(connection, principal, key)
    everybody = new.scope is Scope.EVERYTHING
    values = {
        "id": new_id(),
        "tenant_id": "" if everybody else principal.tenant_id,
        "scope": new.scope.value,
        "scope_key": key,
        "reason": new.reason,
        "by": principal.actor,
    }
    row = (await connection.execute(_STOP, values)).one()
    await _audit(connection, principal, "emergency_stop.set", str(row.id), new.reason)
    return _shown(row)


async def _end_calls(parts: Parts, principal: Principal, new: NewStop, key: str) -> int:
    """End the calls of the scope, if that is wanted, some in each transaction."""
    wish = _WISHES.get(new.calls)
    if wish is None:
        return 0
    values = {
        "wish": wish.value,
        "scope": new.scope.value,
        "key": key,
        "tenant_id": principal.tenant_id,
        "limit": AT_ONCE,
    }
    ended = 0
    while True:
        async with transaction(parts.engine) as connection:
            todo, count = await _end_some(connection, parts, values, wish)
        parts.errands(todo)
        ended += count
        if count < AT_ONCE:
            return ended


async def _end_some(
    connection: AsyncConnection, parts: Parts, values: Mapping[str, object], wish: Cancel
) -> tuple[list[Todo], int]:
    work = await Reduction.begin(connection, parts.chances)
    ids = list((await connection.execute(_LIVE, values)).scalars())
    for held in (await attempts.lock(connection, ids)).values():
        await work.feed(held, CancelWanted(wish))
    await work.finish()
    return work.todo, len(ids)


async def _audit(
    connection: AsyncConnection, principal: Principal, action: str, subject: str, reason: str
) -> None:
    entry = AuditEntry(
        principal.tenant_id, principal.actor, action, "emergency_stop", subject, reason=reason
    )
    await record(connection, SCHEMA, entry)


def _shown(row: Row[Any]) -> Stop:
    return Stop.model_validate(dict(row._mapping))
