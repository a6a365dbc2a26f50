"""What an answer to `POST /Calls`, or none, proves: pure.

Placing a call is not idempotent and Twilio keeps no key of ours: a request of which it is not
proven that it had no effect may have rung a telephone. Only two things prove that it had none: that
not one byte was sent, and a refusal in Twilio's own words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

_SID = re.compile(r"CA[0-9a-f]{32}")


class Refusal(Enum):
    """Whose fault a refusal is, and so who has to change before the next try."""

    NUMBER = "number"
    """The called number's: it is never called again."""
    SENDER = "sender"
    """The calling number's: it is taken out of its pool, the contact is called from another."""
    ACCOUNT = "account"
    """The account's: nothing more is posted for it until a person has looked."""
    BUSY = "busy"
    """Nobody's: Twilio has enough for now, and slower is better."""
    REQUEST = "request"
    """Our own: every further request of this campaign would be refused as well."""


@dataclass(frozen=True, slots=True)
class NothingSent:
    """Not one byte of the request was written: there is no call."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Twilio has said no: there is no call. `reason` is our code, `code` Twilio's."""

    refusal: Refusal
    reason: str
    code: int


@dataclass(frozen=True, slots=True)
class Created:
    """There is a call; it may wait in Twilio's queue for this long."""

    sid: str
    queue_ms: int = 0


@dataclass(frozen=True, slots=True)
class Unclear:
    """There may be a call."""

    reason: str


PostOutcome = NothingSent | Refused | Created | Unclear

_N, _S, _A, _B, _R = (
    *(Refusal.NUMBER, Refusal.SENDER, Refusal.ACCOUNT),
    *(Refusal.BUSY, Refusal.REQUEST),
)

CODES: Mapping[int, tuple[Refusal, str]] = {
    10001: (_A, "account_not_active"),
    10002: (_A, "trial_account"),
    10004: (_B, "concurrency_limit"),
    13224: (_N, "invalid_number"),
    13225: (_N, "forbidden_number"),
    13227: (_A, "geo_permission"),
    20001: (_R, "unknown_parameters"),
    20003: (_A, "bad_credentials"),
    20005: (_A, "account_not_active"),
    20008: (_A, "test_credentials"),
    20404: (_A, "account_not_found"),
    20422: (_R, "invalid_parameter"),
    20429: (_B, "too_many_requests"),
    21205: (_R, "invalid_url"),
    21210: (_S, "sender_not_verified"),
    21211: (_N, "invalid_number"),
    21212: (_S, "invalid_sender"),
    21214: (_N, "unreachable_number"),
    21215: (_A, "geo_permission"),
    21216: (_N, "blocked_number"),
    21217: (_N, "invalid_number"),
    21218: (_R, "invalid_application"),
    21219: (_A, "trial_account"),
    21220: (_R, "invalid_state"),
    21405: (_R, "invalid_parameter"),
    22005: (_B, "queue_full"),
    32018: (_R, "twiml_too_long"),
    86008: (_B, "concurrency_limit"),
}
"""Twilio's error codes that are known to come with a refused call."""

_BY_STATUS = {
    401: (_A, "bad_credentials"),
    403: (_A, "forbidden"),
    404: (_A, "account_not_found"),
    429: (_B, "too_many_requests"),
}


def classify(*, bytes_sent: bool, status: int | None, body: object, error: str = "") -> PostOutcome:
    """What is known of the call after a request.

    `bytes_sent` is true from the moment the first byte may have been written; `status` is none
    where no complete answer came, and `error` then says why (a code of ours); `body` is the decoded
    JSON, or none.
    """
    if not bytes_sent:
        return NothingSent(error or "not_sent")
    if status is None:
        return Unclear(error or "no_response")
    if 200 <= status < 300:
        return _created(body)
    if 400 <= status < 500:
        return _refused(status, body)
    return Unclear(f"status_{status}")


def _created(body: object) -> PostOutcome:
    """An answer without a proper sid proves nothing: it may be cut, or somebody else's."""
    sid = body.get("sid") if isinstance(body, dict) else None
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        return Unclear("no_sid")
    return Created(sid, _milliseconds(body))


def _milliseconds(body: object) -> int:
    """`queue_time`: milliseconds, as text."""
    value = str(body.get("queue_time", "")) if isinstance(body, dict) else ""
    return int(value) if value.isdecimal() and value.isascii() else 0


def _refused(status: int, body: object) -> PostOutcome:
    """A refusal without Twilio's code may be a proxy's, which knows nothing of what Twilio did."""
    code = body.get("code") if isinstance(body, dict) else None
    if not isinstance(code, int) or isinstance(code, bool):
        return Unclear(f"status_{status}")
    refusal, reason = CODES.get(code) or _BY_STATUS.get(status) or (_R, "refused")
    return Refused(refusal, reason, code)
