"""`/v1/api-keys` and `/v1/audit-log`: who may do what, and who did it.

Keys are made by `python -m dialer create-key`, where somebody can read them, once.
"""

import json
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api.campaigns import position
from dialer.api.context import WithParts
from dialer.api.scopes import Auditor, KeyAdmin
from trunkline.api.app import api_of
from trunkline.api.paging import Page, Paging, keyset, paging
from trunkline.api.problem import NotFound
from trunkline.api.times import Time
from trunkline.database.transaction import in_transaction, transaction

routes = APIRouter(prefix="/v1", tags=["keys"])


class Key(BaseModel):
    """A key as far as it is known to anybody but its holder."""

    id: uuid.UUID
    name: str
    prefix: str
    scopes: list[str]
    requests_per_second: float
    created_by: str
    created_at: Time
    expires_at: Time | None
    used_at: Time | None
    revoked_at: Time | None


class Entry(BaseModel):
    """Something that somebody did."""

    id: int
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    reason: str | None
    change: dict[str, Any]
    created_at: Time


@routes.get("/api-keys")
async def listed(
    principal: KeyAdmin, parts: WithParts, paging: Annotated[Paging, Depends(paging)]
) -> Page[Key]:
    """The tenant's keys, revoked ones, too; api_key_page serves it."""
    condition, values = keyset(paging.after(principal))
    async with transaction(parts.engine) as connection:
        rows = await connection.execute(
            text(
                "SELECT id, name, prefix, scopes, requests_per_second, created_by, created_at,"
                " expires_at, used_at, revoked_at FROM dialer.api_key"
                f" WHERE tenant_id = :tenant_id AND {condition}"
                " ORDER BY created_at, id LIMIT :limit"
            ),
            {**values, "tenant_id": principal.tenant_id, "limit": paging.fetch},
        )
        found = rows.all()
    return paging.page(
        principal, found, position, lambda row: Key.model_validate(dict(row._mapping))
    )


@routes.delete("/api-keys/{key_id}", status_code=204)
async def revoke(
    key_id: uuid.UUID, request: Request, principal: KeyAdmin, parts: WithParts
) -> None:
    """End a key; other replicas notice within half a minute."""

    async def work(connection: AsyncConnection) -> bool:
        tenant, by = principal.tenant_id, principal.actor
        return await parts.keys.revoke(connection, tenant, key_id.hex, by)

    if not await in_transaction(parts.engine, work):
        raise NotFound
    api_of(request).authenticator.forget(key_id.hex)


@routes.get("/audit-log", tags=["audit"])
async def audit_log(
    principal: Auditor,
    parts: WithParts,
    paging: Annotated[Paging, Depends(paging)],
    subject_id: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[Entry]:
    """What was done, the newest first; audit_page serves it."""
    condition, values = keyset(paging.after(principal), descending=True, id_type="bigint")
    async with transaction(parts.engine) as connection:
        rows = await connection.execute(
            text(
                "SELECT id, actor, action, subject_kind, subject_id, reason,"
                " CAST(change AS text) AS change, created_at FROM dialer.audit"
                " WHERE tenant_id = :tenant_id"
                " AND subject_id = coalesce(CAST(:subject_id AS text), subject_id)"
                f" AND {condition} ORDER BY created_at DESC, id DESC LIMIT :limit"
            ),
            {
                **values,
                "tenant_id": principal.tenant_id,
                "subject_id": subject_id,
                "limit": paging.fetch,
            },
        )
        found = rows.all()
    return paging.page(principal, found, position, _entry)


def _entry(row: Row[Any]) -> Entry:
    return Entry.model_validate({**row._mapping, "change": json.loads(row.change)})
