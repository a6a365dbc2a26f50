"""Connection overrides: what the fragment of a webhook URL asks of Twilio's HTTP client. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag

MAX_TOTAL_MS = 15_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Deadlines in milliseconds and when to try again; the defaults are Twilio's own."""

    connect_ms: int = 5_000
    read_ms: int = 15_000
    total_ms: int = MAX_TOTAL_MS
    retries: int = 1
    policies: frozenset[str] = frozenset({"ct"})

    def retries_on(self, failure: str) -> bool:
        """`failure` is ct (no connection), rt (no answer in time), 4xx or 5xx."""
        return failure in self.policies or "all" in self.policies


def split(url: str) -> tuple[str, Overrides]:
    """The URL as it is requested and signed, without its fragment, and what the fragment asks."""
    bare, fragment = urldefrag(url)
    asked = {name: values[-1] for name, values in parse_qs(fragment).items()}
    policies = frozenset(asked["rp"].split(",")) if "rp" in asked else Overrides().policies
    return bare, Overrides(
        connect_ms=_within(asked.get("ct"), 5_000, 100, 10_000),
        read_ms=_within(asked.get("rt"), 15_000, 100, MAX_TOTAL_MS),
        total_ms=_within(asked.get("tt"), MAX_TOTAL_MS, 100, MAX_TOTAL_MS),
        retries=_within(asked.get("rc"), 1, 0, 5),
        policies=policies,
    )


def _within(value: str | None, default: int, low: int, high: int) -> int:
    if value is None or not value.isdigit():
        return default
    return min(max(int(value), low), high)
