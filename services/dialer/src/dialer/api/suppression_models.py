"""Suppressions as requests and answers have them."""

import uuid
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from dialer.importer.listed import Strict
from dialer.rows import RowCode
from trunkline.api.times import Time

MAX_NUMBERS = 1_000

Number = Annotated[str, Field(max_length=64)]


class Scope(StrEnum):
    """Who may not call the number."""

    TENANT = "tenant"
    """Nobody of the tenant."""
    ACCOUNT = "account"
    """No campaign of one Twilio account."""
    CAMPAIGN = "campaign"
    """One campaign."""


class Reason(StrEnum):
    """Why it may not be called."""

    OPT_OUT = "opt_out"
    COMPLAINT = "complaint"
    DO_NOT_CALL_LIST = "do_not_call_list"
    REASSIGNED = "reassigned"
    LITIGATOR = "litigator"
    INVALID = "invalid"
    MANUAL = "manual"


class Terms(Strict):
    """For whom, why and until when."""

    scope: Scope = Scope.TENANT
    account_sid: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="With scope account."
    )
    campaign_id: uuid.UUID | None = Field(None, description="With scope campaign.")
    reason: Reason = Reason.MANUAL
    source: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        "api", examples=["national register, November 2026"]
    )
    expires_at: Time | None = Field(None, description="Null: for ever.")
    region: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = Field(
        "", description="Country of numbers that are listed without one."
    )


class NewSuppressions(Terms):
    """Numbers that may not be called from now on. Nobody rings them once this is answered."""

    numbers: Annotated[tuple[Number, ...], Field(min_length=1, max_length=MAX_NUMBERS)] = Field(
        examples=[["+12025550143"]]
    )


class LookUp(Strict):
    """A number that is asked about; in a body, because URLs are written down."""

    number: Number
    region: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = ""


class Expiry(Strict):
    """When a suppression ends."""

    expires_at: Time | None


class Suppression(BaseModel):
    """A number that may not be called; masked for keys without `contacts:read_numbers`."""

    id: uuid.UUID
    number: str | None
    scope: Scope
    scope_key: str = Field(description="The account's sid or the campaign's id; empty: the tenant.")
    reason: Reason
    source: str
    call_sid: str | None
    created_by: str | None
    created_at: Time
    expires_at: Time | None


class NumberError(BaseModel):
    """A number of the request that is none; `index` counts from 0."""

    index: int
    code: RowCode
    message: str
    value_masked: str


class Suppressed(BaseModel):
    """What became of the numbers: `known` ones were suppressed before."""

    suppressed: int
    known: int
    errors: list[NumberError]
