"""`/v1/transcripts` and `/v1/operator-results`: what providers and our own operators told."""

from typing import Annotated

from fastapi import APIRouter, Depends

from intelligence_ingest.api.context import WithParts
from intelligence_ingest.api.filters import Words
from intelligence_ingest.api.keysets import Listing, position
from intelligence_ingest.api.result_pages import RESULTS, WithResultFilter, result_page
from intelligence_ingest.api.result_rows import TRANSCRIPT_COLUMNS, result_of, transcript_of
from intelligence_ingest.api.scopes import Reader, sees_numbers
from intelligence_ingest.api.story_models import Result, Transcript, TranscriptInFull
from intelligence_ingest.api.transcript_rows import in_full
from trunkline.api.paging import Page, Paging, paging
from trunkline.api.times import Time
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1", tags=["insights"])

WithPaging = Annotated[Paging, Depends(paging)]

# By transcript_page.
TRANSCRIPTS = Listing(
    "intelligence.transcript",
    TRANSCRIPT_COLUMNS,
    ("transcript_sid",),
    {
        "since": "filed_at >= :since",
        "until": "filed_at < :until",
        "call_sid": "call_sid = :call_sid",
        "status": "status = :status",
    },
)


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
    """Transcripts, the newest first."""
    asked = {"since": since, "until": until, "call_sid": call_sid, "status": status}
    async with transaction(parts.engine) as connection:
        rows = await TRANSCRIPTS.page(
            connection, principal.tenant_id, asked, paging.after(principal), paging.fetch
        )
    return paging.page(
        principal,
        rows,
        lambda row: position(row, *TRANSCRIPTS.keys),
        lambda row: transcript_of(row._mapping),
    )


@routes.get("/transcripts/{transcript_sid}")
async def transcript(transcript_sid: str, principal: Reader, parts: WithParts) -> TranscriptInFull:
    """One transcript, or conversation of the third version, with all that is stored of it."""
    vault = parts.vault if sees_numbers(principal) else None
    async with transaction(parts.engine) as connection:
        return await in_full(connection, principal.tenant_id, transcript_sid, vault)


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
        lambda row: position(row, *RESULTS.keys),
        lambda row: result_of(row._mapping),
    )
