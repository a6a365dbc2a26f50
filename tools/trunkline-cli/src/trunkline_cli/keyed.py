"""HTTP to an API of ours on behalf of a key."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

CONNECT_SECONDS = 5.0


@contextmanager
def open_keyed(url: str, key: str, answer_seconds: float) -> Iterator[httpx.Client]:
    """Yield a client that asks there, with this key."""
    headers = {"Authorization": f"Bearer {key}"}
    timeout = httpx.Timeout(answer_seconds, connect=CONNECT_SECONDS)
    with httpx.Client(base_url=url, headers=headers, timeout=timeout) as http:
        yield http
