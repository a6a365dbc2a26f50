"""What a campaign becomes when a person says start, pause, resume or cancel; pure."""

from enum import StrEnum


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class CancelMode(StrEnum):
    """What becomes of calls when a campaign is cancelled; each includes the ones before it."""

    DRAIN = "drain"
    CANCEL_QUEUED = "cancel_queued"
    HANGUP = "hangup"


class Command(StrEnum):
    """What a person may say."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


_GOING = (State.RUNNING, State.SCHEDULED)
_RESTING = (State.PAUSED, State.PAUSING)
_AT_AN_END = (State.CANCELLED, State.COMPLETED)
_FIRMNESS = list(CancelMode)


def after(state: State, command: Command) -> State | None:
    """The new state, or the same one if it is so already; None: it cannot be done now.

    A campaign that was paused is resumed, not started; a completed one can be resumed, for contacts
    that were added or queued again.
    """
    match command:
        case Command.START:
            return _to(State.RUNNING, state, from_=(State.DRAFT,), already=_GOING)
        case Command.RESUME:
            resumable = (*_RESTING, State.COMPLETED)
            return _to(State.RUNNING, state, from_=resumable, already=_GOING)
        case Command.PAUSE if state is State.SCHEDULED:
            return State.PAUSED
        case Command.PAUSE:
            return _to(State.PAUSING, state, from_=(State.RUNNING,), already=_RESTING)
        case Command.CANCEL:
            cancellable = (State.DRAFT, *_GOING, *_RESTING)
            already = (State.CANCELLING, State.CANCELLED)
            return _to(State.CANCELLING, state, from_=cancellable, already=already)


def after_stop(state: State) -> State | None:
    """The state after an emergency stop; None: nobody is called anyway.

    A draft, which somebody may be about to start, has to be resumed: that is a decision of its own.
    """
    return State.PAUSED if state is State.DRAFT else after(state, Command.PAUSE)


def _to(
    wanted: State, state: State, *, from_: tuple[State, ...], already: tuple[State, ...]
) -> State | None:
    if state in from_:
        return wanted
    return state if state in already else None


def firmer(now: CancelMode | None, wanted: CancelMode) -> CancelMode:
    """A cancelled campaign may be cancelled more firmly, and never less."""
    return max(now or wanted, wanted, key=_FIRMNESS.index)
