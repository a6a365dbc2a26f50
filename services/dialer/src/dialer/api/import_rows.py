"""Imports between their rows and the API."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api.import_models import Import, RowProblem
from dialer.api.row_messages import MESSAGES
from dialer.importer.job_store import drop_parts
from dialer.importer.options import ImportOptions
from dialer.rows import RowCode
from trunkline.api.cursor import Position
from trunkline.api.paging import keyset
from trunkline.api.problem import NotFound

_COLUMNS = """
id, campaign_id, state, format, CAST(options AS text) AS options, error_code, sha256, bytes,
bytes_done, rows_total, accepted, rejected, duplicates, suppressed, created_at, updated_at,
finished_at
"""

ImportRow = Row[Any]


def shown(row: ImportRow) -> Import:
    """An import as it is answered."""
    return Import.model_validate(
        {
            **row._mapping,
            "options": ImportOptions.model_validate_json(row.options),
            "sha256": row.sha256.hex(),
            "errors_url": f"/v1/imports/{row.id}/errors",
        }
    )


async def read(connection: AsyncConnection, tenant_id: str, import_id: uuid.UUID) -> ImportRow:
    """The tenant's import; raises `NotFound`, also while the list is still coming in."""
    found = await connection.execute(
        text(
            f"SELECT {_COLUMNS} FROM dialer.import_job"
            " WHERE id = :id AND tenant_id = :tenant_id AND state <> 'uploading'"
        ),
        {"id": import_id, "tenant_id": tenant_id},
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


async def page(
    connection: AsyncConnection, campaign_id: uuid.UUID, after: Position | None, limit: int
) -> Sequence[ImportRow]:
    """A campaign's imports, the newest first; import_job_page serves it."""
    condition, values = keyset(after, descending=True)
    rows = await connection.execute(
        text(
            f"SELECT {_COLUMNS} FROM dialer.import_job WHERE campaign_id = :campaign_id"
            f" AND state <> 'uploading' AND {condition}"
            " ORDER BY created_at DESC, id DESC LIMIT :limit"
        ),
        {**values, "campaign_id": campaign_id, "limit": limit},
    )
    return rows.all()


async def cancel(connection: AsyncConnection, import_id: uuid.UUID) -> None:
    """Let nobody go on with it. What was added stays."""
    done = await connection.execute(
        text(
            "UPDATE dialer.import_job SET state = 'cancelled', owner_epoch = NULL,"
            " lease_until = NULL, finished_at = clock_timestamp(), updated_at = clock_timestamp()"
            " WHERE id = :id AND state IN ('pending', 'running')"
        ),
        {"id": import_id},
    )
    if done.rowcount:
        await drop_parts(connection, import_id)


# The primary key serves it. Rows are numbers, so that a page is a place in the list.
_ERRORS = text("""
SELECT row_no, error_no, column_name, code, value_masked FROM dialer.import_error
WHERE import_id = :id AND (row_no, error_no) > (:row_no, :error_no)
ORDER BY row_no, error_no LIMIT :limit
""")


async def errors(
    connection: AsyncConnection, import_id: uuid.UUID, after: tuple[int, int], limit: int
) -> Sequence[Row[Any]]:
    """The mistakes after a place in the list."""
    values = {"id": import_id, "row_no": after[0], "error_no": after[1], "limit": limit}
    return (await connection.execute(_ERRORS, values)).all()


def problem(row: Row[Any]) -> RowProblem:
    """A mistake as it is answered."""
    code = RowCode(row.code)
    return RowProblem(
        row=row.row_no,
        column=row.column_name,
        code=code,
        message=MESSAGES[code],
        value_masked=row.value_masked,
    )
