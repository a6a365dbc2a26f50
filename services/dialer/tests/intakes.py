"""A campaign's wishes, for tests of what is read for it."""

from datetime import UTC, datetime
from typing import Any

from dialer.importer.intake import Intake
from dialer.presets import Purpose
from dialer.presets_table import TABLE

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)

DEFAULTS: dict[str, Any] = {
    "purpose": Purpose.INFORMATIONAL,
    "default_region": "US",
    "variables": {"name": "", "clinic": "the clinic"},
    "languages": ("en-US", "es-MX"),
    "table": TABLE,
    "now": NOW,
}


def intake(**values: Any) -> Intake:
    """An informational campaign in the US, whose agent needs a name."""
    return Intake(**{**DEFAULTS, **values})
