"""Each key has a bucket of its own."""

from dataclasses import replace

from trunkline.api.keys import Principal
from trunkline.api.limiter import RateLimiter

ACME = Principal("a", "acme", frozenset(), requests_per_second=0.5)


def test_one_key_does_not_use_up_what_another_may() -> None:
    limiter = RateLimiter(lambda: 0.0)
    principals = [ACME, ACME, replace(ACME, key_id="b")]

    assert [limiter.take(one).allowed for one in principals] == [True, False, True]


def test_a_new_rate_holds_at_once() -> None:
    limiter = RateLimiter(lambda: 0.0)
    limiter.take(ACME)

    assert limiter.take(replace(ACME, requests_per_second=50)).limit == 100
