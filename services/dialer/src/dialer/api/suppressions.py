"""`/v1/suppressions`: who may not be called."""

import asyncio
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import campaign_rows
from dialer.api.campaigns import account_of, position
from dialer.api.context import SCHEMA, Parts, WithParts
from dialer.api.scopes import SuppressionReader, SuppressionWriter, sees_numbers
from dialer.api.suppress import Suppressor, read_numbers, scope_key
from dialer.api.suppression_models import (
    Expiry,
    LookUp,
    NewSuppressions,
    Reason,
    Scope,
    Suppressed,
    Suppression,
    Terms,
)
from dialer.importer.mask import masked_number
from dialer.store.reduction import Todo
from trunkline.api.answers import answer, once
from trunkline.api.audit import AuditEntry, record
from trunkline.api.idempotency import Answer
from trunkline.api.keys import Principal
from trunkline.api.paging import Page, Paging, keyset, paging
from trunkline.api.problem import FieldError, InvalidRequest, NotFound
from trunkline.database.transaction import in_transaction, transaction
from trunkline.protect import NumberVault

routes = APIRouter(prefix="/v1/suppressions", tags=["suppressions"])

_COLUMNS = """
id, num_enc, scope, scope_key, reason, source, call_sid, created_by, created_at, expires_at
"""


@routes.post("", status_code=201, response_model=Suppressed)
async def create(
    new: NewSuppressions, request: Request, principal: SuppressionWriter, parts: WithParts
) -> Response:
    """Suppress up to 1,000 numbers. When this is answered, no call to them begins any more."""
    wanted = await asyncio.to_thread(read_numbers, new.numbers, new.region)
    todo: list[Todo] = []

    async def effect(connection: AsyncConnection) -> Answer:
        suppressor = suppressor_of(parts, principal, new)
        await suppressor.lock(connection, wanted.numbers)
        await check_scope(connection, principal, new)
        known = await suppressor.write(connection, wanted.numbers)
        todo[:] = await suppressor.silence(connection, wanted.numbers)
        count = len(wanted.numbers)
        await audited(connection, principal, "suppressions.created", new, count - known)
        return answer(
            201, Suppressed(suppressed=count - known, known=known, errors=list(wanted.errors))
        )

    response = await once(request, principal, effect)
    parts.errands(todo)
    return response


@routes.get("")
async def listed(
    principal: SuppressionReader,
    parts: WithParts,
    paging: Annotated[Paging, Depends(paging)],
    scope: Annotated[Scope | None, Query()] = None,
    reason: Annotated[Reason | None, Query()] = None,
) -> Page[Suppression]:
    """The tenant's suppressions, the newest first; expired ones, too."""
    condition, values = keyset(paging.after(principal), descending=True)
    async with transaction(parts.engine) as connection:
        # suppression_page serves it.
        rows = await connection.execute(
            text(
                f"SELECT {_COLUMNS} FROM dialer.suppression WHERE tenant_id = :tenant_id"
                " AND (CAST(:scope AS text) IS NULL OR scope = :scope)"
                " AND (CAST(:reason AS text) IS NULL OR reason = :reason)"
                f" AND {condition} ORDER BY created_at DESC, id DESC LIMIT :limit"
            ),
            {
                **values,
                "tenant_id": principal.tenant_id,
                "scope": scope and scope.value,
                "reason": reason and reason.value,
                "limit": paging.fetch,
            },
        )
        found = rows.all()
    return paging.page(principal, found, position, lambda row: _shown(row, parts, principal))


@routes.post("/lookup")
async def look_up(
    asked: LookUp, principal: SuppressionReader, parts: WithParts
) -> list[Suppression]:
    """The suppressions of one number; none: it may be called."""
    wanted = read_numbers([asked.number], asked.region)
    if wanted.errors:
        raise InvalidRequest(
            errors=[FieldError("#/number", each.code, each.message) for each in wanted.errors]
        )
    indexes = parts.vault.indexes(principal.tenant_id, wanted.numbers[0])
    async with transaction(parts.engine) as connection:
        rows = await connection.execute(
            text(
                f"SELECT {_COLUMNS} FROM dialer.suppression WHERE tenant_id = :tenant_id"
                " AND num_hmac = ANY (CAST(:hmacs AS bytea[]))"
                " AND (expires_at IS NULL OR expires_at > clock_timestamp())"
                " ORDER BY created_at, id LIMIT 100"
            ),
            {
                "tenant_id": principal.tenant_id,
                "hmacs": [index.hmac for index in indexes],
            },
        )
        found = rows.all()
    return [_shown(row, parts, principal) for row in found]


@routes.patch("/{suppression_id}")
async def expire(
    suppression_id: uuid.UUID, change: Expiry, principal: SuppressionWriter, parts: WithParts
) -> Suppression:
    """Let a suppression end at another time. That of an opt-out needs `policy:override`."""

    async def work(connection: AsyncConnection) -> Row[Any]:
        row = await _read(connection, principal, suppression_id)
        _check_lift(principal, row)
        await connection.execute(
            text("UPDATE dialer.suppression SET expires_at = :at WHERE id = :id"),
            {"id": suppression_id, "at": change.expires_at},
        )
        await _audit(connection, principal, "suppression.expiry_set", str(suppression_id))
        return await _read(connection, principal, suppression_id)

    return _shown(await in_transaction(parts.engine, work), parts, principal)


@routes.delete("/{suppression_id}", status_code=204)
async def lift(
    suppression_id: uuid.UUID,
    principal: SuppressionWriter,
    parts: WithParts,
    reason: Annotated[str, Query(min_length=1, max_length=500)],
) -> None:
    """Let the number be called again; with a reason. An opt-out's needs `policy:override`."""

    async def work(connection: AsyncConnection) -> None:
        row = await _read(connection, principal, suppression_id)
        _check_lift(principal, row)
        await connection.execute(
            text("DELETE FROM dialer.suppression WHERE id = :id"), {"id": suppression_id}
        )
        await _audit(connection, principal, "suppression.lifted", str(suppression_id), reason)

    await in_transaction(parts.engine, work)


@routes.delete("", status_code=200)
async def lift_scope(
    principal: SuppressionWriter,
    parts: WithParts,
    scope: Annotated[Scope, Query()],
    reason: Annotated[str, Query(min_length=1, max_length=500)],
    key: Annotated[str, Query(max_length=64, description="Account's sid or campaign's id.")] = "",
    source: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, int]:
    """Lift all suppressions of a scope, or those of one source; never opt-outs."""

    async def work(connection: AsyncConnection) -> int:
        done = await connection.execute(
            text(
                "DELETE FROM dialer.suppression WHERE tenant_id = :tenant_id AND scope = :scope"
                " AND scope_key = :key AND reason <> 'opt_out'"
                " AND source = coalesce(CAST(:source AS text), source)"
            ),
            {
                "tenant_id": principal.tenant_id,
                "scope": scope.value,
                "key": key,
                "source": source,
            },
        )
        subject = f"{scope.value} {key}".strip()
        change: dict[str, object] = {"lifted": done.rowcount, "source": source}
        await _audit(connection, principal, "suppressions.lifted", subject, reason, change)
        return done.rowcount

    return {"lifted": await in_transaction(parts.engine, work)}


def suppressor_of(parts: Parts, principal: Principal, terms: Terms) -> Suppressor:
    """Suppresses on these terms; raises for a scope that names nothing, or too much."""
    try:
        scope_key(terms)
    except ValueError:
        detail = "Name the account_sid with scope account, the campaign_id with scope campaign."
        raise InvalidRequest(errors=[FieldError("#/scope", "scope_key", detail)]) from None
    return Suppressor(parts.vault, parts.chances, principal.tenant_id, principal.actor, terms)


async def check_scope(connection: AsyncConnection, principal: Principal, terms: Terms) -> None:
    """Raise unless what the scope is about is the tenant's."""
    if terms.campaign_id is not None:
        await campaign_rows.read(connection, principal.tenant_id, terms.campaign_id)
    if terms.account_sid is not None:
        await account_of(connection, principal, terms.account_sid)


async def audited(
    connection: AsyncConnection, principal: Principal, action: str, terms: Terms, count: int
) -> None:
    """Note who suppressed how many numbers, and on which terms."""
    subject = f"{terms.scope.value} {scope_key(terms)}".strip()
    change: dict[str, object] = {"numbers": count, "reason": terms.reason, "source": terms.source}
    await _audit(connection, principal, action, subject, change=change)


async def _read(
    connection: AsyncConnection, principal: Principal, suppression_id: uuid.UUID
) -> Row[Any]:
    found = await connection.execute(
        text(
            f"SELECT {_COLUMNS} FROM dialer.suppression"
            " WHERE id = :id AND tenant_id = :tenant_id FOR UPDATE"
        ),
        {"id": suppression_id, "tenant_id": principal.tenant_id},
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


def _check_lift(principal: Principal, row: Row[Any]) -> None:
    if row.reason == Reason.OPT_OUT:
        principal.check("policy:override")


async def _audit(
    connection: AsyncConnection,
    principal: Principal,
    action: str,
    subject: str,
    reason: str | None = None,
    change: dict[str, object] | None = None,
) -> None:
    entry = AuditEntry(
        principal.tenant_id,
        principal.actor,
        action,
        "suppression",
        subject,
        reason=reason,
        change=change or {},
    )
    await record(connection, SCHEMA, entry)


def _shown(row: Row[Any], parts: Parts, principal: Principal) -> Suppression:
    return Suppression(
        **{name: value for name, value in row._mapping.items() if name != "num_enc"},
        number=_number(row.num_enc, parts.vault, principal),
    )


def _number(num_enc: bytes | None, vault: NumberVault, principal: Principal) -> str | None:
    if num_enc is None:
        return None
    number = vault.decrypt(num_enc)
    return number if sees_numbers(principal) else masked_number(number)
