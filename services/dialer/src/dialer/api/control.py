"""`/v1/campaigns/{id}/start` and the other commands: each may be said twice."""

import uuid
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import campaign_rows
from dialer.api.campaign_models import Campaign, Cancel
from dialer.api.campaign_rows import CampaignRow, shown
from dialer.api.context import SCHEMA, Parts, WithParts
from dialer.api.readiness import missing
from dialer.api.scopes import Controller
from dialer.api.transitions import CancelMode, Command, State, after, firmer
from dialer.store.clock import now
from dialer.store.outbox import Announcements
from trunkline.api.answers import answer, as_response
from trunkline.api.audit import AuditEntry, record
from trunkline.api.idempotency import Answer
from trunkline.api.keys import Principal
from trunkline.api.problem import Conflict
from trunkline.database.transaction import in_transaction
from trunkline.events.dial import CampaignChanged

routes = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])

_BOTH: dict[int | str, dict[str, Any]] = {
    200: {"model": Campaign, "description": "It is so already."}
}


class NotNow(Conflict):
    """The campaign's state does not allow this."""

    code = "wrong_state"
    title = "The campaign's state does not allow this"


class NotReady(Conflict):
    """Something that calling needs is missing."""

    code = "not_ready"
    title = "Something that calling needs is missing"


@routes.post("/{campaign_id}/start", status_code=202, response_model=Campaign, responses=_BOTH)
async def start(campaign_id: uuid.UUID, principal: Controller, parts: WithParts) -> Response:
    """Begin to call, at `starts_at` if that is to come."""
    return await _command(parts, principal, campaign_id, Command.START)


@routes.post("/{campaign_id}/pause", status_code=202, response_model=Campaign, responses=_BOTH)
async def pause(campaign_id: uuid.UUID, principal: Controller, parts: WithParts) -> Response:
    """Place no more calls. It is `paused` once no request of before can still be on its way."""
    return await _command(parts, principal, campaign_id, Command.PAUSE)


@routes.post("/{campaign_id}/resume", status_code=202, response_model=Campaign, responses=_BOTH)
async def resume(campaign_id: uuid.UUID, principal: Controller, parts: WithParts) -> Response:
    """Go on after a pause, or with contacts that were added to a completed campaign."""
    return await _command(parts, principal, campaign_id, Command.RESUME)


@routes.post("/{campaign_id}/cancel", status_code=202, response_model=Campaign, responses=_BOTH)
async def cancel(
    campaign_id: uuid.UUID, principal: Controller, parts: WithParts, how: Cancel | None = None
) -> Response:
    """Call nobody any more, for good."""
    mode = (how or Cancel(mode=CancelMode.DRAIN)).mode
    return await _command(parts, principal, campaign_id, Command.CANCEL, mode)


async def _command(
    parts: Parts,
    principal: Principal,
    campaign_id: uuid.UUID,
    command: Command,
    mode: CancelMode | None = None,
) -> Response:
    async def work(connection: AsyncConnection) -> Answer:
        row = await campaign_rows.read(connection, principal.tenant_id, campaign_id, lock=True)
        wanted = after(State(row.state), command)
        if wanted is None:
            raise NotNow(f"It is {row.state}.")
        if wanted is State.RUNNING:
            await check_ready(connection, parts, row)
        changed = await obey(connection, principal, row, wanted, command, mode)
        found = changed or row
        return answer(202 if changed else 200, shown(found), version=found.generation)

    return as_response(await in_transaction(parts.engine, work))


async def obey(
    connection: AsyncConnection,
    principal: Principal,
    row: CampaignRow,
    wanted: State,
    command: Command,
    mode: CancelMode | None = None,
    reason: str | None = None,
) -> CampaignRow | None:
    """Bring a locked campaign into the state, and tell of it; None: it is so already.

    The lock has waited for the write-aheads that were under way; the new generation lets nothing
    that was reserved before be posted.
    """
    kept = CancelMode(row.cancel_mode) if row.cancel_mode else None
    mode = None if mode is None else firmer(kept, mode)
    if wanted is State(row.state) and mode is kept:
        return None
    at = await now(connection)
    if wanted is State.RUNNING and row.starts_at is not None and row.starts_at > at:
        wanted = State.SCHEDULED
    values: dict[str, object] = {"state": wanted.value, "cancel_mode": mode, "pause_reason": reason}
    if wanted is State.RUNNING:
        values |= {"started_at": row.started_at or at, "finished_at": None}
    changed = await campaign_rows.update(connection, row.id, values)
    entry = AuditEntry(
        principal.tenant_id,
        principal.actor,
        f"campaign.{command.value}",
        "campaign",
        str(row.id),
        reason=reason,
        change={"from": row.state, "to": wanted.value, "mode": mode},
    )
    await record(connection, SCHEMA, entry)
    told = Announcements()
    told.add(principal.tenant_id, row.id, CampaignChanged(wanted.value, reason or ""))
    await told.write(connection, at)
    return changed


async def check_ready(connection: AsyncConnection, parts: Parts, row: CampaignRow) -> None:
    """Nobody should have to find out from silence that nothing can be called."""
    if errors := await missing(connection, parts, row):
        raise NotReady(errors=errors)
