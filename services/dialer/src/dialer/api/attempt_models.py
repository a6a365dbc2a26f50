"""Attempts as answers have them."""

import uuid

from pydantic import BaseModel, Field

from dialer.api.contact_models import Consent
from dialer.attempt_events import State
from dialer.gates import Gate
from dialer.outcomes import Disposition, Outcome
from trunkline.api.times import Time


class Attempt(BaseModel):
    """One attempt to call a contact."""

    id: uuid.UUID
    campaign_id: uuid.UUID
    contact_id: uuid.UUID
    attempt_no: int
    state: State
    account_sid: str
    call_sid: str | None
    number: str = Field(description="Masked for keys without `contacts:read_numbers`.")
    outcome: Outcome | None = Field(description="What became of it; null while it is open.")
    disposition: Disposition | None = Field(
        description="What the contact has come to, if this was its last attempt."
    )
    transcript: str | None = Field(
        description="Path of the call's story in the API of intelligence-ingest; null: no call.",
        examples=["/v1/calls/CA0123456789abcdef0123456789abcdef"],
    )
    reason: str | None = Field(description="Refusal, proof or error, as a code of ours.")
    error_code: int | None = Field(description="Twilio's.")
    sip_code: int | None = Field(description="The carrier's.")
    answered_by: str | None
    abandoned: bool = Field(description="A person answered, and got no agent within two seconds.")
    attestation: str | None = Field(description="STIR/SHAKEN, as Twilio reported it.")
    counted: bool = Field(description="Whether the contact's budget pays for it.")
    posting_at: Time | None
    answered_at: Time | None
    ended_at: Time | None
    call_seconds: int | None
    created_at: Time


class Moment(BaseModel):
    """Something that happened to an attempt."""

    at: Time
    what: str
    detail: str | None = None


class Permission(BaseModel):
    """Why the call was permitted at the moment of its posting."""

    gates: list[Gate] = Field(
        description="A call is written ahead only if all of them are open, in one transaction."
    )
    at: Time
    rules_version: str | None = Field(description="Of the table of countries' rules.")
    consent: Consent


class AttemptInFull(Attempt):
    """An attempt, with all that is known of its life."""

    permitted: Permission | None = Field(description="Null: no request was ever sent.")
    timeline: list[Moment]
