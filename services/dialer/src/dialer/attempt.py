"""The life of one attempt to call somebody: an event in, the changed attempt and effects out; pure.

Callbacks come late, twice and in any order, or never; the answer to the request may come after
them, or its sender die. So states have ranks and only rise; the end absorbs what comes after it;
two ends that contradict each other send somebody to ask; and what may have rung a telephone is
never tried again before it is proven that it did not.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from dialer.absence import Proof, earliest, lacks
from dialer.attempt_call import (
    AGAIN,
    connected,
    detected,
    fetched,
    its_call,
    lifecycle_over,
    reported,
    settle,
    taken,
    wish,
)
from dialer.attempt_events import (
    CALL_STATES,
    Aborted,
    AbsenceClaimed,
    Alarm,
    Answered,
    Attempt,
    Blame,
    CallFetched,
    CancelWanted,
    Connected,
    EndedBy,
    Event,
    FetchCall,
    LifecycleEnded,
    LifecyclePassed,
    MachineDetected,
    OwnerLost,
    Posted,
    PostReturned,
    Probe,
    ProveLifecycle,
    Reduced,
    Settle,
    State,
    StatusReported,
    TimerFired,
    Via,
    token_expires_at,
)
from dialer.attempt_facts import counts
from dialer.classify import Created, NothingSent, Refused, Unclear
from dialer.outcomes import Outcome, of_refused

LOST_AFTER = timedelta(seconds=35)  # the longest that a request may take, and 2 s
PROBE_AFTER = [timedelta(seconds=s) for s in (5, 15, 45, 120, 150, 180, 240, 300, 420, 570)]
GIVE_UP_AFTER = timedelta(minutes=10)


def reduce(attempt: Attempt, event: Event, now: datetime) -> Reduced:
    """What the event makes of the attempt. `now` is the database's clock."""
    match event:
        case Posted():
            return _posted(attempt, now)
        case Aborted(reason):
            return _aborted(attempt, reason)
        case PostReturned():
            return _returned(attempt, event, now)
        case OwnerLost():
            return _owner_lost(attempt, now)
        case StatusReported():
            return reported(attempt, event, now)
        case CallFetched():
            return fetched(attempt, event, now)
        case MachineDetected():
            return detected(attempt, event, now)
        case Answered():
            return taken(attempt, event, now)
        case Connected():
            return connected(attempt, event, now)
        case LifecycleEnded() | LifecyclePassed():
            return lifecycle_over(attempt, event, now)
        case AbsenceClaimed(proof):
            return _claimed(attempt, proof, now)
        case CancelWanted(cancel):
            if attempt.state is State.RESERVED:
                return _aborted(attempt, "canceled")
            return wish(attempt, cancel, now)
        case TimerFired():
            return _timer(attempt, now)


# Until there is a call


def _posted(attempt: Attempt, now: datetime) -> Reduced:
    if attempt.state is not State.RESERVED:
        return attempt, ()
    return replace(attempt, state=State.POSTING, posting_at=now, due_at=now + LOST_AFTER), ()


def _aborted(attempt: Attempt, reason: str) -> Reduced:
    if attempt.state is not State.RESERVED:
        return attempt, ()
    return _without_call(attempt, State.RELEASED, Outcome.RELEASED, reason)


def _returned(attempt: Attempt, event: PostReturned, now: datetime) -> Reduced:
    attempt = replace(attempt, returned_at=attempt.returned_at or now)
    waiting = attempt.state in (State.POSTING, State.UNKNOWN)
    match event.outcome:
        case Created(sid):
            return its_call(attempt, sid, "queued", Via.RESPONSE, now)
        case Unclear(reason):
            return _lose(attempt, reason, now)
        case NothingSent(reason) if waiting:
            return _without_call(attempt, State.RELEASED, Outcome.RELEASED, reason)
        case Refused(refusal, reason, code) if waiting:
            outcome = of_refused(event.outcome)
            refused = replace(attempt, error_code=code)
            ended, effects = _without_call(refused, State.REJECTED, outcome, reason)
            return ended, (*effects, Blame(refusal, reason, code))
    return attempt, (Alarm("call_of_no_request"),) if attempt.sid else ()


def _owner_lost(attempt: Attempt, now: datetime) -> Reduced:
    if attempt.state is State.RESERVED:
        return _without_call(attempt, State.RELEASED, Outcome.RELEASED, "owner_lost")
    return _lose(attempt, "owner_lost", now)


def _lose(attempt: Attempt, reason: str, now: datetime) -> Reduced:
    """There may be a call: look for it, and never send again."""
    if attempt.state is not State.POSTING:
        return attempt, ()
    lost = replace(attempt, state=State.UNKNOWN, reason=reason)
    return replace(lost, due_at=_next_probe(lost, now)), ()


def _next_probe(attempt: Attempt, now: datetime) -> datetime:
    """When to look again: as planned from the posting on, and at the latest when giving up."""
    posting_at = attempt.posting_at or now
    planned = [posting_at + after for after in PROBE_AFTER[attempt.probes :]]
    return min([*(at for at in planned if at > now), _give_up_at(attempt, posting_at)])


def _give_up_at(attempt: Attempt, posting_at: datetime) -> datetime:
    token = token_expires_at(posting_at, attempt.ring_seconds)
    return max(posting_at + GIVE_UP_AFTER, earliest(posting_at, token))


def _claimed(attempt: Attempt, proof: Proof, now: datetime) -> Reduced:
    if attempt.state is not State.UNKNOWN or attempt.posting_at is None:
        return attempt, ()
    missing = lacks(
        proof,
        posting_at=attempt.posting_at,
        token_expires_at=token_expires_at(attempt.posting_at, attempt.ring_seconds),
        returned=attempt.returned_at is not None,
        now=now,
    )
    if missing:
        return attempt, ()
    return _without_call(attempt, State.NOT_PLACED, Outcome.NOT_PLACED, attempt.reason)


def _without_call(attempt: Attempt, state: State, outcome: Outcome, reason: str) -> Reduced:
    """The attempt is over, and no call of its is known."""
    over = replace(
        attempt, state=state, reason=reason, holds_number=False, settled=True, due_at=None
    )
    return over, (Settle(outcome, reason, counts(over)),)


# Timers


def _timer(attempt: Attempt, now: datetime) -> Reduced:
    if attempt.due_at is None or now < attempt.due_at:
        return attempt, ()
    if attempt.state is State.RESERVED:
        return _owner_lost(attempt, now)
    if attempt.state is State.POSTING:
        return _lose(attempt, "no_response", now)
    if attempt.state is State.UNKNOWN:
        return _look(attempt, now)
    again = replace(attempt, due_at=now + AGAIN)
    if attempt.state in CALL_STATES or attempt.ended_by is EndedBy.CONTRADICTED:
        return again, (FetchCall(attempt.sid),)
    if not attempt.settled:
        return settle(attempt, now, patient=False)
    return again, (ProveLifecycle(),)


def _look(attempt: Attempt, now: datetime) -> Reduced:
    posting_at = attempt.posting_at or now
    if now >= _give_up_at(attempt, posting_at):
        return _without_call(attempt, State.INDETERMINATE, Outcome.INDETERMINATE, attempt.reason)
    probes = sum(posting_at + after <= now for after in PROBE_AFTER)
    looked = replace(attempt, probes=probes)
    return replace(looked, due_at=_next_probe(looked, now)), (Probe(),)
