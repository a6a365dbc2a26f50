"""Campaigns as requests and answers have them."""

import uuid
from typing import Annotated

from pydantic import BaseModel, Field

from dialer.api.departures import EmergencyReason
from dialer.api.transitions import CancelMode, State
from dialer.importer.listed import Strict
from dialer.policy import Policy
from dialer.presets import Purpose
from trunkline.api.times import Time

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Spring check-ups"])]
Region = Annotated[str, Field(pattern="^([A-Z]{2})?$", examples=["US"])]
Pool = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,62}$")]
Rate = Annotated[float, Field(gt=0, le=1000)]
Count = Annotated[int, Field(ge=0, le=100_000)]


class NewCampaign(Strict):
    """A campaign to be drafted: nobody is called before it is started."""

    name: Name
    agent_id: Annotated[str, Field(max_length=63, examples=["receptionist"])]
    purpose: Purpose = Field(description="Decides which consent the law asks for.")
    emergency_reason: EmergencyReason = None
    agent_version: Annotated[str, Field(max_length=63)] | None = Field(
        None,
        description="Nobody is called once the agent has another one. Null: the newest at the time"
        " of each call.",
    )
    account_sid: Annotated[str, Field(pattern="^AC[0-9a-f]{32}$")] | None = Field(
        None, description="Twilio account that calls; can be left out by whoever has only one."
    )
    policy: Policy = Policy()
    default_region: Region | None = Field(
        None, description="Country (ISO 3166-1) of numbers that are listed without one."
    )
    from_pool: Pool = Field("default", description="Numbers that calls come from.")
    priority: Annotated[int, Field(ge=0, le=1000)] = Field(100, description="Smaller goes first.")
    weight: Annotated[float, Field(gt=0, le=1000)] = Field(
        1.0, description="Share among the campaigns of an account."
    )
    cps: Rate | None = Field(None, description="Calls per second; null: the account's.")
    max_in_flight: Count | None = Field(
        None, description="Calls at once; null: as many as the gateways have room for."
    )
    cost_cap_micros: Annotated[int, Field(ge=0)] | None = Field(
        None, description="Stops when so many millionths are spent, by policy.call_cost_micros."
    )
    starts_at: Time | None = Field(None, description="Nobody is called earlier.")
    ends_at: Time | None = Field(None, description="Nobody is called later.")


class CampaignChange(Strict):
    """What is to be different; what is left out stays."""

    name: Name | None = None
    agent_id: Annotated[str, Field(max_length=63)] | None = None
    agent_version: Annotated[str, Field(max_length=63)] | None = None
    policy: Policy | None = None
    default_region: Region | None = None
    from_pool: Pool | None = None
    priority: Annotated[int, Field(ge=0, le=1000)] | None = None
    weight: Annotated[float, Field(gt=0, le=1000)] | None = None
    cps: Rate | None = None
    max_in_flight: Count | None = None
    cost_cap_micros: Annotated[int, Field(ge=0)] | None = None
    starts_at: Time | None = None
    ends_at: Time | None = None


class Cancel(Strict):
    """How to cancel."""

    mode: CancelMode = Field(
        CancelMode.DRAIN,
        description="drain: calls go on to their end; cancel_queued: those that nobody has answered"
        " are ended; hangup: all are.",
    )


class Campaign(BaseModel):
    """A campaign."""

    id: uuid.UUID
    name: str
    state: State
    purpose: Purpose
    agent_id: str
    agent_version: str | None
    account_sid: str
    policy: Policy
    default_region: str | None
    from_pool: str
    priority: int
    weight: float
    cps: float | None
    max_in_flight: int | None
    cost_cap_micros: int | None
    cost_micros: int
    cancel_mode: CancelMode | None
    pause_reason: str | None = Field(description="Why it is paused, when no person paused it.")
    starts_at: Time | None
    ends_at: Time | None
    started_at: Time | None
    finished_at: Time | None
    created_at: Time
    updated_at: Time
    generation: int = Field(description="The number in the ETag: grows with every edit and pause.")
    version: int = Field(description="Grows with every event of the campaign, too.")
