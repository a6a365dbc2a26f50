"""What becomes of a contact: one budget of attempts, and one end that says why. Pure.

Each attempt's outcome either ends the contact or puts it back into the queue, later. There is one
budget for all outcomes together: rules that count each kind of failure by itself add up to more
calls than anybody wanted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from dialer.outcomes import Disposition, Outcome


class ContactState(StrEnum):
    """Where a contact stands."""

    READY = "ready"
    WAITING = "waiting"
    """Not before `next_at`."""
    DIALING = "dialing"
    NEEDS_REVIEW = "needs_review"
    """A person has to decide."""
    NEEDS_TIMEZONE = "needs_timezone"
    """Somebody has to say where the person is."""
    DONE = "done"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


FINISHED = frozenset(
    {ContactState.DONE, ContactState.EXHAUSTED, ContactState.EXPIRED}
    | {ContactState.SUPPRESSED, ContactState.CANCELLED}
)
QUEUED = frozenset({ContactState.READY, ContactState.WAITING})


class Priority(IntEnum):
    """Whose turn it is first."""

    PROMISED = 0
    """Call-backs that the person asked for, and test calls."""
    RETRY = 1
    FRESH = 2


MIN_GAP = timedelta(minutes=15)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Ladder:
    """When to try again. An outcome that has no steps is final.

    After the n-th counted attempt the n-th step of its outcome is waited for, or the last one.
    `spread` is the share of a step that may be added to it, so that retries do not come in herds.
    """

    max_attempts: int = 3
    steps: Mapping[Outcome, tuple[timedelta, ...]] = field(
        default_factory=lambda: {
            Outcome.BUSY: (MIN_GAP, _HOUR, 4 * _HOUR),
            Outcome.NO_ANSWER: (2 * _HOUR, 20 * _HOUR),
            Outcome.MACHINE: (4 * _HOUR, 20 * _HOUR),
            Outcome.FAILED_NETWORK: (MIN_GAP, _HOUR),
            Outcome.REJECTED_BY_CARRIER: (20 * _HOUR,),
            Outcome.INDETERMINATE: (_HOUR, 4 * _HOUR),
        }
    )
    spread: float = 0.2
    review_indeterminate: bool = False
    """Whether a person decides after an attempt of which nobody knows what became."""


FREE = {
    Outcome.RELEASED: timedelta(seconds=5),
    Outcome.NOT_PLACED: MIN_GAP,
    Outcome.CANCELED: MIN_GAP,
}
"""Outcomes without a call, or without one that was answered: the contact is simply next again."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as far as its future depends on it."""

    state: ContactState
    next_at: datetime
    attempts_used: int = 0
    priority: Priority = Priority.FRESH
    expires_at: datetime | None = None
    disposition: Disposition | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the attempt in hand, and what the world looks like now.

    `jitter` lies in [0, 1). `next_opening` finds the first permitted moment from another one on.
    `barred` is the state for a contact that may not be called again whatever happened.
    """

    outcome: Outcome
    counts: bool
    now: datetime
    jitter: float
    next_opening: Callable[[datetime], datetime | None]
    barred: ContactState | None = None


def settle(contact: Contact, settled: Settled, ladder: Ladder) -> Contact:
    """The contact after an attempt. One that is not being dialed stays as it is."""
    if contact.state is not ContactState.DIALING:
        return contact
    outcome = settled.outcome
    contact = replace(
        contact, attempts_used=contact.attempts_used + settled.counts, detail=outcome.value
    )
    if outcome not in FREE and outcome not in ladder.steps:
        return finish(contact, ContactState.DONE, Disposition(outcome.value), outcome.value)
    if settled.barred is not None:
        return finish(contact, settled.barred, detail=outcome.value)
    if outcome is Outcome.INDETERMINATE and ladder.review_indeterminate:
        return replace(contact, state=ContactState.NEEDS_REVIEW)
    if contact.attempts_used >= ladder.max_attempts:
        return finish(contact, ContactState.EXHAUSTED, detail=outcome.value)
    return _again(contact, settled, ladder)


def _again(contact: Contact, settled: Settled, ladder: Ladder) -> Contact:
    at = settled.now + _wait(contact.attempts_used, settled, ladder)
    retry = min(contact.priority, Priority.RETRY) if settled.counts else contact.priority
    return defer(replace(contact, priority=retry), settled.next_opening(at), contact.detail)


def _wait(used: int, settled: Settled, ladder: Ladder) -> timedelta:
    steps = ladder.steps.get(settled.outcome)
    if settled.outcome in FREE or not steps:
        return FREE.get(settled.outcome, MIN_GAP) * (1 + ladder.spread * settled.jitter)
    step = steps[min(max(used, 1), len(steps)) - 1]
    return max(step, MIN_GAP) * (1 + ladder.spread * settled.jitter)


def defer(contact: Contact, until: datetime | None, reason: str) -> Contact:
    """Put the contact back for later. Where no moment is permitted, a person has to look."""
    if until is None:
        return replace(contact, state=ContactState.NEEDS_REVIEW, detail="no_permitted_hour")
    if contact.expires_at is not None and until >= contact.expires_at:
        return finish(contact, ContactState.EXPIRED, detail=reason)
    return replace(contact, state=ContactState.WAITING, next_at=until, detail=reason)


_ENDS = {
    ContactState.EXHAUSTED: Disposition.EXHAUSTED,
    ContactState.EXPIRED: Disposition.EXPIRED,
    ContactState.SUPPRESSED: Disposition.SUPPRESSED,
    ContactState.CANCELLED: Disposition.CANCELED,
}


def finish(
    contact: Contact, state: ContactState, disposition: Disposition | None = None, detail: str = ""
) -> Contact:
    """End the contact, once: what is finished stays as it is.

    The disposition is the state's, where it has one.
    """
    if contact.state in FINISHED:
        return contact
    return replace(contact, state=state, disposition=_ENDS.get(state, disposition), detail=detail)


def leave(contact: Contact, state: ContactState, detail: str) -> Contact:
    """Take a contact out of the queue: an opt-out, a cancel, its time is over, a gate.

    One that is being dialed stays: its attempt ends first, and is settled as barred.
    """
    if contact.state in FINISHED or contact.state is ContactState.DIALING:
        return contact
    if state in FINISHED:
        return finish(contact, state, detail=detail)
    return replace(contact, state=state, detail=detail)


def wake(contact: Contact, now: datetime) -> Contact:
    """Make a waiting contact ready once its time has come, or end it when its time is over."""
    if contact.state in FINISHED or contact.state is ContactState.DIALING:
        return contact
    if contact.expires_at is not None and now >= contact.expires_at:
        return finish(contact, ContactState.EXPIRED, detail=contact.detail)
    due = contact.state is ContactState.WAITING and now >= contact.next_at
    return replace(contact, state=ContactState.READY) if due else contact


def reserve(contact: Contact, now: datetime) -> Contact | None:
    """The contact in the hands of an attempt; none if it is not its turn."""
    if contact.state is not ContactState.READY or now < contact.next_at:
        return None
    return replace(contact, state=ContactState.DIALING)
