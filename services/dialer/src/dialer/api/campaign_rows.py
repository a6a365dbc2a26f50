"""Campaigns between their rows and the API."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api.campaign_models import Campaign
from dialer.api.transitions import State
from dialer.ids import new_id
from dialer.policy import Policy
from trunkline.api.cursor import Position
from trunkline.api.paging import keyset
from trunkline.api.problem import NotFound

COLUMNS = """
id, name, state, purpose, agent_id, agent_version, account_sid, CAST(policy AS text) AS policy,
default_region, from_pool, priority, weight, cps, max_in_flight, cost_cap_micros, cost_micros,
cancel_mode, pause_reason, starts_at, ends_at, started_at, finished_at, created_at, updated_at,
generation, version, single
"""

CampaignRow = Row[Any]

# The primary key finds it. Locked, it lets no write-ahead of the campaign pass before we commit.
_READ = f"SELECT {COLUMNS} FROM dialer.campaign WHERE id = :id AND tenant_id = :tenant_id"


def shown(row: CampaignRow) -> Campaign:
    """A campaign as it is answered."""
    values = {**row._mapping, "policy": Policy.model_validate_json(row.policy)}
    return Campaign.model_validate(values)


async def read(
    connection: AsyncConnection, tenant_id: str, campaign_id: uuid.UUID, *, lock: bool = False
) -> CampaignRow:
    """The tenant's campaign; raises `NotFound`."""
    statement = text(_READ + (" FOR NO KEY UPDATE" if lock else ""))
    found = await connection.execute(statement, {"id": campaign_id, "tenant_id": tenant_id})
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


async def page(
    connection: AsyncConnection,
    tenant_id: str,
    state: State | None,
    after: Position | None,
    limit: int,
) -> Sequence[CampaignRow]:
    """The newest campaigns first, single calls left out; campaign_page serves it."""
    condition, values = keyset(after, descending=True)
    rows = await connection.execute(
        text(
            f"SELECT {COLUMNS} FROM dialer.campaign WHERE tenant_id = :tenant_id AND NOT single"
            f" AND (CAST(:state AS text) IS NULL OR state = :state) AND {condition}"
            " ORDER BY created_at DESC, id DESC LIMIT :limit"
        ),
        {**values, "tenant_id": tenant_id, "state": state and state.value, "limit": limit},
    )
    return rows.all()


_INSERT = text(f"""
INSERT INTO dialer.campaign (id, tenant_id, account_sid, name, agent_id, agent_version, purpose,
    policy, default_region, from_pool, priority, weight, cps, max_in_flight, cost_cap_micros,
    starts_at, ends_at, state, single, started_at)
VALUES (:id, :tenant_id, :account_sid, :name, :agent_id, :agent_version, :purpose,
    CAST(:policy AS jsonb), :default_region, :from_pool, :priority, :weight, :cps, :max_in_flight,
    :cost_cap_micros, :starts_at, :ends_at, :state, :single,
    CASE WHEN CAST(:state AS text) = 'running' THEN clock_timestamp() END)
RETURNING {COLUMNS}
""")


async def insert(
    connection: AsyncConnection,
    tenant_id: str,
    values: Mapping[str, object],
    *,
    state: State = State.DRAFT,
    single: bool = False,
) -> CampaignRow:
    """A new campaign; `values` are those of `NewCampaign`, the policy as JSON."""
    row = {"id": new_id(), "tenant_id": tenant_id, "state": state.value, "single": single}
    return (await connection.execute(_INSERT, {**values, **row})).one()


async def update(
    connection: AsyncConnection, campaign_id: uuid.UUID, values: Mapping[str, object]
) -> CampaignRow:
    """Change these columns, and let no reservation of before be posted any more.

    The names are those of our own models, never a client's.
    """
    changes = "".join(f"{name} = {_place(name)}, " for name in values)
    done = await connection.execute(
        text(
            f"UPDATE dialer.campaign SET {changes} generation = generation + 1,"
            f" updated_at = clock_timestamp() WHERE id = :id RETURNING {COLUMNS}"
        ),
        {**values, "id": campaign_id},
    )
    return done.one()


def _place(name: str) -> str:
    return f"CAST(:{name} AS jsonb)" if name == "policy" else f":{name}"
