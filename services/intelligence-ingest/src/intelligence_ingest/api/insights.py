"""`/v1/transcripts` and `/v1/operator-results`: what providers and our own operators told."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import text

from intelligence_ingest.api.context import WithParts
from intelligence_ingest.api.keysets import older, position
from intelligence_ingest.api.result_pages import KEYS as RESULT_KEYS
from intelligence_ingest.api.result_pages import WithResultFilter, result_page
from intelligence_ingest.api.result_rows import TRANSCRIPT_COLUMNS, result_of, transcript_of
from intelligence_ingest.api.scopes import Reader
from intelligence_ingest.api.story_models import Result, Transcript
from trunkline.api.paging import Page, Paging, paging
from trunkline.api.times import Time
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1", tags=["insights"])

Words = Annotated[str | None, Query(max_length=200)]
WithPaging = Annotated[Paging, Depends(paging)]

_TRANSCRIPTS = {
    "since": "filed_at >= :since",
    "until": "filed_at < :until",
    "call_sid": "call_sid = :call_sid",
    "status": "status = :status",
}


@routes.get("/transcripts")
async def transcripts(
    principal: Reader,
    parts: WithParts,
    paging: WithPaging,
    since: Time | None = None,
    until: Time | None = None,
    call_sid: Words = None,
    status: Words = None,
) -> Page[Transcript]:
    """Transcripts, the newest first; transcript_page serves it."""
    keys = ("transcript_sid",)
    asked = {"since": since, "until": until, "call_sid": call_sid, "status": status}
    given = {name: value for name, value in asked.items() if value is not None}
    condition, values = older(paging.after(principal), *keys)
    conditions = ["tenant_id = :tenant_id", *(_TRANSCRIPTS[name] for name in given), condition]
    statement = (
        f"SELECT {TRANSCRIPT_COLUMNS} FROM intelligence.transcript"
        f" WHERE {' AND '.join(conditions)}"
        " ORDER BY filed_at DESC, transcript_sid DESC LIMIT :limit"
    )
    values = {**values, **given, "tenant_id": principal.tenant_id, "limit": paging.fetch}
    async with transaction(parts.engine) as connection:
        rows = (await connection.execute(text(statement), values)).all()
    return paging.page(
        principal,
        rows,
        lambda row: position(row, *keys),
        lambda row: transcript_of(row._mapping),
    )


@routes.get("/operator-results")
async def operator_results(
    principal: Reader, parts: WithParts, paging: WithPaging, asked: WithResultFilter
) -> Page[Result]:
    """Results of all operators, the newest first."""
    async with transaction(parts.engine) as connection:
        rows = await result_page(
            connection, principal.tenant_id, asked, paging.after(principal), paging.fetch
        )
    return paging.page(
        principal,
        rows,
        lambda row: position(row, *RESULT_KEYS),
        lambda row: result_of(row._mapping),
    )
