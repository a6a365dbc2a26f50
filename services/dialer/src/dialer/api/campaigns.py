"""`/v1/campaigns`: drafted, read, edited, deleted."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import campaign_rows
from dialer.api.campaign_models import Campaign, CampaignChange, NewCampaign
from dialer.api.campaign_rows import CampaignRow, shown
from dialer.api.context import SCHEMA, Parts, WithParts
from dialer.api.departures import departures, edited, note
from dialer.api.scopes import Reader, Writer
from dialer.api.transitions import State
from dialer.policy import Policy
from trunkline.api.answers import answer, as_response, once, require_version
from trunkline.api.audit import AuditEntry, record
from trunkline.api.cursor import Position
from trunkline.api.etag import etag
from trunkline.api.idempotency import Answer
from trunkline.api.keys import Principal
from trunkline.api.paging import Page, Paging, paging
from trunkline.api.problem import Conflict, FieldError, InvalidRequest
from trunkline.api.times import to_microseconds
from trunkline.database.transaction import in_transaction, transaction

routes = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])

_FIXED = (State.CANCELLING, State.CANCELLED, State.COMPLETED)
# Whose edit is only taken while nobody is being called by the campaign.
_AT_REST_ALONE = {"agent_id", "agent_version", "default_region", "starts_at"}


class NotEditable(Conflict):
    """The campaign is at an end, or has to be paused first."""

    code = "not_editable"
    title = "The campaign cannot be edited so now"


@routes.post("", status_code=201, response_model=Campaign)
async def create(
    request: Request, new: NewCampaign, principal: Writer, parts: WithParts
) -> Response:
    """Draft a campaign. Nobody is called before it is started."""
    departed = departures(principal, new.purpose, new.emergency_reason, new.policy)

    async def effect(connection: AsyncConnection) -> Answer:
        check_agent(parts, principal, new.agent_id, new.agent_version)
        values = {
            **new.values(),
            "purpose": new.purpose.value,
            "policy": new.policy.model_dump_json(),
            "account_sid": await account_of(connection, principal, new.account_sid),
        }
        row = await campaign_rows.insert(connection, principal.tenant_id, values)
        await _audit(connection, principal, "campaign.created", row.id)
        await note(connection, principal, row.id, departed)
        return _answer(201, row, {"Location": f"/v1/campaigns/{row.id}"})

    return await once(request, principal, effect)


@routes.get("")
async def listed(
    principal: Reader,
    parts: WithParts,
    paging: Annotated[Paging, Depends(paging)],
    state: Annotated[State | None, Query()] = None,
) -> Page[Campaign]:
    """The tenant's campaigns, the newest first."""
    async with transaction(parts.engine) as connection:
        rows = await campaign_rows.page(
            connection, principal.tenant_id, state, paging.after(principal), paging.fetch
        )
    return paging.page(principal, rows, position, shown)


@routes.get("/{campaign_id}")
async def read(
    campaign_id: uuid.UUID, principal: Reader, parts: WithParts, response: Response
) -> Campaign:
    """One campaign. Its ETag is what an edit has to name."""
    async with transaction(parts.engine) as connection:
        row = await campaign_rows.read(connection, principal.tenant_id, campaign_id)
    response.headers["ETag"] = etag(row.generation)
    return shown(row)


@routes.patch("/{campaign_id}", response_model=Campaign)
async def edit(
    campaign_id: uuid.UUID,
    change: CampaignChange,
    request: Request,
    principal: Writer,
    parts: WithParts,
) -> Response:
    """Change what is named; needs If-Match. Rates and limits change while calls go on."""
    values = {name: getattr(change, name) for name in change.model_fields_set}
    if change.policy is not None:
        values["policy"] = change.policy.model_dump_json()
    check_not_null(values)

    async def work(connection: AsyncConnection) -> Answer:
        row = await campaign_rows.read(connection, principal.tenant_id, campaign_id, lock=True)
        require_version(request, row.generation)
        check_editable(State(row.state), values)
        if {"agent_id", "agent_version"} & values.keys():
            agent_id = str(values.get("agent_id", row.agent_id))
            check_agent(parts, principal, agent_id, values.get("agent_version"))
        if change.policy is not None:
            before = Policy.model_validate_json(row.policy)
            await note(connection, principal, row.id, edited(principal, before, change.policy))
        row = await campaign_rows.update(connection, campaign_id, values)
        await _audit(connection, principal, "campaign.edited", row.id, sorted(values))
        return _answer(200, row)

    return as_response(await in_transaction(parts.engine, work))


@routes.delete("/{campaign_id}", status_code=204)
async def delete(
    campaign_id: uuid.UUID, request: Request, principal: Writer, parts: WithParts
) -> None:
    """Delete a draft, with its contacts; needs If-Match. Others are cancelled, and kept."""

    async def work(connection: AsyncConnection) -> None:
        row = await campaign_rows.read(connection, principal.tenant_id, campaign_id, lock=True)
        require_version(request, row.generation)
        if State(row.state) is not State.DRAFT:
            raise NotEditable("Only drafts can be deleted: cancel it instead.")
        for table in ("contact", "import_job", "rule_override"):
            await connection.execute(
                text(f"DELETE FROM dialer.{table} WHERE campaign_id = :id"), {"id": campaign_id}
            )
        await connection.execute(
            text("DELETE FROM dialer.campaign WHERE id = :id"), {"id": campaign_id}
        )
        await _audit(connection, principal, "campaign.deleted", campaign_id)

    await in_transaction(parts.engine, work)


def position(row: Any) -> Position:
    """Where a page goes on after this row."""
    return Position(to_microseconds(row.created_at), str(row.id))


def check_agent(parts: Parts, principal: Principal, agent_id: str, version: object) -> None:
    """Raise unless the tenant has this agent, and it the version, if one is named."""
    agent = parts.agents.current(agent_id)
    if agent is None or agent.tenant_id != principal.tenant_id:
        raise InvalidRequest(
            errors=[FieldError("#/agent_id", "unknown_agent", "There is no such agent.")]
        )
    if version is not None and agent.version != version:
        detail = "The agent has another version by now."
        raise InvalidRequest(errors=[FieldError("#/agent_version", "unknown_version", detail)])


async def account_of(
    connection: AsyncConnection, principal: Principal, account_sid: str | None
) -> str:
    """The account that calls: the one that is named, or the tenant's only one."""
    found = await connection.execute(
        text(
            "SELECT account_sid FROM dialer.account WHERE tenant_id = :tenant_id"
            " AND account_sid = coalesce(:account_sid, account_sid) ORDER BY account_sid LIMIT 2"
        ),
        {"tenant_id": principal.tenant_id, "account_sid": account_sid},
    )
    sids: list[str] = list(found.scalars())
    if len(sids) == 1:
        return sids[0]
    detail = "Name one of your accounts." if sids else "There is no such account of yours."
    raise InvalidRequest(errors=[FieldError("#/account_sid", "unknown_account", detail)])


def check_not_null(values: Mapping[str, object]) -> None:
    """Raise for nulls where a campaign must have something."""
    required = ("name", "agent_id", "from_pool", "priority", "weight", "policy")
    missing = [name for name in required if name in values and values[name] is None]
    if missing:
        raise InvalidRequest(
            errors=[FieldError(f"#/{name}", "null", "It cannot be empty.") for name in missing]
        )


def check_editable(state: State, values: Mapping[str, object]) -> None:
    """Raise for an edit that the campaign's state does not allow."""
    if state in _FIXED and set(values) - {"name"}:
        raise NotEditable("Of a campaign that is at its end, only the name can be changed.")
    if state in (State.RUNNING, State.PAUSING) and _AT_REST_ALONE & values.keys():
        raise NotEditable("Pause it first.")


async def _audit(
    connection: AsyncConnection,
    principal: Principal,
    action: str,
    campaign_id: uuid.UUID,
    fields: list[str] | None = None,
) -> None:
    change: dict[str, object] = {"fields": fields} if fields else {}
    entry = AuditEntry(
        principal.tenant_id, principal.actor, action, "campaign", str(campaign_id), change=change
    )
    await record(connection, SCHEMA, entry)


def _answer(status: int, row: CampaignRow, headers: Mapping[str, str] | None = None) -> Answer:
    model: BaseModel = shown(row)
    return answer(status, model, headers, version=row.generation)
