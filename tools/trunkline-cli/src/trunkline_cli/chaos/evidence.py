"""What the oracle judges by: what really happened at Twilio, and what the dialer believes: pure.

All times are Unix seconds. Numbers are here to be compared and never to be shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LIVE = frozenset({"reserved", "posting", "unknown", "submitted", "ringing", "in_progress"})
"""States of an attempt that may have an effect yet."""

NO_CALL = frozenset({"released", "rejected", "not_placed"})
"""States of an attempt that claim that there was no call."""

OVER = frozenset({"done", "exhausted", "expired", "suppressed", "cancelled"})
"""States in which a contact has come to its one end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A request to place a call, as it came out of a socket."""

    at: float
    attempt_id: str
    """Of the ticket in its URL; empty if there is none of ours."""
    account_sid: str
    to: str = field(repr=False)
    call_sid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that was really placed."""

    sid: str
    attempt_id: str
    account_sid: str
    to: str = field(repr=False)
    created_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    """None for one that is still going on."""
    rang: bool = True
    """Not so one that was taken back while it waited in Twilio's queue: nobody has heard of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact as the dialer has it."""

    id: str
    campaign_id: str
    state: str
    disposition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt as the dialer has it."""

    id: str
    contact_id: str
    campaign_id: str
    state: str
    holds_number: bool = False
    settled: bool = True
    sid: str | None = None
    second_sid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """An event that tells the end of an attempt, as a consumer of the bus has read it."""

    event_id: str
    attempt_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """From a moment on, nothing may be sent: to a number, for a campaign, or for an account.

    `grace` is what may still come: a request that was decided on before may be on its way.
    """

    why: str
    at: float
    until: float | None = None
    """When it was lifted."""
    to: str = field(default="", repr=False)
    campaign_id: str = ""
    account_sid: str = ""
    grace: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """The emulator did nothing for so long, until `at`: what came meanwhile seems to come then."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What was promised to a campaign's account."""

    cps: float
    """Calls per second of each account."""
    in_flight: int
    """Calls of each account at once."""
    gap_seconds: float
    """From the end of a call to the next one to the same number."""
    per_contact: int
    per_day: int
    """Calls to one number in any 24 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a campaign has cost, and might. In millionths, as the dialer counts."""

    campaign_id: str
    spent: int
    cap: int
    reserve: int
    """What the calls in flight may cost beyond the cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything about one scenario after its end."""

    limits: Limits
    posts: Sequence[Post] = ()
    calls: Sequence[Call] = ()
    accepted: Sequence[str] = ()
    """Ids of the contacts that the dialer was given."""
    contacts: Sequence[Contact] = ()
    attempts: Sequence[Attempt] = ()
    finished: Sequence[Finished] = ()
    bans: Sequence[Ban] = ()
    costs: Sequence[Cost] = ()
    slots_used: Mapping[str, int] = field(default_factory=dict)
    """Slots that each gateway says are taken."""
    lags: Sequence[Lag] = ()
    alarms: int = 0
    """Double dials that the dialer itself has counted."""
    forgetful: bool = False
    """Whether the database was put back to an earlier state: what it forgot is not held against
    the dialer, calls that it repeats are."""

    def contact_of(self) -> dict[str, str]:
        """The contact of each attempt."""
        return {attempt.id: attempt.contact_id for attempt in self.attempts}

    def campaign_of(self) -> dict[str, str]:
        """The campaign of each attempt."""
        return {attempt.id: attempt.campaign_id for attempt in self.attempts}
