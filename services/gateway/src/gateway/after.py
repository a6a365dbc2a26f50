"""What becomes of a call when its session, or its transfer, is over; pure."""

from enum import Enum, auto

MAX_TRIES = 2  # sessions after the first; then the caller is told that it cannot be mended
MAX_RETURNS = 3  # transfers of one call that nobody took
NEVER_BEGAN = "64102"  # Twilio's error: it could not connect to us

_LIVE = frozenset({"in-progress", "ringing"})
_TALKED = frozenset({"completed", "answered", "bridged", "leave"})
_ELSEWHERE = frozenset({"bridging-in-process", "redirected", "hangup"})


class AfterSession(Enum):
    """What becomes of the call when its ConversationRelay session is over."""

    NOTHING = auto()
    """The call is over too."""
    TRANSFER = auto()
    """The agent passes the call on."""
    RECONNECT = auto()
    """The session failed: a new one takes the call up."""
    HANG_UP = auto()
    """The agent has ended the conversation."""
    FALL_BACK = auto()
    """It has failed too often: whom the agent names for that takes the call."""
    GIVE_UP = auto()
    """It has failed too often, and nobody is named."""


class AfterTransfer(Enum):
    """What becomes of the call when whoever it was passed on to has it no more, or never had."""

    NOTHING = auto()
    """The call is over, or goes on without us."""
    HANG_UP = auto()
    """They have talked."""
    TAKE_BACK = auto()
    """Nobody took it: the agent goes on."""
    GIVE_UP = auto()
    """Nobody took it, too often."""


def after_session(
    session_status: str,
    call_status: str,
    tries: int,
    *,
    is_handed_over: bool = False,
    has_fallback: bool = False,
) -> AfterSession:
    """Decide from what Twilio reports to the action URL and the tries of the ticket.

    `is_handed_over`: the session has named a destination that the agent has. `has_fallback`: the
    agent has one for calls that cannot go on.
    """
    if call_status not in _LIVE:
        return AfterSession.NOTHING
    if session_status == "ended" and is_handed_over:
        return AfterSession.TRANSFER
    if session_status in ("ended", "completed"):
        return AfterSession.HANG_UP
    if tries < MAX_TRIES:
        return AfterSession.RECONNECT
    return AfterSession.FALL_BACK if has_fallback else AfterSession.GIVE_UP


def is_gone(step: AfterSession, session_status: str) -> bool:
    """Whether the call is over and its session had failed: it may have had nobody to say so."""
    is_over = step in (AfterSession.NOTHING, AfterSession.FALL_BACK, AfterSession.GIVE_UP)
    return is_over and session_status not in ("ended", "completed")


def after_transfer(outcome: str, call_status: str, returns: int) -> AfterTransfer:
    """Decide from `DialCallStatus` or `QueueResult`, and how often the call has come back."""
    if call_status not in _LIVE or outcome in _ELSEWHERE:
        return AfterTransfer.NOTHING
    if outcome in _TALKED:
        return AfterTransfer.HANG_UP
    return AfterTransfer.TAKE_BACK if returns < MAX_RETURNS else AfterTransfer.GIVE_UP
