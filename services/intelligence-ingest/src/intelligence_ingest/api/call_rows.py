"""Calls between their rows and the API."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.api.call_models import Call, Highlight
from intelligence_ingest.api.filters import Where
from intelligence_ingest.api.keysets import older
from intelligence_ingest.api.masking import masked
from trunkline.api.cursor import Position
from trunkline.api.problem import NotFound
from trunkline.protect import NumberVault

CallRow = Row[Any]

_OWN = (
    *("call_sid", "filed_at", "direction", "agent_id", "agent_version", "campaign_id"),
    *("attempt_id", "attempt_outcome", "started_at", "ended_at", "duration_ms", "turns"),
    *("outcome", "transferred_to", "opted_out_at"),
)
# Labels by index operator_result_call.
_SELECT = f"""
SELECT {", ".join(_OWN)}, num_enc, our_num_enc, ARRAY(
    SELECT DISTINCT label FROM intelligence.operator_result AS result
    WHERE result.call_sid = call.call_sid AND label IS NOT NULL ORDER BY label) AS labels
FROM intelligence.call
"""


def page_statement(where: Where, condition: str) -> str:
    """One page of calls, the newest first."""
    return (
        f"{_SELECT} WHERE {where.sql} AND {condition}"
        " ORDER BY filed_at DESC, call_sid DESC LIMIT :limit"
    )


async def page(
    connection: AsyncConnection, where: Where, after: Position | None, limit: int
) -> Sequence[CallRow]:
    """The calls of one page, whatever was spoken in them."""
    condition, values = older(after, "call_sid")
    statement = page_statement(where, condition)
    found = await connection.execute(text(statement), {**where.values, **values, "limit": limit})
    return found.all()


async def read(connection: AsyncConnection, tenant_id: str, call_sid: str) -> CallRow:
    """The tenant's call, by its primary key; raises `NotFound`."""
    found = await connection.execute(
        text(f"{_SELECT} WHERE call_sid = :call_sid AND tenant_id = :tenant_id"),
        {"call_sid": call_sid, "tenant_id": tenant_id},
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


def shown(
    row: CallRow, vault: NumberVault, *, in_full: bool, highlights: Sequence[Highlight] = ()
) -> Call:
    """A call as it is answered."""
    own = {name: row._mapping[name] for name in _OWN}
    return Call(
        **own,
        number=_number(row.num_enc, vault, in_full),
        our_number=_number(row.our_num_enc, vault, in_full),
        labels=row.labels,
        highlights=list(highlights),
    )


def _number(encrypted: bytes | None, vault: NumberVault, in_full: bool) -> str | None:
    if encrypted is None:
        return None
    number = vault.decrypt(encrypted)
    return number if in_full else masked(number)
