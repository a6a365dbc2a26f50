"""What whoever places a call hands to Twilio for the gateways to read: tickets, and the URLs that
carry them. No number, name or variable stands in a URL in clear.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from trunkline.errors import Invalid
from trunkline.tickets import TicketOffice
from trunkline.twilio import NEWS_RETRIES, TWIML_RETRIES

OUTBOUND_PATH = "/twilio/voice/outbound/"
STATUS_PATH = "/twilio/voice/status/"
AMD_PATH = "/twilio/voice/amd/"
MAX_VARIABLES_BYTES = 2048  # as JSON: the URL that carries them stays below 4,000 characters


class OnMachine(StrEnum):
    """What the agent does when an answering machine has answered."""

    HANGUP = "hangup"
    """Hang up without a word."""
    MESSAGE = "message"
    """Leave the agent's message, or hang up if it has none."""
    TALK = "talk"
    """Go on as with a person."""


@dataclass(frozen=True, slots=True)
class OutboundTicket:
    """One attempt's call, for whoever answers Twilio when the call is answered."""

    attempt_id: str
    worker_epoch: str
    """Which process of the dialer placed the call; for the dialer alone."""
    tenant_id: str
    account_sid: str
    """The account that the call is placed with: only what it has signed is about this attempt."""
    campaign_id: str
    agent_id: str
    expires_at: int
    """Unix time in seconds; after it nobody is connected any more."""
    agent_version: str = ""
    """Empty: the current one."""
    language: str = ""
    """The language to begin in; empty: the agent's first."""
    variables: Mapping[str, str] = field(default_factory=dict)
    on_machine: OnMachine = OnMachine.HANGUP
    detects_machines: bool = False
    """Whether Twilio was asked to tell who has answered."""
    opt_out_key: str = ""
    """Key with which the person asks not to be called any more; empty: none."""
    is_recorded: bool = False
    """Whether the conversation is recorded, once that was announced."""


@dataclass(frozen=True, slots=True)
class CallbackTicket:
    """Which attempt a callback is about, for as long as callbacks may come."""

    attempt_id: str
    tenant_id: str
    account_sid: str
    expires_at: int
    """Unix time in seconds."""


@dataclass(frozen=True, slots=True)
class OutboundUrls:
    """What one `POST /Calls` carries as Url, StatusCallback and AsyncAmdStatusCallback."""

    twiml: str
    status: str
    amd: str


def outbound_office(
    keys: Sequence[str], clock: Callable[[], float]
) -> TicketOffice[OutboundTicket]:
    """Issues and reads the tickets of TwiML URLs. `clock` is Unix time in seconds."""
    return TicketOffice(OutboundTicket, keys, clock, marker="outbound ")


def callback_office(
    keys: Sequence[str], clock: Callable[[], float]
) -> TicketOffice[CallbackTicket]:
    """Issues and reads the tickets of callback URLs. `clock` is Unix time in seconds."""
    return TicketOffice(CallbackTicket, keys, clock, marker="callback ")


def check_variables(variables: Mapping[str, str]) -> None:
    """Raises `Invalid` if these are too long for a URL."""
    size = len(msgspec.json.encode(variables))
    if size > MAX_VARIABLES_BYTES:
        raise Invalid(
            f"The variables take {size} bytes as JSON; {MAX_VARIABLES_BYTES} are the most."
        )


def outbound_urls(
    public_url: str,
    calls: TicketOffice[OutboundTicket],
    callbacks: TicketOffice[CallbackTicket],
    ticket: OutboundTicket,
    *,
    callbacks_expire_at: int,
) -> OutboundUrls:
    """The URLs of one attempt's call. `public_url` is where Twilio reaches the gateways.

    Callbacks come until the call is over, hours after nobody may be connected any more:
    `callbacks_expire_at` is Unix time in seconds. Raises `Invalid` if the variables are too long.
    """
    check_variables(ticket.variables)
    base = public_url.rstrip("/")
    told = callbacks.issue(
        CallbackTicket(ticket.attempt_id, ticket.tenant_id, ticket.account_sid, callbacks_expire_at)
    )
    return OutboundUrls(
        twiml=base + OUTBOUND_PATH + calls.issue(ticket) + TWIML_RETRIES,
        status=base + STATUS_PATH + told + NEWS_RETRIES,
        amd=base + AMD_PATH + told + NEWS_RETRIES,
    )
