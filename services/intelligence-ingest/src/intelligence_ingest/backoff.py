"""How long to leave an API alone that has too much to do: pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

TRIES = 4  # of one request, before its record goes to the retry topic
FIRST_PAUSE_SECONDS = 0.25  # doubled from try to try
LONGEST_PAUSE_SECONDS = 10.0  # who asks for more is asked again by the retry topic

TOO_MANY = 429


def worth_repeating(status: int) -> bool:
    """Whether the same request may be answered later."""
    return status in (408, 425, TOO_MANY) or status >= 500


def pause(n: int, headers: Mapping[str, str], now: datetime) -> float:
    """Seconds after try `n`, as the answer wishes, or doubled; more than the longest: give up."""
    wished = _wished(headers.get("Retry-After"), now)
    return FIRST_PAUSE_SECONDS * 2.0**n if wished is None else wished


def _wished(value: str | None, now: datetime) -> float | None:
    """Retry-After holds seconds, or a date."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())
