"""What holds for calling somebody: the table of the law, with the tenant's departures."""

import json
import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.overrides import read_override
from dialer.presets import Override, Purpose, Rules, apply, combine, rows_for
from dialer.presets_table import TABLE

# rule_override_tenant serves it.
_OVERRIDES = text("""
SELECT country, subdivision, rule, CAST(value AS text) AS value FROM dialer.rule_override
WHERE tenant_id = :tenant_id AND revoked_at IS NULL
  AND (campaign_id IS NULL OR campaign_id = :campaign_id)
  AND (expires_at IS NULL OR expires_at > clock_timestamp())
ORDER BY created_at
""")


async def overrides_of(
    connection: AsyncConnection, tenant_id: str, campaign_id: uuid.UUID
) -> Sequence[Override]:
    """The departures that are in force for a campaign, oldest first."""
    rows = await connection.execute(
        _OVERRIDES, {"tenant_id": tenant_id, "campaign_id": campaign_id}
    )
    return [
        read_override(row.country, row.subdivision, row.rule, json.loads(row.value)) for row in rows
    ]


def rules_for(
    country: str, subdivisions: Sequence[str], purpose: Purpose, overrides: Sequence[Override]
) -> Rules | None:
    """The strictest of all that holds; none for a country that is not called."""
    rows = rows_for(TABLE, country, subdivisions)
    return combine([apply(row, overrides) for row in rows], purpose) if rows else None
