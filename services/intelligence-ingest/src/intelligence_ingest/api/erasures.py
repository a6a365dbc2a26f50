"""`/v1/erasures`: forgets a call, or a person by their number, and tells how far that has come."""

import uuid
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.api.context import Parts, WithParts
from intelligence_ingest.api.scopes import Eraser
from intelligence_ingest.migrate import SCHEMA
from intelligence_ingest.store.erasing import Asked, PlaceState, begin_erasure, read_erasure
from intelligence_ingest.store.erasure_pages import erasure_rows
from trunkline.api.answers import answer, once
from trunkline.api.audit import AuditEntry, record
from trunkline.api.cursor import Position
from trunkline.api.idempotency import Answer
from trunkline.api.keys import Principal
from trunkline.api.paging import Page, Paging, paging
from trunkline.api.problem import NotFound
from trunkline.api.times import Time, to_microseconds
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1/erasures", tags=["erasures"])

State = Literal["running", "completed", "incomplete"]
Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$", examples=["+12025550143"])]


class NewErasure(BaseModel):
    """What is to be erased: one of the three."""

    model_config = ConfigDict(extra="forbid")

    call_sid: str | None = Field(default=None, pattern="^CA[0-9a-f]{32}$")
    number: Number | None = Field(
        default=None, description="All calls with it until now, and those still on their way."
    )
    transcript_sid: str | None = Field(
        default=None,
        pattern="^(GT[0-9a-f]{32}|conv_[A-Za-z0-9_]{1,120})$",
        description="A transcript, or a conversation of the third version, whoever's call it was.",
    )
    reason: str | None = Field(default=None, max_length=500, description="For the audit log.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.call_sid, self.number, self.transcript_sid)) != 1:
            raise ValueError("one of call_sid, number and transcript_sid")
        return self


class Place(BaseModel):
    """What became of it at one place."""

    place: str = Field(
        description="database, transcript, recording, call_record, operator_result or conversation."
    )
    subject_id: str = Field(description="Sid at Twilio; empty for the database.")
    state: PlaceState
    tries: int
    error_code: str | None
    updated_at: Time


class Summary(BaseModel):
    """An erasure. It is kept, so that nothing comes back."""

    id: uuid.UUID
    kind: str = Field(description="call, number or transcript.")
    state: str = Field(description="running, completed, or incomplete: a place has failed.")
    requested_at: Time
    requested_by: str
    finished_at: Time | None


class Erasure(Summary):
    """An erasure with what became of it at every place."""

    places: list[Place]


@routes.post("", status_code=202, response_model=Erasure)
async def create(
    request: Request, new: NewErasure, principal: Eraser, parts: WithParts
) -> Response:
    """Erase. Here it is done when the answer comes; Twilio is asked until it has done it, too."""

    async def effect(connection: AsyncConnection) -> Answer:
        asked = _asked(new, principal, parts)
        erasure_id = await begin_erasure(connection, asked)
        if erasure_id is None:
            raise NotFound
        await _audit(connection, principal, erasure_id, asked.kind, new.reason)
        found = await _read(connection, principal, erasure_id)
        return answer(202, found, {"Location": f"/v1/erasures/{erasure_id}"})

    return await once(request, principal, effect)


@routes.get("")
async def listed(
    principal: Eraser,
    parts: WithParts,
    paging: Annotated[Paging, Depends(paging)],
    state: State | None = None,
) -> Page[Summary]:
    """The tenant's erasures, the newest first; erasure_page serves it."""
    async with transaction(parts.engine) as connection:
        rows = await erasure_rows(
            connection, principal.tenant_id, state, paging.after(principal), paging.fetch
        )
    return paging.page(
        principal,
        rows,
        lambda row: Position(to_microseconds(row.requested_at), str(row.id)),
        lambda row: Summary(**row._mapping),
    )


@routes.get("/{erasure_id}")
async def read(erasure_id: uuid.UUID, principal: Eraser, parts: WithParts) -> Erasure:
    """How far it has come, place by place."""
    async with transaction(parts.engine) as connection:
        return await _read(connection, principal, erasure_id)


def _asked(new: NewErasure, principal: Principal, parts: Parts) -> Asked:
    tenant, by = principal.tenant_id, principal.actor
    if new.number is None:
        return Asked(tenant, by, call_sid=new.call_sid, transcript_sid=new.transcript_sid)
    return Asked(tenant, by, indexes=parts.vault.indexes(tenant, new.number))


async def _audit(
    connection: AsyncConnection,
    principal: Principal,
    erasure_id: uuid.UUID,
    kind: str,
    reason: str | None,
) -> None:
    entry = AuditEntry(
        principal.tenant_id,
        principal.actor,
        "erasure.requested",
        "erasure",
        str(erasure_id),
        reason=reason,
        change={"kind": kind},
    )
    await record(connection, SCHEMA, entry)


async def _read(
    connection: AsyncConnection, principal: Principal, erasure_id: uuid.UUID
) -> Erasure:
    found = await read_erasure(connection, principal.tenant_id, erasure_id)
    if found is None:
        raise NotFound
    row, places = found
    return Erasure(**row._mapping, places=[Place(**each._mapping) for each in places])
