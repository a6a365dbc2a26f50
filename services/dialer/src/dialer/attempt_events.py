"""What can happen to an attempt, and what is to be done then: the vocabulary of `attempt.py`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dialer.absence import Proof
from dialer.classify import PostOutcome, Refusal
from dialer.outcomes import Outcome


class State(StrEnum):
    """How far an attempt has come."""

    RESERVED = "reserved"
    """The contact and the number are ours; nothing has been said to Twilio."""
    POSTING = "posting"
    """The write-ahead is committed: from here on there may be a call."""
    UNKNOWN = "unknown"
    """There may be a call, and nobody has told us."""
    SUBMITTED = "submitted"
    RINGING = "ringing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELED = "canceled"
    RELEASED = "released"
    """Nothing was sent."""
    REJECTED = "rejected"
    """Twilio refused."""
    NOT_PLACED = "not_placed"
    """It is proven that there was no call."""
    INDETERMINATE = "indeterminate"
    """There is no proof either way, and no time left to look for one."""


CALL_STATES = (State.SUBMITTED, State.RINGING, State.IN_PROGRESS)
IN_FLIGHT = (State.RESERVED, State.POSTING, State.UNKNOWN, *CALL_STATES)
CALL_ENDS = (State.COMPLETED, State.BUSY, State.NO_ANSWER, State.FAILED, State.CANCELED)
NO_CALL = (State.RELEASED, State.REJECTED, State.NOT_PLACED, State.INDETERMINATE)


class Via(StrEnum):
    """How an attempt came to know its call; if it was guessed, how that was confirmed."""

    RESPONSE = "response"
    CALLBACK = "callback"
    LISTING = "listing"
    SWEEP = "sweep"


GUESSED = (Via.LISTING, Via.SWEEP)
"""By its numbers and its time alone: it looks like the attempt's, and may be somebody else's."""


class EndedBy(StrEnum):
    """How firm the call's end is."""

    REPORTED = "reported"
    CONTRADICTED = "contradicted"
    """Two reports name different ends: Twilio has to be asked."""
    FETCHED = "fetched"
    """Twilio was asked; no report changes it any more."""


class Cancel(StrEnum):
    """Which calls of an attempt nobody wants any more."""

    NO = ""
    UNANSWERED = "unanswered"
    """It may be talked to its end, but ring no more."""
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as the database has it: each field is a column."""

    account_sid: str
    lease_until: datetime
    ring_seconds: int
    talk_seconds: int
    detects_machines: bool = False
    state: State = State.RESERVED
    holds_number: bool = True
    posting_at: datetime | None = None
    returned_at: datetime | None = None
    sid: str = ""
    bound_by: Via | None = None
    second_sid: str = ""
    sequence: int = -1
    initiated: bool = False
    """Whether Twilio has begun to dial: before, the call waits in its queue."""
    rang: bool = False
    answered_at: datetime | None = None
    connected_at: datetime | None = None
    expired: bool = False
    """Whether it was answered when its token had expired: it was told who called, and why."""
    answered_by: str = ""
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None
    lifecycle_ended: bool = False
    sip_code: int | None = None
    error_code: int | None = None
    reason: str = ""
    cancel: Cancel = Cancel.NO
    settled: bool = False
    probes: int = 0
    due_at: datetime | None = None
    """When the next timer runs out; of a reservation, the end of its lease."""


# Events


@dataclass(frozen=True, slots=True)
class Posted:
    """The write-ahead was committed."""


@dataclass(frozen=True, slots=True)
class Aborted:
    """Its owner gives the reservation back before anything was committed for it."""

    reason: str


@dataclass(frozen=True, slots=True)
class PostReturned:
    """The request to place the call is over, for its owner."""

    outcome: PostOutcome


@dataclass(frozen=True, slots=True)
class OwnerLost:
    """Its owner has died, or its lease is over: nobody will tell what became of the request."""


@dataclass(frozen=True, slots=True)
class StatusReported:
    """A callback, or a listing, has named a call that is this attempt's, and its status.

    `status` is in Twilio's words; `at` is the time Twilio says it happened.
    """

    sid: str
    account_sid: str
    status: str
    at: datetime
    sequence: int = -1
    via: Via = Via.CALLBACK
    sip_code: int | None = None
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class CallFetched:
    """Twilio was asked for the call itself: what it says now is the truth."""

    sid: str
    status: str
    at: datetime
    answered_by: str = ""
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class MachineDetected:
    """Twilio has decided who answered."""

    sid: str
    account_sid: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The call was answered and asked a gateway what to do; `expired` with a token too old."""

    sid: str
    account_sid: str
    at: datetime
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """The agent has the call that was placed: calls.lifecycle."""

    sid: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LifecycleEnded:
    """The call's `CallEnded` was read from calls.lifecycle, and so was any opt-out before it."""

    sid: str


@dataclass(frozen=True, slots=True)
class LifecyclePassed:
    """No `CallEnded` came, and what was written to calls.lifecycle until now has been read."""


@dataclass(frozen=True, slots=True)
class AbsenceClaimed:
    """What the reconciler has gathered to prove that there is no call."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class CancelWanted:
    """Nobody wants the call any more."""

    cancel: Cancel


@dataclass(frozen=True, slots=True)
class TimerFired:
    """`due_at` has passed."""


Event = (
    Posted
    | Aborted
    | PostReturned
    | OwnerLost
    | StatusReported
    | CallFetched
    | MachineDetected
    | Answered
    | Connected
    | LifecycleEnded
    | LifecyclePassed
    | AbsenceClaimed
    | CancelWanted
    | TimerFired
)

# Effects


@dataclass(frozen=True, slots=True)
class Settle:
    """Tell the contact what became of the attempt, once, in the same transaction.

    `counts`: whether the contact's budget and the callee's frequency caps pay for it.
    """

    outcome: Outcome
    reason: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Blame:
    """Twilio refused for a reason that others share: slow down, or stop, whoever is at fault."""

    refusal: Refusal
    reason: str
    code: int


@dataclass(frozen=True, slots=True)
class Probe:
    """List the calls to this number, keep the listing, then send what is found as events."""


@dataclass(frozen=True, slots=True)
class FetchCall:
    """Ask Twilio for the call; `CallFetched` follows."""

    sid: str


@dataclass(frozen=True, slots=True)
class CancelCall:
    """End the call: `answered` ones too, or only while it is queued or rings."""

    sid: str
    answered: bool = False


@dataclass(frozen=True, slots=True)
class ProveLifecycle:
    """See whether calls.lifecycle was read as far as it was written; `LifecyclePassed` follows."""


@dataclass(frozen=True, slots=True)
class DoubleDial:
    """Two calls claim the attempt. The alarm that must never ring."""

    kept: str
    second: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that should not be was seen: count it, and let a person look."""

    reason: str


Effect = Settle | Blame | Probe | FetchCall | CancelCall | ProveLifecycle | DoubleDial | Alarm

Reduced = tuple[Attempt, tuple[Effect, ...]]


def token_expires_at(posting_at: datetime, ring_seconds: int) -> datetime:
    """Until when an answered call may be given its agent.

    Ringing, the 5 s that Twilio adds to it, 60 s in Twilio's queue, 15 s between clocks.
    """
    return posting_at + timedelta(seconds=ring_seconds + 5 + 60 + 15)
