"""How often the model that speaks in the demo had no reply, as the workers count it."""

import re
from collections.abc import Iterable

import httpx

from trunkline.agents import Provider

_COUNTED = re.compile(
    r'^trunkline_worker_model_failures_total\{(?=[^}]*provider="(\w+)")[^}]*\} (\S+)$', re.M
)


async def failures_of(provider: Provider, internal_urls: Iterable[str]) -> int:
    """Ask each worker for its metrics."""
    async with httpx.AsyncClient(trust_env=False) as client:
        texts = [(await client.get(f"{url}/metrics")).text for url in internal_urls]
    return sum(count_failures(provider, text) for text in texts)


def count_failures(provider: Provider, metrics: str) -> int:
    """The failures of one provider in the metrics of one worker; pure."""
    return sum(int(float(count)) for name, count in _COUNTED.findall(metrics) if name == provider)
