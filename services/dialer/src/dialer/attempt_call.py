"""The part of an attempt's life in which its call is known: transitions for `attempt.py`; pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from dialer.attempt_events import (
    CALL_ENDS,
    CALL_STATES,
    GUESSED,
    IN_FLIGHT,
    NO_CALL,
    Alarm,
    Answered,
    Attempt,
    CallFetched,
    Cancel,
    CancelCall,
    Connected,
    DoubleDial,
    Effect,
    EndedBy,
    FetchCall,
    LifecycleEnded,
    LifecyclePassed,
    MachineDetected,
    Reduced,
    Settle,
    State,
    StatusReported,
    Via,
)
from dialer.attempt_facts import answered, counts, outcome
from dialer.outcomes import firmer

QUEUED_TOO_LONG = timedelta(seconds=60)
VERDICT_AFTER_END = timedelta(seconds=10)
LIFECYCLE_AFTER_END = timedelta(minutes=15)
GUESS_STANDS = timedelta(seconds=60)  # by then a call has told of itself, if it was ever to tell
AGAIN = timedelta(seconds=60)  # between two tries to learn something from Twilio

STATUSES = {
    "queued": State.SUBMITTED,
    "initiated": State.SUBMITTED,
    "ringing": State.RINGING,
    "in-progress": State.IN_PROGRESS,
    "completed": State.COMPLETED,
    "busy": State.BUSY,
    "no-answer": State.NO_ANSWER,
    "failed": State.FAILED,
    "canceled": State.CANCELED,
}

_RANKS = {state: rank for rank, state in enumerate(IN_FLIGHT)}
_END_RANK = len(IN_FLIGHT)


def its_call(
    attempt: Attempt, sid: str, status: str, via: Via, now: datetime, at: datetime | None = None
) -> Reduced:
    """A call says that it is this attempt's, and where it stands."""
    attempt, wrong = _unguessed(attempt, sid, via)
    attempt, effects = _bound(attempt, sid, status, via, now, at or now)
    return attempt, wrong + effects


def _unguessed(attempt: Attempt, sid: str, via: Via) -> Reduced:
    """Forget a call that was taken for the attempt's because it looked like it: this one is it."""
    if attempt.sid in ("", sid) or attempt.bound_by not in GUESSED or via in GUESSED:
        return attempt, ()
    nothing_known = replace(
        attempt,
        sequence=-1,
        initiated=False,
        rang=False,
        answered_at=None,
        connected_at=None,
        expired=False,
        answered_by="",
        lifecycle_ended=False,
        sip_code=None,
        error_code=None,
    )
    if attempt.settled:  # the contact was told; another end of this call will send somebody to ask
        told = replace(nothing_known, sid=sid, bound_by=via, ended_by=EndedBy.REPORTED)
        return told, (Alarm("guessed_call"),)
    unbound = replace(
        nothing_known, state=State.UNKNOWN, sid="", bound_by=None, ended_at=None, ended_by=None
    )
    return unbound, (Alarm("guessed_call"),)


def _bound(
    attempt: Attempt, sid: str, status: str, via: Via, now: datetime, at: datetime
) -> Reduced:
    if attempt.state in NO_CALL:
        late = () if STATUSES[status] in CALL_ENDS else (CancelCall(sid, answered=True),)
        return attempt, (Alarm("late_call"), *late)
    if attempt.sid and attempt.sid != sid:
        return (attempt, (Alarm("similar_call"),)) if via in GUESSED else _second_call(attempt, sid)
    if attempt.sid:
        sure = replace(attempt, bound_by=via) if attempt.bound_by in GUESSED else attempt
        return _rise(sure, status, at, now)
    unposted = attempt.state is State.RESERVED  # the database has forgotten the write-ahead
    bound = replace(attempt, sid=sid, bound_by=via, posting_at=attempt.posting_at or now, reason="")
    risen, effects = _rise(bound, status, at, now)
    return risen, ((Alarm("call_before_posting"),) if unposted else ()) + effects + wanted(risen)


def _second_call(attempt: Attempt, sid: str) -> Reduced:
    if sid == attempt.second_sid:
        return attempt, ()
    alarm = DoubleDial(attempt.sid, sid)
    return replace(attempt, second_sid=sid), (alarm, CancelCall(sid, answered=True))


def _rise(attempt: Attempt, status: str, at: datetime, now: datetime) -> Reduced:
    """Take in where the call stands, or stood: what is older than what is known adds facts only."""
    state = STATUSES[status]
    up = state in (State.RINGING, State.IN_PROGRESS)
    attempt = replace(
        attempt,
        initiated=attempt.initiated or status != "queued",
        rang=attempt.rang or up,
        answered_at=_earlier(attempt.answered_at, at if state is State.IN_PROGRESS else None),
    )
    if attempt.state in CALL_ENDS:
        return _contradict(attempt, state, now)
    if state in CALL_ENDS:
        return _end(attempt, state, at, EndedBy.REPORTED, now)
    if _rank(state) >= _rank(attempt.state):
        risen = replace(attempt, state=state)
        return replace(risen, due_at=_stuck_at(risen, now)), ()
    return attempt, ()


def _rank(state: State) -> int:
    return _RANKS.get(state, _END_RANK)


def _earlier(known: datetime | None, heard: datetime | None) -> datetime | None:
    times = [time for time in (known, heard) if time is not None]
    return min(times) if times else None


def _stuck_at(attempt: Attempt, now: datetime) -> datetime:
    """When a call that is silent from now on has to be asked for."""
    if attempt.state is State.IN_PROGRESS:
        return now + timedelta(seconds=attempt.talk_seconds + 120)
    if attempt.initiated:
        return now + timedelta(seconds=attempt.ring_seconds + 60)
    return max(now, (attempt.posting_at or now) + QUEUED_TOO_LONG)


def _contradict(attempt: Attempt, state: State, now: datetime) -> Reduced:
    if state not in CALL_ENDS or state is attempt.state or attempt.ended_by is not EndedBy.REPORTED:
        return attempt, ()
    doubtful = replace(attempt, ended_by=EndedBy.CONTRADICTED, due_at=now + AGAIN)
    return doubtful, (FetchCall(attempt.sid),)


def reported(attempt: Attempt, event: StatusReported, now: datetime) -> Reduced:
    """A callback, a listing or the sweep names the call."""
    if event.account_sid != attempt.account_sid:
        return attempt, (Alarm("foreign_account"),)
    if event.status not in STATUSES:
        return attempt, (Alarm("unknown_status"),)
    attempt, wrong = _unguessed(attempt, event.sid, event.via)
    if event.sid == attempt.sid or not attempt.sid:
        attempt = replace(
            attempt,
            sequence=max(attempt.sequence, event.sequence),
            sip_code=attempt.sip_code or event.sip_code,
            error_code=attempt.error_code or event.error_code,
        )
    attempt, effects = _bound(attempt, event.sid, event.status, event.via, now, event.at)
    return attempt, wrong + effects


def detected(attempt: Attempt, event: MachineDetected, now: datetime) -> Reduced:
    """The verdict is a fact of its own: it may come before the answer and after the end."""
    if event.account_sid != attempt.account_sid:
        return attempt, (Alarm("foreign_account"),)
    attempt, effects = its_call(attempt, event.sid, "initiated", Via.CALLBACK, now)
    if attempt.sid != event.sid:
        return attempt, effects
    attempt = replace(attempt, answered_by=firmer(attempt.answered_by, event.answered_by))
    attempt, more = settle(attempt, now)
    return attempt, effects + more


def taken(attempt: Attempt, event: Answered, now: datetime) -> Reduced:
    """The answered call has come to a gateway."""
    if event.account_sid != attempt.account_sid:
        return attempt, (Alarm("foreign_account"),)
    attempt, effects = its_call(attempt, event.sid, "in-progress", Via.CALLBACK, now, event.at)
    if attempt.sid == event.sid:
        attempt = replace(attempt, expired=attempt.expired or event.expired)
    return attempt, effects


def connected(attempt: Attempt, event: Connected, now: datetime) -> Reduced:
    """The agent has begun to talk."""
    attempt, effects = its_call(attempt, event.sid, "in-progress", Via.CALLBACK, now, event.at)
    if attempt.sid == event.sid:
        attempt = replace(attempt, connected_at=_earlier(attempt.connected_at, event.at))
    return attempt, effects


def fetched(attempt: Attempt, event: CallFetched, now: datetime) -> Reduced:
    """What Twilio answers is firmer than what it reports."""
    if attempt.sid != event.sid or event.status not in STATUSES:
        return attempt, ()
    attempt = replace(
        attempt,
        answered_by=firmer(attempt.answered_by, event.answered_by),
        error_code=attempt.error_code or event.error_code,
    )
    state = STATUSES[event.status]
    if state in CALL_ENDS:
        return _end(attempt, state, event.at, EndedBy.FETCHED, now)
    attempt, effects = _rise(attempt, event.status, event.at, now)
    if attempt.state is State.SUBMITTED and event.status == "queued":
        return _leave_queue(attempt, now)
    return attempt, effects + wanted(attempt)


def _leave_queue(attempt: Attempt, now: datetime) -> Reduced:
    """A call that waits for long would ring when its token is dead."""
    if now < (attempt.posting_at or now) + QUEUED_TOO_LONG:
        return attempt, ()
    return replace(attempt, due_at=now + AGAIN), (CancelCall(attempt.sid),)


# The end


def _end(attempt: Attempt, state: State, at: datetime, ended_by: EndedBy, now: datetime) -> Reduced:
    if attempt.ended_by is EndedBy.FETCHED:
        return attempt, ()
    otherwise = attempt.settled and state is not attempt.state
    ended = replace(attempt, state=state, ended_by=ended_by, ended_at=attempt.ended_at or at)
    ended, effects = settle(ended, now)
    return ended, ((Alarm("settled_otherwise"),) if otherwise else ()) + effects


def settle(attempt: Attempt, now: datetime, *, patient: bool = True) -> Reduced:
    """Tell the contact, once the end is firm and it is known who answered, or late enough."""
    if attempt.state not in CALL_ENDS or attempt.ended_by is EndedBy.CONTRADICTED:
        return attempt, ()
    if attempt.settled:
        return _let_go(attempt, now), ()
    if patient and (until := _patient_until(attempt, now)) > now:
        return replace(attempt, due_at=until), ()
    settled = _let_go(replace(attempt, settled=True), now)
    reason = settled.reason or settled.state
    return settled, (Settle(outcome(settled), reason, counts(settled)),)


def _patient_until(attempt: Attempt, now: datetime) -> datetime:
    """Until when it may yet be told who answered, or that the call was another one."""
    if attempt.bound_by in GUESSED:
        return (attempt.posting_at or now) + GUESS_STANDS
    undecided = attempt.detects_machines and answered(attempt) and not attempt.answered_by
    return now + VERDICT_AFTER_END if undecided else now


def _let_go(attempt: Attempt, now: datetime) -> Attempt:
    """Free the number, unless somebody answered who may have said that they want no more calls."""
    if attempt.lifecycle_ended or not attempt.holds_number or not answered(attempt):
        return replace(attempt, holds_number=False, due_at=None)
    return replace(attempt, due_at=max(now, (attempt.ended_at or now) + LIFECYCLE_AFTER_END))


def lifecycle_over(
    attempt: Attempt, event: LifecycleEnded | LifecyclePassed, now: datetime
) -> Reduced:
    """Whatever was said in the call is known now."""
    if isinstance(event, LifecycleEnded):
        if event.sid != attempt.sid:
            return attempt, ()
    elif attempt.ended_at is None or now < attempt.ended_at + LIFECYCLE_AFTER_END:
        return attempt, ()
    over = replace(attempt, lifecycle_ended=True)
    if over.state in CALL_STATES:
        return replace(over, due_at=now + AGAIN), ()  # its callback should follow
    doubtful = over.ended_by is EndedBy.CONTRADICTED  # and to be asked for again
    return (_let_go(over, now) if over.settled and not doubtful else over), ()


_WISHES = list(Cancel)


def wish(attempt: Attempt, cancel: Cancel, now: datetime) -> Reduced:
    """Remember that nobody wants the call: it may not be known yet, and a cancel may be lost."""
    wished = replace(attempt, cancel=max(attempt.cancel, cancel, key=_WISHES.index))
    effects = wanted(wished)
    return (replace(wished, due_at=now + AGAIN) if effects else wished), effects


def wanted(attempt: Attempt) -> tuple[Effect, ...]:
    """What is to be done to a call that nobody wants."""
    rings = attempt.state in (State.SUBMITTED, State.RINGING)
    if attempt.cancel is Cancel.ANY and attempt.state in CALL_STATES:
        return (CancelCall(attempt.sid, answered=True),)
    return (CancelCall(attempt.sid),) if attempt.cancel is not Cancel.NO and rings else ()
