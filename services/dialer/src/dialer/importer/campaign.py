"""A campaign as its lists are read for it, out of the database and the agents' folder."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.importer.intake import Intake
from dialer.importer.store import Target
from dialer.policy import Policy
from dialer.presets import Override, Purpose
from dialer.presets_table import TABLE
from dialer.store.rules import overrides_of
from trunkline.agents import Agent
from trunkline.agents.catalog import Agents
from trunkline.errors import Invalid

CLOSED = ("cancelling", "cancelled")  # nobody is added to these


class Gone(Invalid):
    """Nothing can be added to the campaign any more; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Receiving:
    """A campaign that takes contacts in."""

    id: uuid.UUID
    tenant_id: str
    account_sid: str
    purpose: Purpose
    default_region: str
    policy: Policy
    overrides: tuple[Override, ...]
    agent: Agent
    now: datetime

    def intake(self, default_region: str = "") -> Intake:
        """What it asks of its contacts."""
        given, declared = self.policy.variables(), self.agent.variables
        return Intake(
            purpose=self.purpose,
            default_region=default_region or self.default_region,
            variables=declared,
            languages=tuple(language.code for language in self.agent.languages),
            table=TABLE,
            now=self.now,
            hours=self.policy.hours(),
            overrides=self.overrides,
            said={name: value for name, value in given.items() if name in declared},
        )

    def target(
        self, import_id: uuid.UUID | None = None, skip_called_within_hours: int = 0
    ) -> Target:
        """Where its contacts go."""
        recent = timedelta(hours=skip_called_within_hours) if skip_called_within_hours else None
        return Target(self.tenant_id, self.id, self.account_sid, import_id, recent)


_CAMPAIGN = text("""
SELECT id, tenant_id, account_sid, agent_id, purpose, state,
       CAST(policy AS text) AS policy, coalesce(default_region, '') AS default_region,
       clock_timestamp() AS now
FROM dialer.campaign WHERE id = :id AND tenant_id = :tenant_id
""")


class Campaigns:
    """Finds campaigns and what their agents declare."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents

    async def load(
        self, connection: AsyncConnection, tenant_id: str, campaign_id: uuid.UUID
    ) -> Receiving:
        """Raises `Gone` if nobody can be added to it."""
        found = await connection.execute(_CAMPAIGN, {"id": campaign_id, "tenant_id": tenant_id})
        row = found.one_or_none()
        if row is None:
            raise Gone("campaign_gone")
        if row.state in CLOSED:
            raise Gone("campaign_closed")
        agent = self._agents.current(row.agent_id)
        if agent is None or agent.tenant_id != tenant_id:
            raise Gone("agent_gone")
        return Receiving(
            id=row.id,
            tenant_id=tenant_id,
            account_sid=row.account_sid,
            purpose=Purpose(row.purpose),
            default_region=row.default_region,
            policy=Policy.model_validate_json(row.policy),
            overrides=tuple(await overrides_of(connection, tenant_id, campaign_id)),
            agent=agent,
            now=row.now,
        )
