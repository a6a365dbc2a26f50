"""`/v1/exports/calls`: all calls of a filter as one file, however many there are."""

from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from intelligence_ingest.api import call_rows
from intelligence_ingest.api.call_models import Call
from intelligence_ingest.api.context import Parts, WithParts
from intelligence_ingest.api.exporting import Format, heading, lines
from intelligence_ingest.api.filters import Where, WithFilter, where
from intelligence_ingest.api.keysets import position
from intelligence_ingest.api.scopes import Reader, sees_numbers
from trunkline.api.cursor import Position
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1/exports", tags=["exports"])

AT_ONCE = 1_000
COLUMNS = tuple(name for name in Call.model_fields if name != "highlights")


@routes.get("/calls", response_class=StreamingResponse)
async def calls(
    principal: Reader, parts: WithParts, asked: WithFilter, format: Format = Format.CSV
) -> StreamingResponse:
    """The same calls as `/v1/calls` has, as CSV or NDJSON, the newest first."""
    conditions = where(asked, principal.tenant_id, parts.vault)
    return StreamingResponse(
        _written(parts, conditions, format, sees_numbers(principal)),
        media_type=format.media_type,
        headers={"Content-Disposition": f'attachment; filename="calls.{format.value}"'},
    )


async def _written(
    parts: Parts, conditions: Where, format_: Format, in_full: bool
) -> AsyncIterator[str]:
    """Some rows at a time, each in a transaction of its own: a slow reader holds nothing."""
    yield heading(format_, COLUMNS)
    after: Position | None = None
    while True:
        async with transaction(parts.engine) as connection:
            rows = await call_rows.page(connection, conditions, after, AT_ONCE)
        if rows:
            after = position(rows[-1], "call_sid")
            shown = [call_rows.shown(row, parts.vault, in_full=in_full) for row in rows]
            yield lines(format_, shown, COLUMNS)
        if len(rows) < AT_ONCE:
            return
