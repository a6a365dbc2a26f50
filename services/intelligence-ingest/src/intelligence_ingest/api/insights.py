"""`/v1/transcripts` and `/v1/operator-results`: what providers and our own operators told."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.api.context import WithParts
from intelligence_ingest.api.keysets import older, position
from intelligence_ingest.api.result_rows import (
    RESULT_COLUMNS,
    TRANSCRIPT_COLUMNS,
    result_of,
    transcript_of,
)
from intelligence_ingest.api.scopes import Reader
from intelligence_ingest.api.story_models import Result, Transcript
from trunkline.api.paging import Page, Paging, paging
from trunkline.api.times import Time
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1", tags=["insights"])

Words = Annotated[str | None, Query(max_length=200)]
WithPaging = Annotated[Paging, Depends(paging)]

_SPAN = {"since": "filed_at >= :since", "until": "filed_at < :until"}
_TRANSCRIPTS = {**_SPAN, "call_sid": "call_sid = :call_sid", "status": "status = :status"}
_RESULTS = {
    **_SPAN,
    "call_sid": "call_sid = :call_sid",
    "operator": "operator_name = :operator",
    "label": "label = :label",
    "matched": "matched = :matched",
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
    condition, values = older(paging.after(principal), *keys)
    statement = (
        f"SELECT {TRANSCRIPT_COLUMNS} FROM intelligence.transcript"
        f" WHERE {_where(asked, _TRANSCRIPTS)} AND {condition}"
        " ORDER BY filed_at DESC, transcript_sid DESC LIMIT :limit"
    )
    values = {**values, **_given(asked), "tenant_id": principal.tenant_id, "limit": paging.fetch}
    async with transaction(parts.engine) as connection:
        rows = await _rows(connection, statement, values)
    return paging.page(
        principal,
        rows,
        lambda row: position(row, *keys),
        lambda row: transcript_of(row._mapping),
    )


@routes.get("/operator-results")
async def operator_results(
    principal: Reader,
    parts: WithParts,
    paging: WithPaging,
    since: Time | None = None,
    until: Time | None = None,
    call_sid: Words = None,
    operator: Annotated[str | None, Query(max_length=200, description="Its name.")] = None,
    label: Words = None,
    matched: bool | None = None,
) -> Page[Result]:
    """Results of all operators, the newest first; operator_result_page serves it."""
    keys = ("subject_id", "result_key")
    asked = {
        **{"since": since, "until": until, "call_sid": call_sid},
        **{"operator": operator, "label": label, "matched": matched},
    }
    condition, values = older(paging.after(principal), *keys)
    statement = (
        f"SELECT {RESULT_COLUMNS} FROM intelligence.operator_result"
        f" WHERE {_where(asked, _RESULTS)} AND {condition}"
        " ORDER BY filed_at DESC, subject_id DESC, result_key DESC LIMIT :limit"
    )
    values = {**values, **_given(asked), "tenant_id": principal.tenant_id, "limit": paging.fetch}
    async with transaction(parts.engine) as connection:
        rows = await _rows(connection, statement, values)
    return paging.page(
        principal, rows, lambda row: position(row, *keys), lambda row: result_of(row._mapping)
    )


def _given(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}


def _where(asked: dict[str, Any], conditions: dict[str, str]) -> str:
    return " AND ".join(["tenant_id = :tenant_id", *(conditions[name] for name in _given(asked))])


async def _rows(
    connection: AsyncConnection, statement: str, values: dict[str, Any]
) -> list[Row[Any]]:
    return list((await connection.execute(text(statement), values)).all())
