"""`/v1/calls`: one call, now, through the same gates as all others.

A single call is a campaign of one contact that nobody sees in the list of campaigns: paused,
cancelled, counted and explained as any other.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import attempt_rows, campaign_rows, contact_rows
from dialer.api.attempt_models import Attempt
from dialer.api.campaign_models import NewCampaign, Pool
from dialer.api.campaigns import account_of, check_agent
from dialer.api.contact_models import Contact
from dialer.api.contacts import prepare_items, receiving
from dialer.api.context import SCHEMA, Parts, WithParts
from dialer.api.control import check_ready
from dialer.api.departures import EmergencyReason, departures, note
from dialer.api.judged import Verdict, judge
from dialer.api.row_messages import MESSAGES
from dialer.api.scopes import Caller, Reader, sees_numbers
from dialer.api.transitions import State
from dialer.importer.listed import NewContact
from dialer.importer.store import Stored, store_contacts
from dialer.policy import Policy, Retries
from dialer.presets import Purpose
from dialer.store.campaigns import read_campaign
from trunkline.api.answers import answer, once
from trunkline.api.audit import AuditEntry, record
from trunkline.api.idempotency import Answer
from trunkline.api.keys import Principal
from trunkline.api.problem import FieldError, InvalidRequest, NotFound
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1/calls", tags=["calls"])

NAME = "Single call"


class NewCall(NewContact):
    """A person to be called now, by this agent."""

    agent_id: Annotated[str, Field(max_length=63, examples=["receptionist"])]
    purpose: Purpose = Field(description="Decides which consent the law asks for.")
    emergency_reason: EmergencyReason = None
    account_sid: Annotated[str, Field(pattern="^AC[0-9a-f]{32}$")] | None = None
    from_pool: Pool = "default"
    policy: Policy = Field(
        Policy(retries=Retries(max_attempts=1)), description="One attempt, if nothing is said."
    )


class SingleCall(BaseModel):
    """A single call. To give it up, cancel its campaign."""

    id: uuid.UUID
    campaign_id: uuid.UUID
    contact: Contact
    verdict: Verdict | None = Field(
        description="What the gates say of it now; null once it is on its way, or over."
    )
    attempts: list[Attempt]


@routes.post("", status_code=202, response_model=SingleCall)
async def create(new: NewCall, request: Request, principal: Caller, parts: WithParts) -> Response:
    """Call somebody now, before all campaigns; or at the first permitted moment."""
    departed = departures(principal, new.purpose, new.emergency_reason, new.policy)

    async def effect(connection: AsyncConnection) -> Answer:
        check_agent(parts, principal, new.agent_id, None)
        row = await _campaign(connection, principal, new)
        await check_ready(connection, parts, row)
        campaign = await receiving(connection, parts, principal, row.id)
        prepared = await prepare_items(parts, campaign, [new.listed(0)])
        stored = await store_contacts(connection, campaign.target(), prepared)
        contact_id = _taken(stored)
        await connection.execute(
            text("UPDATE dialer.contact SET priority = 0 WHERE id = :id"), {"id": contact_id}
        )
        entry = AuditEntry(
            principal.tenant_id, principal.actor, "call.created", "contact", str(contact_id)
        )
        await record(connection, SCHEMA, entry)
        await note(connection, principal, row.id, departed)
        call = await _shown(connection, parts, principal, contact_id)
        return answer(202, call, {"Location": f"/v1/calls/{contact_id}"})

    return await once(request, principal, effect)


@routes.get("/{call_id}")
async def read(call_id: uuid.UUID, principal: Reader, parts: WithParts) -> SingleCall:
    """What has become of a single call."""
    async with transaction(parts.engine) as connection:
        return await _shown(connection, parts, principal, call_id)


async def _campaign(
    connection: AsyncConnection, principal: Principal, new: NewCall
) -> campaign_rows.CampaignRow:
    drafted = NewCampaign(
        name=NAME, agent_id=new.agent_id, purpose=new.purpose, from_pool=new.from_pool
    )
    values = {
        **drafted.values(),
        "purpose": new.purpose.value,
        "policy": new.policy.model_dump_json(),
        "default_region": new.region or None,
        "account_sid": await account_of(connection, principal, new.account_sid),
    }
    return await campaign_rows.insert(
        connection, principal.tenant_id, values, state=State.RUNNING, single=True
    )


def _taken(stored: Stored) -> uuid.UUID:
    """The contact; raises with what is wrong with it."""
    if stored.errors:
        raise InvalidRequest(
            errors=[
                FieldError(f"#/{error.column}", error.code.value, MESSAGES[error.code])
                for error in stored.errors
            ]
        )
    return stored.accepted[0].id


async def _shown(
    connection: AsyncConnection, parts: Parts, principal: Principal, contact_id: uuid.UUID
) -> SingleCall:
    row = await contact_rows.read(connection, principal.tenant_id, contact_id)
    campaign = await campaign_rows.read(connection, principal.tenant_id, row.campaign_id)
    if not campaign.single:
        raise NotFound
    in_full = sees_numbers(principal)
    facts = await read_campaign(connection, row.campaign_id)
    found = [one.shown async for one in judge(connection, parts.vault, facts, parts.world(), 1)]
    attempts = await attempt_rows.page(
        connection, row.campaign_id, contact_id, None, None, None, 100
    )
    return SingleCall(
        id=contact_id,
        campaign_id=row.campaign_id,
        contact=contact_rows.shown(row, parts.vault, in_full=in_full),
        verdict=next(iter(found), None),
        attempts=[attempt_rows.shown(each, parts.vault, in_full=in_full) for each in attempts],
    )
