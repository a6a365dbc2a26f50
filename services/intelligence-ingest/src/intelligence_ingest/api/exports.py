"""`/v1/exports`: all rows of a filter as one file, however many there are."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intelligence_ingest.api import call_rows, searching
from intelligence_ingest.api.call_models import Call
from intelligence_ingest.api.context import WithParts
from intelligence_ingest.api.exporting import Format, heading, lines
from intelligence_ingest.api.filters import WithFilter, where
from intelligence_ingest.api.keysets import position
from intelligence_ingest.api.result_pages import RESULTS, WithResultFilter, result_page
from intelligence_ingest.api.result_rows import result_of
from intelligence_ingest.api.scopes import Reader, sees_numbers
from intelligence_ingest.api.story_models import Result
from intelligence_ingest.api.turn_pages import TURNS, Turn, WithTurnFilter, turn_of, turn_page
from trunkline.api.cursor import Position
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1/exports", tags=["exports"])

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Export:
    """A file to be written: its columns, and how a page of rows is read and shown."""

    name: str
    columns: Sequence[str]
    keys: Sequence[str]
    page: Callable[[AsyncConnection, Position | None], Awaitable[Sequence[Row[Any]]]]
    show: Callable[[Row[Any]], BaseModel]


@routes.get("/calls", response_class=StreamingResponse)
async def calls(
    principal: Reader, parts: WithParts, asked: WithFilter, format: Format = Format.CSV
) -> StreamingResponse:
    """The same calls as `/v1/calls` has, as CSV or NDJSON, the newest first."""
    conditions = where(asked, principal.tenant_id, parts.vault)
    in_full = sees_numbers(principal)
    export = Export(
        name="calls",
        columns=[name for name in Call.model_fields if name != "highlights"],
        keys=("call_sid",),
        page=lambda connection, after: searching.page(connection, conditions, after, AT_ONCE),
        show=lambda row: call_rows.shown(row, parts.vault, in_full=in_full),
    )
    return _file(parts.engine, export, format)


@routes.get("/turns", response_class=StreamingResponse)
async def turns(
    principal: Reader, parts: WithParts, asked: WithTurnFilter, format: Format = Format.CSV
) -> StreamingResponse:
    """Turns with words, tokens and timings, as CSV or NDJSON; the newest calls first."""
    tenant, in_full = principal.tenant_id, sees_numbers(principal)
    export = Export(
        name="turns",
        columns=list(Turn.model_fields),
        keys=TURNS.keys,
        page=lambda connection, after: turn_page(connection, tenant, asked, after, AT_ONCE),
        show=lambda row: turn_of(row, parts.vault, in_full=in_full),
    )
    return _file(parts.engine, export, format)


@routes.get("/operator-results", response_class=StreamingResponse)
async def operator_results(
    principal: Reader, parts: WithParts, asked: WithResultFilter, format: Format = Format.CSV
) -> StreamingResponse:
    """The same results as `/v1/operator-results` has, as CSV or NDJSON, the newest first."""
    tenant = principal.tenant_id
    export = Export(
        name="operator-results",
        columns=list(Result.model_fields),
        keys=RESULTS.keys,
        page=lambda connection, after: result_page(connection, tenant, asked, after, AT_ONCE),
        show=lambda row: result_of(row._mapping),
    )
    return _file(parts.engine, export, format)


def _file(engine: AsyncEngine, export: Export, format_: Format) -> StreamingResponse:
    name = f"{export.name}.{format_.value}"
    return StreamingResponse(
        _written(engine, export, format_),
        media_type=format_.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _written(engine: AsyncEngine, export: Export, format_: Format) -> AsyncIterator[str]:
    """Some rows at a time, each in a transaction of its own: a slow reader holds nothing."""
    yield heading(format_, export.columns)
    after: Position | None = None
    while True:
        async with transaction(engine) as connection:
            rows = await export.page(connection, after)
        if rows:
            after = position(rows[-1], *export.keys)
            yield lines(format_, [export.show(row) for row in rows], export.columns)
        if len(rows) < AT_ONCE:
            return
