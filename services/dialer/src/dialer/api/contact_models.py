"""Contacts as requests and answers have them."""

import uuid
from typing import Annotated

from pydantic import BaseModel, Field

from dialer.contact import ContactState
from dialer.importer.listed import NewContact, Strict
from dialer.outcomes import Disposition
from dialer.policy import ZoneName
from dialer.rows import RowCode
from trunkline.api.times import Time

MAX_CONTACTS = 10_000


class NewContacts(Strict):
    """Contacts to be added. Each is judged by itself: the good ones are taken."""

    contacts: Annotated[list[NewContact], Field(min_length=1, max_length=MAX_CONTACTS)]


class ItemError(BaseModel):
    """One mistake of one contact; an empty column: the contact as a whole."""

    column: str
    code: RowCode
    message: str
    value_masked: str | None = None


class ItemResult(BaseModel):
    """What became of one contact of the request; `id` if it was added."""

    index: int
    id: uuid.UUID | None = None
    errors: list[ItemError] = []


class Added(BaseModel):
    """What became of a request's contacts, in their order."""

    accepted: int
    rejected: int
    results: list[ItemResult]


class Consent(BaseModel):
    """What the person has agreed to."""

    type: str
    at: Time | None
    source: str | None


class Contact(BaseModel):
    """A contact. The number is masked for keys without `contacts:read_numbers`."""

    id: uuid.UUID
    campaign_id: uuid.UUID
    external_id: str | None
    number: str
    country: str
    subdivisions: list[str]
    zones: list[str] = Field(description="Time zones that the person may be in.")
    consent: Consent
    state: ContactState
    disposition: Disposition | None = Field(description="What it came to, once it is at its end.")
    detail: str | None = Field(description="Why, as a reason code.")
    priority: int
    next_at: Time
    attempts_used: int
    expires_at: Time | None
    import_id: uuid.UUID | None
    created_at: Time
    variables: dict[str, str] | None = Field(
        None, description="Only of a single contact, and only with `contacts:read_numbers`."
    )


class ContactChange(Strict):
    """What a person has found out about a contact."""

    timezone: ZoneName = Field(min_length=1, description="Where the person is.")


class Removal(Strict):
    """Contacts that are not to be called after all. They are kept, as canceled."""

    ids: Annotated[tuple[uuid.UUID, ...], Field(max_length=MAX_CONTACTS)] = ()
    external_ids: Annotated[tuple[str, ...], Field(max_length=MAX_CONTACTS)] = ()


class Removed(BaseModel):
    """How many were removed. Those that are being called, or at an end, stay as they are."""

    removed: int
    untouched: int


class Again(Strict):
    """Which contacts are to be called again, with a new budget of attempts."""

    dispositions: Annotated[list[Disposition], Field(max_length=20)] = Field(
        [], examples=[["no_answer", "busy"]]
    )
    states: Annotated[list[ContactState], Field(max_length=20)] = Field(
        [], examples=[["needs_review"]]
    )


class Queued(BaseModel):
    """How many contacts were queued again."""

    queued: int
