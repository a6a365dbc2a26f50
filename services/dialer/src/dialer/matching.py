"""Which calls of Twilio's could be that of an attempt which nobody has heard of: pure."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

BEFORE = timedelta(seconds=5)  # Twilio tells whole seconds, and clocks are compared by them
AFTER = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call as Twilio tells it."""

    sid: str
    account_sid: str
    status: str
    direction: str
    to: str = field(repr=False)
    from_: str = field(repr=False)
    created_at: datetime
    ended_at: datetime | None = None
    answered_by: str = ""
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Searched:
    """What the call must look like. `offset` is Twilio's clock minus ours, in seconds."""

    to: str = field(repr=False)
    from_: str = field(repr=False)
    posting_at: datetime
    offset: float = 0.0

    @property
    def since(self) -> datetime:
        """By Twilio's clock, the earliest moment at which it can have been created."""
        return self.posting_at + timedelta(seconds=self.offset) - BEFORE

    @property
    def until(self) -> datetime:
        """The latest."""
        return self.posting_at + timedelta(seconds=self.offset) + AFTER


def candidates(
    listed: Sequence[ListedCall], searched: Searched, bound: Container[str]
) -> list[ListedCall]:
    """Those of a listing that could be it. Calls of other attempts, other numbers of the account,
    other people and other times could not."""
    return [call for call in listed if _fits(call, searched) and call.sid not in bound]


def has_double(call: ListedCall, listed: Sequence[ListedCall]) -> bool:
    """Whether another one could be taken for this call: same numbers, about the same time."""
    return any(
        other.sid != call.sid
        and (other.to, other.from_) == (call.to, call.from_)
        and abs(other.created_at - call.created_at) <= BEFORE + AFTER
        for other in listed
    )


def _fits(call: ListedCall, searched: Searched) -> bool:
    return (
        call.direction == "outbound-api"
        and (call.to, call.from_) == (searched.to, searched.from_)
        and searched.since <= call.created_at <= searched.until
    )
