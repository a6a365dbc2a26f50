"""Attempts and events for the tests of the attempt's life."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from dialer.absence import Listing, Proof
from dialer.attempt import reduce
from dialer.attempt_events import (
    Answered,
    Attempt,
    CallFetched,
    Effect,
    Event,
    MachineDetected,
    Posted,
    PostReturned,
    StatusReported,
    TimerFired,
    Via,
)
from dialer.classify import Unclear

T0 = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ACCOUNT = "AC" + "1" * 32
SID = "CA" + "a" * 32
OTHER = "CA" + "b" * 32
RING = 25
TALK = 600


def after(seconds: float) -> datetime:
    """So long after the request."""
    return T0 + timedelta(seconds=seconds)


def reservation(*, detects_machines: bool = False) -> Attempt:
    """An attempt as it is inserted."""
    lease = after(60)
    return Attempt(ACCOUNT, lease, RING, TALK, detects_machines=detects_machines, due_at=lease)


def posting(*, detects_machines: bool = False) -> Attempt:
    """An attempt whose write-ahead is committed."""
    return reduce(reservation(detects_machines=detects_machines), Posted(), T0)[0]


def unknown(*, returned: bool = True) -> Attempt:
    """An attempt of which nobody knows what became."""
    if returned:
        return reduce(posting(), PostReturned(Unclear("read_timeout")), after(33))[0]
    return reduce(posting(), TimerFired(), after(35))[0]


def status(name: str, seconds: float = 10, *, sid: str = SID, sip: int | None = None) -> Event:
    """A callback."""
    return StatusReported(sid, ACCOUNT, name, after(seconds), sip_code=sip)


def listed(name: str, sid: str = SID) -> Event:
    """A call like the attempt's, in a list of Twilio's."""
    return StatusReported(sid, ACCOUNT, name, after(20), via=Via.LISTING)


def verdict(answered_by: str) -> Event:
    """The answering machine verdict."""
    return MachineDetected(SID, ACCOUNT, answered_by)


def taken(seconds: float = 12, *, expired: bool = False, sid: str = SID) -> Event:
    """The call has come to a gateway."""
    return Answered(sid, ACCOUNT, after(seconds), expired)


def fetched(name: str, seconds: float = 90) -> Event:
    """What Twilio says when it is asked."""
    return CallFetched(SID, name, after(seconds))


def live(
    attempt: Attempt, events: Iterable[Event], seconds: float = 40
) -> tuple[Attempt, list[Effect]]:
    """The attempt after these events, all at one time, and every effect on the way."""
    effects: list[Effect] = []
    for event in events:
        attempt, more = reduce(attempt, event, after(seconds))
        effects += more
    return attempt, effects


def proof(first: float = 100, second: float = 130, ends: float = 165) -> Proof:
    """A proof that no call was placed at T0, unless its times are changed."""
    listings = (Listing(after(first), clean=True), Listing(after(second), clean=True))
    return Proof(listings, ends_read_at=after(ends))
