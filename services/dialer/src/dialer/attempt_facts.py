"""What follows from an attempt as it stands: pure."""

from datetime import timedelta

from dialer.attempt_events import CALL_ENDS, Attempt, State
from dialer.outcomes import Outcome, of_answered, of_failed

CONNECT_WITHIN = timedelta(seconds=2)


def answered(attempt: Attempt) -> bool:
    """Whether somebody or something has taken the call."""
    return attempt.state is State.COMPLETED or attempt.answered_at is not None


def counts(attempt: Attempt) -> bool:
    """Whether the contact's budget and the callee's caps pay for it: a telephone may have rung."""
    if attempt.state is State.CANCELED:
        return attempt.rang or answered(attempt)
    return attempt.state in (*CALL_ENDS, State.INDETERMINATE)


def abandoned(attempt: Attempt) -> bool:
    """Whether a person answered and was not given the agent within two seconds."""
    if not answered(attempt) or of_answered(attempt.answered_by) is Outcome.MACHINE:
        return False
    if attempt.expired:
        return True
    if attempt.connected_at is None:
        return attempt.lifecycle_ended and not _hung_up_at_once(attempt)
    since = attempt.answered_at or attempt.connected_at
    return attempt.connected_at - since > CONNECT_WITHIN


def _hung_up_at_once(attempt: Attempt) -> bool:
    """Whether the person was gone before the agent had to be there."""
    if attempt.answered_at is None or attempt.ended_at is None:
        return False
    return attempt.ended_at - attempt.answered_at <= CONNECT_WITHIN


def outcome(attempt: Attempt) -> Outcome:
    """What an ended call came to."""
    match attempt.state:
        case State.BUSY:
            return Outcome.BUSY
        case State.NO_ANSWER:
            return Outcome.NO_ANSWER
        case State.CANCELED:
            return Outcome.CANCELED
        case State.FAILED:
            return of_failed(attempt.sip_code, attempt.error_code)
        case _:
            return of_answered(attempt.answered_by)


def learned(before: Attempt, after: Attempt) -> Outcome | None:
    """What a call has come to, if that is known to be something else than its contact was told."""
    if not before.settled or before.state not in CALL_ENDS:
        return None
    return known if (known := outcome(after)) is not outcome(before) else None
