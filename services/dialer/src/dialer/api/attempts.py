"""`/v1/attempts`: what was tried, and why it was permitted."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from dialer.api import attempt_rows, campaign_rows
from dialer.api.attempt_models import Attempt, AttemptInFull
from dialer.api.campaigns import position
from dialer.api.context import WithParts
from dialer.api.scopes import Reader, sees_numbers
from dialer.attempt_events import State
from dialer.outcomes import Outcome
from trunkline.api.paging import Page, Paging, paging
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1", tags=["attempts"])


@routes.get("/campaigns/{campaign_id}/attempts")
async def listed(
    campaign_id: uuid.UUID,
    principal: Reader,
    parts: WithParts,
    paging: Annotated[Paging, Depends(paging)],
    contact_id: Annotated[uuid.UUID | None, Query()] = None,
    state: Annotated[State | None, Query()] = None,
    outcome: Annotated[Outcome | None, Query()] = None,
) -> Page[Attempt]:
    """A campaign's attempts, the newest first."""
    async with transaction(parts.engine) as connection:
        await campaign_rows.read(connection, principal.tenant_id, campaign_id)
        rows = await attempt_rows.page(
            connection,
            campaign_id,
            contact_id,
            state,
            outcome,
            paging.after(principal),
            paging.fetch,
        )
    in_full = sees_numbers(principal)
    return paging.page(
        principal, rows, position, lambda row: attempt_rows.shown(row, parts.vault, in_full=in_full)
    )


@routes.get("/attempts/{attempt_id}")
async def read(attempt_id: uuid.UUID, principal: Reader, parts: WithParts) -> AttemptInFull:
    """One attempt with its timeline, and what permitted it."""
    async with transaction(parts.engine) as connection:
        row = await attempt_rows.read(connection, principal.tenant_id, attempt_id)
        return await attempt_rows.in_full(
            connection, row, parts.vault, numbers=sees_numbers(principal)
        )
