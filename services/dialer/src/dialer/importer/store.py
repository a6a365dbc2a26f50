"""Contacts into the database: judged there, written there, in one transaction with what is known
of their import.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.importer.contacts import RowError
from dialer.importer.copytext import copy_row
from dialer.importer.prepare import COLUMNS
from dialer.importer.prepared import Prepared, Ready
from dialer.rows import RowCode

COPY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where contacts go. `skip_called_within`: whoever was called so lately is left out."""

    tenant_id: str
    campaign_id: uuid.UUID
    account_sid: str
    import_id: uuid.UUID | None = None
    skip_called_within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of rows: the contacts that are in the campaign now, and all mistakes."""

    accepted: Sequence[Ready]
    errors: Sequence[RowError]


async def store_contacts(connection: AsyncConnection, target: Target, prepared: Prepared) -> Stored:
    """Add those contacts that the campaign has not, and that may be called.

    Lists for one campaign are stored one after the other, so that what is a duplicate is certain.
    """
    await connection.execute(_TURNS, {"key": f"contacts {target.campaign_id}"})
    refused = {error.row: error for error in await _refused(connection, target, prepared.ready)}
    accepted = [contact for contact in prepared.ready if contact.row not in refused]
    await _copy(connection, target, accepted)
    return Stored(accepted, [*prepared.errors, *refused.values()])


_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")

# contact_number, suppression's unique index and freq_ledger_callee find a number, each in one step.
_JUDGE = text("""
SELECT DISTINCT ON (listed.row_no) listed.row_no, found.code
FROM unnest(CAST(:rows AS bigint[]), CAST(:hmacs AS bytea[])) AS listed (row_no, num_hmac)
CROSS JOIN LATERAL (
    SELECT 1 AS rank, CASE WHEN contact.import_id = CAST(:import_id AS uuid)
                           THEN 'duplicate_in_file' ELSE 'duplicate_in_campaign' END AS code
    FROM dialer.contact
    WHERE contact.campaign_id = :campaign_id AND contact.num_hmac = listed.num_hmac
      AND contact.linked_to IS NULL
    UNION ALL
    SELECT 2, 'suppressed' FROM dialer.suppression
    WHERE suppression.tenant_id = :tenant_id AND suppression.num_hmac = listed.num_hmac
      AND (suppression.expires_at IS NULL OR suppression.expires_at > clock_timestamp())
      AND (scope, scope_key) IN (('tenant', ''), ('account', CAST(:account_sid AS text)),
                                 ('campaign', CAST(CAST(:campaign_id AS uuid) AS text)))
    UNION ALL
    SELECT 3, 'recently_called' FROM dialer.freq_ledger
    WHERE freq_ledger.tenant_id = :tenant_id AND freq_ledger.num_hmac = listed.num_hmac
      AND counted AND posted_at > now() - CAST(:recent AS interval)
) AS found
ORDER BY listed.row_no, found.rank
""")

# contact_external finds them.
_EXTERNAL = text("""
SELECT external_id FROM dialer.contact
WHERE campaign_id = :campaign_id AND external_id = ANY (CAST(:ids AS text[]))
""")


async def _refused(
    connection: AsyncConnection, target: Target, ready: Sequence[Ready]
) -> list[RowError]:
    pairs = [(contact.row, hmac) for contact in ready for hmac in contact.hmacs]
    judged = await connection.execute(
        _JUDGE,
        {
            "rows": [row for row, _ in pairs],
            "hmacs": [hmac for _, hmac in pairs],
            "tenant_id": target.tenant_id,
            "campaign_id": target.campaign_id,
            "account_sid": target.account_sid,
            "import_id": target.import_id,
            "recent": target.skip_called_within,
        },
    )
    found = [RowError(row.row_no, "number", RowCode(row.code)) for row in judged]
    twice = await _known_names(connection, target, ready)
    return [*found, *twice]


async def _known_names(
    connection: AsyncConnection, target: Target, ready: Sequence[Ready]
) -> Iterable[RowError]:
    """Contacts whose external id the campaign has already, or that came earlier in these rows."""
    named = [contact for contact in ready if contact.external_id]
    if not named:
        return []
    ids = [contact.external_id for contact in named]
    rows = await connection.execute(_EXTERNAL, {"campaign_id": target.campaign_id, "ids": ids})
    seen = set(rows.scalars())
    errors = []
    for contact in named:
        if contact.external_id in seen:
            code = RowCode.DUPLICATE_IN_CAMPAIGN
            errors.append(RowError(contact.row, "external_id", code))
        seen.add(contact.external_id)
    return errors


async def _copy(connection: AsyncConnection, target: Target, accepted: Sequence[Ready]) -> None:
    """COPY is several times as fast as INSERT; the transaction is the connection's."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    import_id = str(target.import_id) if target.import_id else None
    same = copy_row([target.tenant_id, str(target.campaign_id), import_id])[:-1] + b"\t"
    await driver.copy_to_table(
        "contact",
        schema_name="dialer",
        columns=("tenant_id", "campaign_id", "import_id", *COLUMNS),
        source=BytesIO(b"".join(same + contact.copied for contact in accepted)),
        timeout=COPY_SECONDS,
    )


async def store_errors(
    connection: AsyncConnection, target: Target, errors: Sequence[RowError]
) -> None:
    """Keep the mistakes of an import, numbered within their rows."""
    numbers: dict[int, int] = {}
    records = []
    for error in errors:
        numbers[error.row] = nth = numbers.get(error.row, -1) + 1
        records.append(
            (
                *(target.import_id, error.row, nth, target.tenant_id),
                *(error.column, error.code.value, error.value_masked),
            )
        )
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.copy_records_to_table(
        "import_error",
        schema_name="dialer",
        columns=(
            *("import_id", "row_no", "error_no", "tenant_id"),
            *("column_name", "code", "value_masked"),
        ),
        records=records,
        timeout=COPY_SECONDS,
    )
