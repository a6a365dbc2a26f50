"""A token bucket: how many requests a key may make, and when the next one may come."""

import math
from dataclasses import dataclass

from trunkline.api.problem import Problem

BURST_SECONDS = 2.0  # of its rate that a key may use at once, after a pause


class RateLimited(Problem):
    """This key makes more requests than it may."""

    status = 429
    code = "rate_limited"
    title = "More requests than this key may make"
    retryable = True


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a request found in the bucket. All but `limit` are after it; seconds are from now."""

    allowed: bool
    limit: int
    remaining: int
    full_in_seconds: float
    next_in_seconds: float

    def headers(self) -> dict[str, str]:
        """RateLimit-*, and Retry-After for a request that was refused; whole seconds, never early.

        As in draft-ietf-httpapi-ratelimit-headers-06, the last with these names, which clients
        know; the later drafts have one structured field instead.
        """
        found = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(math.ceil(self.full_in_seconds)),
        }
        if not self.allowed:
            found["Retry-After"] = str(max(1, math.ceil(self.next_in_seconds)))
        return found


class TokenBucket:
    """The tokens of one key; times are seconds of any clock that does not go back."""

    def __init__(self, per_second: float, now: float) -> None:
        self.per_second = per_second
        self._capacity = max(1.0, per_second * BURST_SECONDS)
        self._tokens = self._capacity
        self._at = now

    def take(self, now: float) -> Allowance:
        """Take one token if there is one."""
        gained = max(0.0, now - self._at) * self.per_second
        self._tokens = min(self._capacity, self._tokens + gained)
        self._at = max(self._at, now)
        allowed = self._tokens >= 1
        if allowed:
            self._tokens -= 1
        return Allowance(
            allowed=allowed,
            limit=int(self._capacity),
            remaining=int(self._tokens),
            full_in_seconds=(self._capacity - self._tokens) / self.per_second,
            next_in_seconds=max(0.0, 1 - self._tokens) / self.per_second,
        )
