"""`/v1/campaigns/{id}:validate`: who would be called when, and who would not, and why."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import campaign_rows
from dialer.api.context import Parts, WithParts
from dialer.api.judged import Judged, Verdict, judge
from dialer.api.readiness import missing
from dialer.api.scopes import Reader, sees_numbers
from dialer.contact import ContactState
from dialer.gates import Gate
from dialer.importer.mask import masked_number
from dialer.pacing import ceiling_of
from dialer.store.campaigns import CampaignFacts, read_campaign
from trunkline.api.keys import Principal
from trunkline.api.times import Time
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])

MAX_LOOKED_AT = 10_000
SAMPLE = 20
TALK_SECONDS = 60  # what a call is reckoned at besides its ringing


class GateCount(BaseModel):
    """How many contacts one gate holds, for one reason."""

    gate: Gate
    reason: str
    contacts: int
    for_good: bool = Field(description="They leave the queue; the others are asked again.")
    next_at: Time | None = Field(description="When the first of them is asked again.")


class HourCount(BaseModel):
    """How many contacts may first be called in this hour."""

    hour: Time
    contacts: int


class Example(BaseModel):
    """One contact, what the gates say, and how the agent would greet."""

    contact_id: uuid.UUID
    number: str
    verdict: Verdict
    greeting: str | None = Field(description="Only with `contacts:read_numbers`.")


class Pace(BaseModel):
    """How fast calls would be placed."""

    calls_per_second: float
    calls_at_once: int | None
    seconds_per_call: int = Field(description="What a call is reckoned at; yours may differ.")
    eta_seconds: int | None = Field(description="Until all that may be called now have been.")


class Missing(BaseModel):
    """Something that the campaign needs before it can start."""

    pointer: str = Field(examples=["#/from_pool"])
    code: str
    detail: str


class Plan(BaseModel):
    """What would happen, as far as it can be said without calling anybody."""

    campaign_id: uuid.UUID
    at: Time
    missing: list[Missing] = Field(description="Without these it does not start.")
    looked_at: int
    complete: bool = Field(description=f"At most {MAX_LOOKED_AT} contacts are looked at.")
    callable_now: int
    callable_later: int
    not_callable: int
    gates: list[GateCount]
    hours: list[HourCount]
    pace: Pace
    cost_micros: int = Field(description="One attempt for each that may be called.")
    examples: list[Example]


@routes.post("/{campaign_id}:validate")
async def validate(campaign_id: uuid.UUID, principal: Reader, parts: WithParts) -> Plan:
    """A dry run: the gates are asked about every contact as if the campaign were running."""
    async with transaction(parts.engine) as connection:
        row = await campaign_rows.read(connection, principal.tenant_id, campaign_id)
        campaign = await read_campaign(connection, campaign_id)
        needed = [Missing(**asdict(each)) for each in await missing(connection, parts, row)]
        count = _Count(parts, principal, campaign, needed)
        async for one in judge(connection, parts.vault, campaign, None, MAX_LOOKED_AT):
            count.add(one)
        return count.plan(await _rate(connection, campaign))


@dataclass(slots=True)
class _Count:
    parts: Parts
    principal: Principal
    campaign: CampaignFacts
    missing: list[Missing]
    looked_at: int = 0
    now: int = 0
    later: int = 0
    never: int = 0
    at: datetime | None = None
    gates: dict[tuple[Gate, str, bool], list[datetime | None]] = field(default_factory=dict)
    hours: dict[datetime, int] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)

    def add(self, one: Judged) -> None:
        """Count a contact."""
        verdict = one.shown
        self.looked_at += 1
        self.at = one.at
        for_good = verdict.leaves_queue_as is not None
        asks_a_person = one.contact.value.state is ContactState.NEEDS_REVIEW or for_good
        self.now += verdict.gate is None
        self.never += asks_a_person
        self.later += verdict.gate is not None and not asks_a_person
        opening = verdict.until if verdict.gate else one.at
        if opening is not None:
            hour = opening.replace(minute=0, second=0, microsecond=0)
            self.hours[hour] = self.hours.get(hour, 0) + 1
        if verdict.gate is not None:
            key = (verdict.gate, verdict.reason or "", for_good)
            self.gates.setdefault(key, []).append(verdict.until)
        if len(self.examples) < SAMPLE:
            self.examples.append(self._example(one, verdict))

    def _example(self, one: Judged, verdict: Verdict) -> Example:
        in_full = sees_numbers(self.principal)
        agent = self.parts.agents.current(self.campaign.agent_id)
        greeting = None
        if in_full and agent is not None:
            greeting = agent.render(agent.greeting, one.contact.variables(self.parts.vault))
        return Example(
            contact_id=one.contact.id,
            number=one.e164 if in_full else masked_number(one.e164),
            verdict=verdict,
            greeting=greeting,
        )

    def plan(self, rate: "_Rate") -> Plan:
        """Everything counted."""
        return Plan(
            campaign_id=self.campaign.id,
            at=self.at or rate.at,
            missing=self.missing,
            looked_at=self.looked_at,
            complete=self.looked_at < MAX_LOOKED_AT,
            callable_now=self.now,
            callable_later=self.later,
            not_callable=self.never,
            gates=[_gate(*key, untils) for key, untils in self.gates.items()],
            hours=[HourCount(hour=hour, contacts=n) for hour, n in sorted(self.hours.items())],
            pace=self._pace(rate),
            cost_micros=(self.now + self.later) * self.campaign.policy.call_cost_micros,
            examples=self.examples,
        )

    def _pace(self, rate: "_Rate") -> Pace:
        seconds = self.campaign.policy.ring_seconds + TALK_SECONDS
        limits = [rate.cps, *([rate.at_once / seconds] if rate.at_once is not None else [])]
        slowest = min(limits)
        return Pace(
            calls_per_second=round(rate.cps, 3),
            calls_at_once=rate.at_once,
            seconds_per_call=seconds,
            eta_seconds=round(self.now / slowest) if slowest else None,
        )


def _gate(gate: Gate, reason: str, for_good: bool, untils: Sequence[datetime | None]) -> GateCount:
    known = [until for until in untils if until is not None]
    return GateCount(
        gate=gate,
        reason=reason,
        contacts=len(untils),
        for_good=for_good,
        next_at=min(known, default=None),
    )


@dataclass(frozen=True, slots=True)
class _Rate:
    cps: float
    at_once: int | None
    at: datetime


async def _rate(connection: AsyncConnection, campaign: CampaignFacts) -> _Rate:
    found = await connection.execute(
        text(
            "SELECT cps, max_in_flight, clock_timestamp() AS now FROM dialer.account"
            " WHERE account_sid = :account_sid"
        ),
        {"account_sid": campaign.account_sid},
    )
    account = found.one()
    own = [ceiling_of(account.cps), *([campaign.cps] if campaign.cps else [])]
    limits = [
        limit for limit in (account.max_in_flight, campaign.max_in_flight) if limit is not None
    ]
    return _Rate(min(own), min(limits, default=None), account.now)
