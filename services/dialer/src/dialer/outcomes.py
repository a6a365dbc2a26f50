"""What became of an attempt, in the words that contacts and statistics use: pure."""

from enum import StrEnum

from dialer.classify import Refusal, Refused


class Disposition(StrEnum):
    """What a finished contact came to; the reason beside it says more."""

    HUMAN = "human"
    MACHINE = "machine"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    INVALID_NUMBER = "invalid_number"
    REJECTED_BY_CARRIER = "rejected_by_carrier"
    BLOCKED = "blocked"
    FAILED_NETWORK = "failed_network"
    CANCELED = "canceled"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    INDETERMINATE = "indeterminate"


class Outcome(StrEnum):
    """What became of one attempt. All but the last two are a disposition, too."""

    HUMAN = "human"
    MACHINE = "machine"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    INVALID_NUMBER = "invalid_number"
    REJECTED_BY_CARRIER = "rejected_by_carrier"
    BLOCKED = "blocked"
    FAILED_NETWORK = "failed_network"
    CANCELED = "canceled"
    INDETERMINATE = "indeterminate"
    NOT_PLACED = "not_placed"
    """Twilio was asked, or was about to be, and there was no call."""
    RELEASED = "released"
    """Nothing was sent."""


MACHINES = ("machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax")

_VERDICTS = ("", "unknown", "human", *MACHINES)


def firmer(known: str, heard: str) -> str:
    """The verdict to keep of two about who answered, whichever came first."""
    return max(known, heard, key=_firmness)


def _firmness(verdict: str) -> int:
    return _VERDICTS.index(verdict) if verdict in _VERDICTS else 0


def of_answered(answered_by: str) -> Outcome:
    """Who took the call: a person, unless it is known otherwise."""
    return Outcome.MACHINE if answered_by in MACHINES else Outcome.HUMAN


_INVALID_SIP = {404, 410, 484, 604}  # not found, gone, incomplete, exists nowhere
_BLOCKED_SIP = {603, 607, 608}  # declined, unwanted, rejected by an analytics engine
_CARRIER_SIP = {401, 403, 405, 406, 407, 488, 606}


def of_failed(sip_code: int | None, error_code: int | None) -> Outcome:
    """Why a call that Twilio had accepted could not be put through."""
    if error_code == 13224 or sip_code in _INVALID_SIP:
        return Outcome.INVALID_NUMBER
    if sip_code in _BLOCKED_SIP:
        return Outcome.BLOCKED
    return Outcome.REJECTED_BY_CARRIER if sip_code in _CARRIER_SIP else Outcome.FAILED_NETWORK


def of_refused(refused: Refused) -> Outcome:
    """A refusal ends the contact only where the number itself is at fault."""
    if refused.refusal is not Refusal.NUMBER:
        return Outcome.NOT_PLACED
    blocked = refused.reason in ("blocked_number", "forbidden_number")
    return Outcome.BLOCKED if blocked else Outcome.INVALID_NUMBER
