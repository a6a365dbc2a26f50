"""`/v1/calls`: found, searched, and seen with everything that is known of them."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from intelligence_ingest.api import call_rows, searching, story_rows
from intelligence_ingest.api.call_models import Call, Highlight
from intelligence_ingest.api.context import WithParts
from intelligence_ingest.api.filters import WithFilter, where
from intelligence_ingest.api.highlights import highlights
from intelligence_ingest.api.keysets import position
from intelligence_ingest.api.scopes import Reader, sees_numbers
from intelligence_ingest.api.story_models import Story
from trunkline.api.etag import content_etag, is_known
from trunkline.api.paging import Page, Paging, paging
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1/calls", tags=["calls"])


@routes.get("")
async def listed(
    principal: Reader,
    parts: WithParts,
    asked: WithFilter,
    paging: Annotated[Paging, Depends(paging)],
) -> Page[Call]:
    """Calls, the newest first; with `text`, where its words were spoken."""
    conditions = where(asked, principal.tenant_id, parts.vault)
    places: Mapping[str, Sequence[Highlight]] = {}
    async with transaction(parts.engine) as connection:
        rows = await searching.page(connection, conditions, paging.after(principal), paging.fetch)
        if conditions.search is not None:
            places = await highlights(connection, conditions.search, rows[: paging.limit])
    in_full = sees_numbers(principal)
    return paging.page(
        principal,
        rows,
        lambda row: position(row, "call_sid"),
        lambda row: call_rows.shown(
            row, parts.vault, in_full=in_full, highlights=places.get(row.call_sid, ())
        ),
    )


@routes.get("/{call_sid}", response_model=Story)
async def read(request: Request, call_sid: str, principal: Reader, parts: WithParts) -> Response:
    """One call: its sessions, turns, tools and sentences in their order, and all results.

    With an ETag: who brings it in If-None-Match is told 304 while nothing new is known.
    """
    in_full = sees_numbers(principal)
    async with transaction(parts.engine) as connection:
        row = await call_rows.read(connection, principal.tenant_id, call_sid)
        story = await story_rows.story(connection, row, parts.vault, in_full=in_full)
    body = story.model_dump_json().encode()
    headers = {"ETag": content_etag(body)}
    if is_known(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
