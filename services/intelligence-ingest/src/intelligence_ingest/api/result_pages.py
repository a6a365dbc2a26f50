"""Pages of operator results, for the list and for its export."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.api.filters import Words
from intelligence_ingest.api.keysets import Listing
from intelligence_ingest.api.result_rows import RESULT_COLUMNS
from trunkline.api.cursor import Position
from trunkline.api.times import Time

# By operator_result_page and its sisters.
RESULTS = Listing(
    "intelligence.operator_result",
    RESULT_COLUMNS,
    ("subject_id", "result_key"),
    {
        "since": "filed_at >= :since",
        "until": "filed_at < :until",
        "call_sid": "call_sid = :call_sid",
        "operator": "operator_name = :operator",
        "label": "label = :label",
        "matched": "matched = :matched",
    },
)


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """Which results; what is left out does not matter."""

    since: datetime | None = None
    until: datetime | None = None
    call_sid: str | None = None
    operator: str | None = None
    label: str | None = None
    matched: bool | None = None


def result_filter(
    since: Time | None = None,
    until: Time | None = None,
    call_sid: Words = None,
    operator: Annotated[str | None, Query(max_length=200, description="Its name.")] = None,
    label: Words = None,
    matched: bool | None = None,
) -> ResultFilter:
    """What the request asks for."""
    return ResultFilter(since, until, call_sid, operator, label, matched)


WithResultFilter = Annotated[ResultFilter, Depends(result_filter)]


async def result_page(
    connection: AsyncConnection,
    tenant_id: str,
    asked: ResultFilter,
    after: Position | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """One page, the newest first."""
    return await RESULTS.page(connection, tenant_id, asdict(asked), after, limit)
