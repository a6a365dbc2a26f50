"""What becomes of campaigns and their contacts. Fields: proto/trunkline/v1/dial.proto."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttemptFinished:
    """An attempt is over, and its outcome is final."""

    attempt_id: str
    contact_id: str
    attempt_no: int
    outcome: str
    reason: str
    counted: bool
    call_sid: str


@dataclass(frozen=True, slots=True)
class ContactFinished:
    """A contact has come to its end: it is called no more."""

    contact_id: str
    disposition: str
    detail: str
    attempts_used: int


@dataclass(frozen=True, slots=True)
class CampaignChanged:
    """The campaign is in another state; `reason` is empty if a person wanted it."""

    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ContactOptedOut:
    """The callee does not want to be called any more, by the whole tenant."""

    attempt_id: str
    contact_id: str


DialNews = AttemptFinished | ContactFinished | CampaignChanged | ContactOptedOut


@dataclass(frozen=True, slots=True)
class DialEvent:
    """One record of dialer.events; `event_id` is the same for every copy of it."""

    event_id: str
    tenant_id: str
    campaign_id: str
    campaign_version: int
    at_ms: int
    event: DialNews


@dataclass(frozen=True, slots=True)
class PersonCalled:
    """One record of dialer.called: whoever calls back reaches the agent of this attempt."""

    person: str
    ticket: str
    until_ms: int
    placed_ms: int
