"""Contacts between their rows and the API."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api.contact_models import Consent, Contact
from dialer.contact import ContactState
from dialer.importer.mask import masked_number
from dialer.outcomes import Disposition
from trunkline.api.cursor import Position
from trunkline.api.paging import keyset
from trunkline.api.problem import NotFound
from trunkline.protect import NumberVault

_COLUMNS = """
id, campaign_id, external_id, num_enc, country, subdivisions, zones, consent, consent_at,
consent_source, state, disposition, detail, priority, next_at, attempts_used, expires_at, import_id,
created_at, variables_enc
"""
_PLAIN = (
    *("id", "campaign_id", "external_id", "country", "subdivisions", "zones", "state"),
    *("disposition", "detail", "priority", "next_at", "attempts_used", "expires_at", "import_id"),
    "created_at",
)

ContactRow = Row[Any]


def shown(row: ContactRow, vault: NumberVault, *, in_full: bool, alone: bool = False) -> Contact:
    """A contact as it is answered; `alone`: with its variables."""
    number = vault.decrypt(row.num_enc)
    open_ = in_full and alone and row.variables_enc
    return Contact(
        **{name: row._mapping[name] for name in _PLAIN},
        number=number if in_full else masked_number(number),
        consent=Consent(type=row.consent, at=row.consent_at, source=row.consent_source),
        variables=json.loads(vault.decrypt(row.variables_enc)) if open_ else None,
    )


async def read(connection: AsyncConnection, tenant_id: str, contact_id: uuid.UUID) -> ContactRow:
    """The tenant's contact, by its primary key; raises `NotFound`."""
    found = await connection.execute(
        text(f"SELECT {_COLUMNS} FROM dialer.contact WHERE id = :id AND tenant_id = :tenant_id"),
        {"id": contact_id, "tenant_id": tenant_id},
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


async def page(
    connection: AsyncConnection,
    campaign_id: uuid.UUID,
    state: ContactState | None,
    outcome: Disposition | None,
    after: Position | None,
    limit: int,
) -> Sequence[ContactRow]:
    """A campaign's contacts, in the order of their list; contact_page serves it."""
    condition, values = keyset(after)
    rows = await connection.execute(
        text(
            f"SELECT {_COLUMNS} FROM dialer.contact WHERE campaign_id = :campaign_id"
            " AND (CAST(:state AS text) IS NULL OR state = :state)"
            " AND (CAST(:outcome AS text) IS NULL OR disposition = :outcome)"
            f" AND {condition} ORDER BY created_at, id LIMIT :limit"
        ),
        {
            **values,
            "campaign_id": campaign_id,
            "state": state and state.value,
            "outcome": outcome and outcome.value,
            "limit": limit,
        },
    )
    return rows.all()


# contact_external finds them.
_BY_EXTERNAL = text("""
SELECT id FROM dialer.contact
WHERE campaign_id = :campaign_id AND external_id = ANY (CAST(:names AS text[]))
""")

# The primary key finds them.
_BY_ID = text("""
SELECT id FROM dialer.contact
WHERE id = ANY (CAST(:ids AS uuid[])) AND campaign_id = :campaign_id
""")


async def named(
    connection: AsyncConnection,
    campaign_id: uuid.UUID,
    ids: Sequence[uuid.UUID],
    external_ids: Sequence[str],
) -> set[uuid.UUID]:
    """Those of the campaign's contacts that are named, either way."""
    found = set()
    for statement, values in (
        (_BY_ID, {"ids": list(ids)}),
        (_BY_EXTERNAL, {"names": list(external_ids)}),
    ):
        rows = await connection.execute(statement, {**values, "campaign_id": campaign_id})
        found |= set(rows.scalars())
    return found


# contact_state finds them. A number that is suppressed by now is left at the gates.
_AGAIN = text("""
UPDATE dialer.contact
SET state = CASE WHEN zones = '{}' THEN 'needs_timezone' ELSE 'ready' END,
    disposition = NULL, detail = 'queued_again', attempts_used = 0, priority = 1,
    next_at = clock_timestamp(), updated_at = clock_timestamp(),
    expires_at = CASE WHEN expires_at > clock_timestamp() THEN expires_at END
WHERE campaign_id = :campaign_id AND state <> 'dialing'
  AND (disposition = ANY (CAST(:dispositions AS text[])) OR state = ANY (CAST(:states AS text[])))
""")


async def queue_again(
    connection: AsyncConnection,
    campaign_id: uuid.UUID,
    dispositions: Sequence[Disposition],
    states: Sequence[ContactState],
) -> int:
    """Put contacts back into the queue, with a new budget; returns how many."""
    done = await connection.execute(
        _AGAIN,
        {
            "campaign_id": campaign_id,
            "dispositions": [each.value for each in dispositions],
            "states": [each.value for each in states],
        },
    )
    return done.rowcount


# The primary key finds it.
_PLACED = text("""
UPDATE dialer.contact
SET zones = ARRAY[CAST(:zone AS text)], updated_at = clock_timestamp(),
    state = CASE WHEN state = 'needs_timezone' THEN 'ready' ELSE state END
WHERE id = :id
""")


async def place(connection: AsyncConnection, contact_id: uuid.UUID, zone: str) -> None:
    """Say where a person is."""
    await connection.execute(_PLACED, {"id": contact_id, "zone": zone})
