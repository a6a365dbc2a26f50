"""Lists of erasures."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from trunkline.api.cursor import Position
from trunkline.api.times import from_microseconds

# By index erasure_page, in its order: of the same moment, the smaller id first.
_PAGE = """
SELECT id, kind, state, requested_at, requested_by, finished_at FROM intelligence.erasure
WHERE tenant_id = :tenant_id {conditions} ORDER BY requested_at DESC, id LIMIT :limit
"""
_STATE = "AND state = :state"
_AFTER = "AND requested_at <= :at AND (requested_at < :at OR id > :id)"


async def erasure_rows(
    connection: AsyncConnection,
    tenant_id: str,
    state: str | None,
    after: Position | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """One page, the newest first."""
    conditions, values = "", {"tenant_id": tenant_id, "limit": limit}
    if state is not None:
        conditions, values = conditions + _STATE, values | {"state": state}
    if after is not None:
        conditions += _AFTER
        values |= {"at": from_microseconds(after.created_us), "id": uuid.UUID(after.id)}
    found = await connection.execute(text(_PAGE.format(conditions=conditions)), values)
    return found.all()
