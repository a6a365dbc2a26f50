"""Campaigns: what of them decides about a call, and how they come to rest."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.policy import Policy
from dialer.presets import Purpose
from dialer.unsaid import unsaid
from trunkline.agents.catalog import Agents


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What of a campaign decides about its contacts and calls."""

    id: uuid.UUID
    tenant_id: str
    account_sid: str
    agent_id: str
    agent_version: str
    purpose: Purpose
    state: str
    generation: int
    policy: Policy
    from_pool: str
    max_in_flight: int | None
    cps: float | None
    cost_cap_micros: int | None
    cost_micros: int
    starts_at: datetime | None
    ends_at: datetime | None

    def unfit(self, agents: Agents) -> str:
        """Why the agent must not talk to the people of the campaign; empty: it may."""
        agent = agents.asked_for(self.agent_id, self.agent_version)
        if agent is None:
            return "agent_version" if self.agent_version else "unknown_agent"
        return next(iter(unsaid(agent, self.policy, self.purpose)), "")


_CAMPAIGN = """
SELECT id, tenant_id, account_sid, agent_id, agent_version, purpose, state, generation,
       CAST(policy AS text) AS policy, from_pool, max_in_flight, cps, cost_cap_micros, cost_micros,
       starts_at, ends_at
FROM dialer.campaign WHERE id = :id
"""

# The primary key finds it. Shared with other write-aheads; whoever pauses or edits waits for them.
_READ = text(_CAMPAIGN)
_SHARE = text(_CAMPAIGN + "FOR SHARE")
_OWN = text(_CAMPAIGN + "FOR NO KEY UPDATE")


async def read_campaign(connection: AsyncConnection, campaign_id: uuid.UUID) -> CampaignFacts:
    """The campaign as it stands."""
    return _facts((await connection.execute(_READ, {"id": campaign_id})).mappings().one())


async def share_campaign(connection: AsyncConnection, campaign_id: uuid.UUID) -> CampaignFacts:
    """The campaign, as it will stand until this transaction has ended."""
    return _facts((await connection.execute(_SHARE, {"id": campaign_id})).mappings().one())


async def own_campaign(connection: AsyncConnection, campaign_id: uuid.UUID) -> CampaignFacts:
    """The campaign, which nobody else changes or writes ahead for until this transaction ends."""
    return _facts((await connection.execute(_OWN, {"id": campaign_id})).mappings().one())


def _facts(row: RowMapping) -> CampaignFacts:
    values = dict(row)
    values["agent_version"] = values["agent_version"] or ""
    values["purpose"] = Purpose(values["purpose"])
    values["policy"] = Policy.model_validate_json(values["policy"])
    return CampaignFacts(**values)
