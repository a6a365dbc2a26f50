"""`/v1/rules` and `/v1/rule-overrides`: what holds where, and who has departed from it and why."""

import json
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import campaign_rows
from dialer.api.context import SCHEMA, WithParts
from dialer.api.scopes import Overrider, Reader
from dialer.ids import new_id
from dialer.importer.listed import Strict
from dialer.overrides import read_override
from dialer.presets_table import TABLE, VERSION
from dialer.rules_text import RuleText, rule_texts
from trunkline.api.answers import answer, once
from trunkline.api.audit import AuditEntry, record
from trunkline.api.idempotency import Answer
from trunkline.api.keys import Principal
from trunkline.api.problem import FieldError, InvalidRequest, NotFound
from trunkline.api.times import Time
from trunkline.database.transaction import in_transaction, transaction

routes = APIRouter(prefix="/v1", tags=["rules"])

_COLUMNS = """
id, campaign_id, country, subdivision, rule, CAST(value AS text) AS value, reason, approved_by,
created_at, expires_at, revoked_at
"""


class RuleTable(BaseModel):
    """The rules of all countries that are called. Defaults of a product, and no legal advice."""

    version: str
    rules: list[RuleText]


class NewOverride(Strict):
    """A departure from one rule. It is audited, and holds from the next call on."""

    country: Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["US"])]
    subdivision: Annotated[str, Field(pattern="^[A-Z0-9]{1,3}$")] | None = Field(
        None, description="Null: in all rows of the country."
    )
    campaign_id: uuid.UUID | None = Field(None, description="Null: for all of the tenant's.")
    rule: Annotated[str, Field(max_length=40, examples=["closed_on_holidays"])]
    value: Any = Field(examples=[False])
    reason: Annotated[str, Field(min_length=10, max_length=1000)]
    expires_at: Time | None = None


class Override(BaseModel):
    """A departure from a rule, and who answers for it."""

    id: uuid.UUID
    country: str
    subdivision: str | None
    campaign_id: uuid.UUID | None
    rule: str
    value: Any
    reason: str
    approved_by: str
    created_at: Time
    expires_at: Time | None
    revoked_at: Time | None


@routes.get("/rules")
async def table(_: Reader) -> RuleTable:
    """What holds where, with sources and how far they were read."""
    return RuleTable(version=VERSION, rules=rule_texts(TABLE))


@routes.post("/rule-overrides", status_code=201, response_model=Override)
async def create(
    new: NewOverride, request: Request, principal: Overrider, parts: WithParts
) -> Response:
    """Depart from a rule, with a reason."""
    try:
        read_override(new.country, new.subdivision, new.rule, new.value)
    except ValueError as error:
        raise InvalidRequest(errors=[FieldError("#/value", "value", str(error))]) from None

    async def effect(connection: AsyncConnection) -> Answer:
        if new.campaign_id is not None:
            await campaign_rows.read(connection, principal.tenant_id, new.campaign_id)
        row = (await connection.execute(_INSERT, _values(new, principal))).one()
        what = f"{new.country} {new.subdivision or ''} {new.rule}".replace("  ", " ")
        await _audit(connection, principal, "rule_override.created", row.id, new.reason, what)
        return answer(201, _shown(row))

    return await once(request, principal, effect)


@routes.get("/rule-overrides")
async def listed(principal: Reader, parts: WithParts) -> list[Override]:
    """The tenant's departures, the newest first; revoked ones, too."""
    async with transaction(parts.engine) as connection:
        rows = await connection.execute(
            text(
                f"SELECT {_COLUMNS} FROM dialer.rule_override WHERE tenant_id = :tenant_id"
                " ORDER BY created_at DESC, id LIMIT 1000"
            ),
            {"tenant_id": principal.tenant_id},
        )
        return [_shown(row) for row in rows]


@routes.delete("/rule-overrides/{override_id}", status_code=204)
async def revoke(override_id: uuid.UUID, principal: Overrider, parts: WithParts) -> None:
    """Keep the rule again, from the next call on."""

    async def work(connection: AsyncConnection) -> None:
        done = await connection.execute(
            text(
                "UPDATE dialer.rule_override"
                " SET revoked_at = coalesce(revoked_at, clock_timestamp())"
                " WHERE id = :id AND tenant_id = :tenant_id"
            ),
            {"id": override_id, "tenant_id": principal.tenant_id},
        )
        if not done.rowcount:
            raise NotFound
        await _audit(connection, principal, "rule_override.revoked", override_id)

    await in_transaction(parts.engine, work)


_INSERT = text(f"""
INSERT INTO dialer.rule_override (id, tenant_id, campaign_id, country, subdivision, rule, value,
                                  reason, approved_by, expires_at)
VALUES (:id, :tenant_id, :campaign_id, :country, :subdivision, :rule, CAST(:value AS jsonb),
        :reason, :approved_by, :expires_at)
RETURNING {_COLUMNS}
""")


def _values(new: NewOverride, principal: Principal) -> dict[str, object]:
    return {
        **new.values(),
        "id": new_id(),
        "tenant_id": principal.tenant_id,
        "value": json.dumps(new.value),
        "approved_by": principal.actor,
    }


async def _audit(
    connection: AsyncConnection,
    principal: Principal,
    action: str,
    override_id: uuid.UUID,
    reason: str | None = None,
    what: str = "",
) -> None:
    entry = AuditEntry(
        principal.tenant_id,
        principal.actor,
        action,
        "rule_override",
        str(override_id),
        reason=reason,
        change={"rule": what} if what else {},
    )
    await record(connection, SCHEMA, entry)


def _shown(row: Row[Any]) -> Override:
    return Override.model_validate({**row._mapping, "value": json.loads(row.value)})
