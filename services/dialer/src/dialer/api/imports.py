"""`/v1/imports`: lists as files, of any size."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import campaign_rows, import_rows
from dialer.api.campaigns import position
from dialer.api.contacts import audited, receiving
from dialer.api.context import WithParts
from dialer.api.error_report import error_report
from dialer.api.import_models import Import, RowProblem
from dialer.api.scopes import ContactWriter, Reader
from dialer.api.upload_body import Incoming
from dialer.importer.options import ImportOptions
from dialer.importer.upload import submit
from trunkline.api.answers import answer, once
from trunkline.api.cursor import Position
from trunkline.api.envelope import allow_body
from trunkline.api.fingerprint import claim
from trunkline.api.idempotency import Answer
from trunkline.api.paging import Page, Paging, paging
from trunkline.api.problem import FieldError, InvalidRequest
from trunkline.database.transaction import in_transaction, transaction

routes = APIRouter(prefix="/v1", tags=["imports"])

MAX_BYTES = 2 * 1024**3

_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string", "format": "binary"}},
            "application/x-ndjson": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "options": {"type": "string", "description": "JSON, as in the query."},
                    },
                    "required": ["file"],
                }
            },
        },
    }
}


@routes.post(
    "/campaigns/{campaign_id}/imports",
    status_code=202,
    response_model=Import,
    openapi_extra=_FILE,
)
async def create(
    campaign_id: uuid.UUID,
    request: Request,
    principal: ContactWriter,
    parts: WithParts,
    options: Annotated[str, Query(description="ImportOptions as JSON.")] = "{}",
) -> Response:
    """Take a list in, as it comes; it is worked through afterwards, on any replica."""
    allow_body(request, MAX_BYTES)
    claim(request.headers.get("idempotency-key"), "", "", "", b"")  # before a gigabyte is sent
    wanted = _options(options)
    async with transaction(parts.engine) as connection:
        await receiving(connection, parts, principal, campaign_id)
    incoming = Incoming(request)
    upload = await incoming.into(parts.uploads, principal.tenant_id, campaign_id)
    if (in_form := incoming.field("options")) is not None:
        wanted = _options(in_form)

    async def effect(connection: AsyncConnection) -> Answer:
        await receiving(connection, parts, principal, campaign_id)
        await submit(connection, upload, incoming.kind, wanted)
        change: dict[str, object] = {"import": str(upload.id), "bytes": upload.bytes}
        await audited(connection, principal, "import.created", campaign_id, change)
        row = await import_rows.read(connection, principal.tenant_id, upload.id)
        return answer(202, import_rows.shown(row), {"Location": f"/v1/imports/{upload.id}"})

    try:
        return await once(request, principal, effect, digest=upload.sha256)
    finally:
        await parts.uploads.forget(upload.id)  # that of a repetition; what was submitted stays
        parts.uploaded()


@routes.get("/campaigns/{campaign_id}/imports")
async def listed(
    campaign_id: uuid.UUID,
    principal: Reader,
    parts: WithParts,
    paging: Annotated[Paging, Depends(paging)],
) -> Page[Import]:
    """A campaign's imports, the newest first."""
    async with transaction(parts.engine) as connection:
        await campaign_rows.read(connection, principal.tenant_id, campaign_id)
        rows = await import_rows.page(
            connection, campaign_id, paging.after(principal), paging.fetch
        )
    return paging.page(principal, rows, position, import_rows.shown)


@routes.get("/imports/{import_id}")
async def read(import_id: uuid.UUID, principal: Reader, parts: WithParts) -> Import:
    """How far an import is."""
    async with transaction(parts.engine) as connection:
        row = await import_rows.read(connection, principal.tenant_id, import_id)
    return import_rows.shown(row)


@routes.post("/imports/{import_id}/cancel")
async def cancel(import_id: uuid.UUID, principal: ContactWriter, parts: WithParts) -> Import:
    """Stop an import; the contacts that it has added stay. Said twice, it is so already."""

    async def work(connection: AsyncConnection) -> Import:
        await import_rows.read(connection, principal.tenant_id, import_id)
        await import_rows.cancel(connection, import_id)
        row = await import_rows.read(connection, principal.tenant_id, import_id)
        return import_rows.shown(row)

    return await in_transaction(parts.engine, work)


@routes.get("/imports/{import_id}/errors")
async def errors(
    import_id: uuid.UUID,
    principal: Reader,
    parts: WithParts,
    paging: Annotated[Paging, Depends(paging)],
) -> Page[RowProblem]:
    """What was wrong with which rows, in the order of the list."""
    after = paging.after(principal)
    place = (after.created_us, int(after.id)) if after else (0, -1)
    async with transaction(parts.engine) as connection:
        await import_rows.read(connection, principal.tenant_id, import_id)
        rows = await import_rows.errors(connection, import_id, place, paging.fetch)
    return paging.page(
        principal, rows, lambda row: Position(row.row_no, str(row.error_no)), import_rows.problem
    )


@routes.get("/imports/{import_id}/errors.csv", response_class=StreamingResponse)
async def errors_as_csv(
    import_id: uuid.UUID, principal: Reader, parts: WithParts
) -> StreamingResponse:
    """The same as a file for a spreadsheet, in which no cell is taken for a formula."""
    async with transaction(parts.engine) as connection:
        await import_rows.read(connection, principal.tenant_id, import_id)
    return StreamingResponse(
        error_report(parts.engine, import_id),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="errors-{import_id}.csv"'},
    )


def _options(text: str) -> ImportOptions:
    try:
        return ImportOptions.model_validate_json(text)
    except ValidationError as error:
        found = [
            FieldError("query/options", str(one["type"]), "It is not one of ImportOptions.")
            for one in error.errors(include_input=False, include_context=False)
        ]
        raise InvalidRequest(errors=found[:10]) from None
