"""`/v1/campaigns/{id}/diagnostics`: why is nobody called?"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import campaign_rows
from dialer.api.context import WithParts
from dialer.api.judged import Verdict, judge
from dialer.api.scopes import Reader
from dialer.api.transitions import State
from dialer.gates import Gate
from dialer.store.campaigns import CampaignFacts, read_campaign
from dialer.store.claim import OF_THE_CONTACT
from dialer.store.snapshot import World
from trunkline.api.times import Time
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])

LOOKED_AT = 500
OPEN = "open"


class Obstacle(BaseModel):
    """Something that is in everybody's way."""

    gate: str
    reason: str
    until: Time | None = None


class Limiter(BaseModel):
    """A rate limit, as it stands."""

    key: str
    calls_per_second: float
    ceiling: float = Field(description="It was lowered if it is below this, and recovers.")
    next_slot_at: Time
    lowered_at: Time | None


class Breaker(BaseModel):
    """Whether something has gone wrong for the whole account."""

    open: bool
    reason: str | None
    until: Time | None


class Surroundings(BaseModel):
    """What this replica knows of bus and gateways; others may be a second ahead or behind."""

    bus_lag_seconds: float | None = Field(description="Null: the bus cannot be asked.")
    free_slots: int = Field(description="Of gateways that spoke in the last five seconds.")
    recovering: bool = Field(
        description="The database has changed: the account's calls are being compared first."
    )
    waits_for_person: bool = Field(
        description="It may be an older copy: see `python -m dialer acknowledge-restore`."
    )
    compared_until: Time | None = Field(
        description="Older calls of the account were compared; it goes on once this is after the"
        " change. Where it stands still, the breaker or the credentials say why."
    )


class Diagnostics(BaseModel):
    """Everything between the campaign and its next call."""

    campaign_id: uuid.UUID
    state: State
    at: Time
    blocked_by: list[Obstacle] = Field(description="For everybody; empty: somebody may be called.")
    contacts: dict[str, int] = Field(description="By state.")
    looked_at: int
    gates: dict[str, dict[str, int]] = Field(
        description="Of the contacts that were looked at: by gate and reason; `open` may be called."
    )
    next_at: Time | None = Field(description="When the first of those that wait is asked again.")
    active_numbers: int = Field(description="Numbers that calls can come from.")
    in_flight: int
    limiters: list[Limiter]
    breaker: Breaker
    surroundings: Surroundings


# contact_state serves it as an index-only scan.
_STATES = text("""
SELECT state, count(*) AS count FROM dialer.contact WHERE campaign_id = :id GROUP BY state
""")

# The primary key finds them, and from_number_choice the numbers.
_LIMITERS = text("""
SELECT key, rate AS calls_per_second, ceiling, tat AS next_slot_at, lowered_at FROM dialer.gcra
WHERE key IN ('account:' || :account_sid, 'campaign:' || :campaign)
   OR key IN (SELECT 'from:' || id FROM dialer.from_number
              WHERE tenant_id = :tenant_id AND account_sid = :account_sid AND pool = :pool
                AND state = 'active' AND cps IS NOT NULL)
ORDER BY key
""")

# attempt_in_flight and from_number_choice count.
_ACCOUNT = text("""
SELECT breaker = 'open' AND (breaker_until IS NULL OR breaker_until > clock_timestamp()) AS open,
       breaker_reason AS reason, breaker_until AS until, swept_until, clock_timestamp() AS now,
       (SELECT count(*) FROM dialer.attempt
        WHERE campaign_id = :id AND state IN ('reserved', 'posting', 'unknown', 'submitted',
                                              'ringing', 'in_progress')) AS in_flight,
       (SELECT count(*) FROM dialer.from_number AS sender
        WHERE sender.tenant_id = account.tenant_id AND sender.account_sid = account.account_sid
          AND sender.pool = :pool AND sender.state = 'active') AS active_numbers
FROM dialer.account WHERE account_sid = :account_sid
""")


@routes.get("/{campaign_id}/diagnostics")
async def diagnostics(campaign_id: uuid.UUID, principal: Reader, parts: WithParts) -> Diagnostics:
    """Why is nobody called? The gates are asked about the campaign's first contacts, as it is."""
    world = parts.world()
    async with transaction(parts.engine) as connection:
        await campaign_rows.read(connection, principal.tenant_id, campaign_id)
        campaign = await read_campaign(connection, campaign_id)
        account = await _account(connection, campaign_id, campaign.account_sid, campaign.from_pool)
        found = _Histogram()
        async for one in judge(connection, parts.vault, campaign, world, LOOKED_AT):
            found.add(one.shown, one.at)
        contacts = await connection.execute(_STATES, {"id": campaign_id})
        if not account.active_numbers:
            found.blocked["numbers"] = Obstacle(gate="breaker", reason="no_calling_number")
        if reason := campaign.unfit(parts.agents):
            found.blocked["agent"] = Obstacle(gate=Gate.CAMPAIGN.value, reason=reason)
        return Diagnostics(
            campaign_id=campaign_id,
            state=State(campaign.state),
            at=account.now,
            blocked_by=list(found.blocked.values()),
            contacts={row.state: row._mapping["count"] for row in contacts},
            looked_at=found.looked_at,
            gates=found.gates,
            next_at=found.next_at,
            active_numbers=account.active_numbers,
            in_flight=account.in_flight,
            limiters=await _limiters(connection, campaign),
            breaker=Breaker(open=account.open, reason=account.reason, until=account.until),
            surroundings=_surroundings(world, campaign.account_sid, account.swept_until),
        )


@dataclass(slots=True)
class _Histogram:
    looked_at: int = 0
    gates: dict[str, dict[str, int]] = field(default_factory=dict)
    blocked: dict[str, Obstacle] = field(default_factory=dict)
    next_at: datetime | None = None

    def add(self, verdict: Verdict, at: datetime) -> None:
        """Count what a contact was told; gates of the campaign's are told once for all."""
        self.looked_at += 1
        name = verdict.gate.value if verdict.gate else OPEN
        reasons = self.gates.setdefault(name, {})
        reason = verdict.reason or OPEN
        reasons[reason] = reasons.get(reason, 0) + 1
        moment = verdict.until if verdict.gate else at
        if moment is not None and (self.next_at is None or moment < self.next_at):
            self.next_at = moment
        if verdict.gate is not None and verdict.gate not in OF_THE_CONTACT:
            self.blocked[name] = Obstacle(gate=name, reason=reason, until=verdict.until)


async def _account(
    connection: AsyncConnection, campaign_id: uuid.UUID, account_sid: str, pool: str
) -> Row[Any]:
    values = {"id": campaign_id, "account_sid": account_sid, "pool": pool}
    return (await connection.execute(_ACCOUNT, values)).one()


async def _limiters(connection: AsyncConnection, campaign: CampaignFacts) -> Sequence[Limiter]:
    values = {
        "tenant_id": campaign.tenant_id,
        "account_sid": campaign.account_sid,
        "campaign": str(campaign.id),
        "pool": campaign.from_pool,
    }
    rows = await connection.execute(_LIMITERS, values)
    return [Limiter.model_validate(dict(row._mapping)) for row in rows]


def _surroundings(world: World, account_sid: str, swept_until: datetime | None) -> Surroundings:
    lag = world.bus_lag
    return Surroundings(
        bus_lag_seconds=lag.total_seconds() if lag is not None else None,
        free_slots=world.free_slots,
        recovering=world.recovery.holds(account_sid),
        waits_for_person=world.recovery.waits_for_person,
        compared_until=swept_until,
    )
