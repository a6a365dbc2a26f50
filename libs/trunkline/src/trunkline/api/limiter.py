"""How fast each key may ask. Kept in the process: N replicas allow N times as much in all."""

import time
from collections.abc import Callable

from trunkline.api.bucket import Allowance, TokenBucket
from trunkline.api.keys import Principal
from trunkline.api.recent import Recent

MAX_KEYS = 10_000  # a key that is forgotten starts with a full bucket


class RateLimiter:
    """A bucket for each key that was used lately."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: Recent[str, TokenBucket] = Recent(MAX_KEYS)

    def take(self, principal: Principal) -> Allowance:
        """One request of this key; a key whose rate was changed starts anew."""
        now = self._clock()
        bucket = self._buckets.get(principal.key_id)
        if bucket is None or bucket.per_second != principal.requests_per_second:
            bucket = TokenBucket(principal.requests_per_second, now)
            self._buckets.put(principal.key_id, bucket)
        return bucket.take(now)
