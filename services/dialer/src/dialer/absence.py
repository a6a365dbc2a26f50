"""The proof that a request to place a call had no effect: pure.

A call that was placed shows itself in two ways: Twilio lists it, and its callbacks are written to
the bus. Both may be late. So nothing is concluded before the call could not reach an agent any
more, from listings that are apart and late enough, from an inbox that has everything that was
written for 30 s after them, and only when nobody can still be sending.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

BETWEEN_LISTINGS = timedelta(seconds=30)
AFTER_POSTING = timedelta(seconds=120)
AFTER_LISTING = timedelta(seconds=30)
AFTER_TOKEN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Listing:
    """One complete listing of Twilio's; clean if none of its calls could be the attempt's."""

    at: datetime
    clean: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What was gathered. The default proves nothing."""

    listings: Sequence[Listing] = ()
    """All of the attempt's, oldest first."""
    owner_dead: bool = False
    """Whether the lease of the epoch that was posting is over."""
    ends_read_at: datetime | None = None
    """When the ends of the callbacks' partitions, retry topics too, were read which the consumed
    offsets have passed in this very transaction; the newest such reading."""
    dead_letters: bool = False
    """Whether a callback of the attempt was set aside unread."""


def earliest(posting_at: datetime, token_expires_at: datetime) -> datetime:
    """Before this moment nothing is concluded at all."""
    return max(posting_at + AFTER_POSTING, token_expires_at + AFTER_TOKEN)


def lacks(
    proof: Proof,
    *,
    posting_at: datetime,
    token_expires_at: datetime,
    returned: bool,
    now: datetime,
) -> tuple[str, ...]:
    """What is missing for the proof, as codes; empty when there was no call."""
    second = _second_clean(proof.listings, posting_at)
    read_at = proof.ends_read_at
    missing = {
        "time": now < earliest(posting_at, token_expires_at),
        "owner": not (returned or proof.owner_dead),
        "listings": second is None,
        "inbox": second is None or read_at is None or read_at < second + AFTER_LISTING,
        "dead_letters": proof.dead_letters,
    }
    return tuple(name for name, missed in missing.items() if missed)


def _second_clean(listings: Sequence[Listing], posting_at: datetime) -> datetime | None:
    """The first listing that confirms an earlier one; a listing with a candidate undoes them all.

    It must be 120 s younger than the request as well: Twilio may take 26 s to answer, and its
    listings have been seen a minute late.
    """
    first: datetime | None = None
    second: datetime | None = None
    for listing in sorted(listings, key=lambda listing: listing.at):
        if not listing.clean:
            first = second = None
        elif first is None:
            first = listing.at
        elif second is None and listing.at >= max(
            first + BETWEEN_LISTINGS, posting_at + AFTER_POSTING
        ):
            second = listing.at
    return second
