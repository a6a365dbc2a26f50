"""`/v1/campaigns/{id}/contacts` and `/v1/contacts`: added, seen, removed, queued again."""

import asyncio
import json
import uuid
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import campaign_rows, contact_rows
from dialer.api.campaigns import position
from dialer.api.contact_models import (
    MAX_CONTACTS,
    Added,
    Again,
    Contact,
    ContactChange,
    ItemError,
    ItemResult,
    NewContacts,
    Queued,
    Removal,
    Removed,
)
from dialer.api.context import SCHEMA, Parts, WithParts
from dialer.api.openapi import body_of
from dialer.api.row_messages import MESSAGES
from dialer.api.scopes import ContactWriter, Controller, Reader, sees_numbers
from dialer.contact import ContactState, leave
from dialer.importer.campaign import Gone, Receiving
from dialer.importer.contacts import RowError
from dialer.importer.listed import Listed, NewContact
from dialer.importer.ndjson import row_errors
from dialer.importer.prepare import Preparer
from dialer.importer.prepared import Prepared
from dialer.importer.store import Stored, store_contacts
from dialer.outcomes import Disposition
from dialer.store import contacts as contact_store
from dialer.store.clock import now
from dialer.store.outbox import Announcements
from trunkline.api.answers import answer, once
from trunkline.api.audit import AuditEntry, record
from trunkline.api.envelope import allow_body
from trunkline.api.idempotency import Answer
from trunkline.api.keys import Principal
from trunkline.api.paging import Page, Paging, paging
from trunkline.api.problem import Conflict, FieldError, InvalidRequest
from trunkline.database.transaction import in_transaction, transaction

routes = APIRouter(prefix="/v1", tags=["contacts"])

MAX_BODY_BYTES = 32 * 1024 * 1024

# What may be tried again. Whoever was reached, opted out or cannot be reached at all may not.
AGAIN = frozenset(
    {Disposition.MACHINE, Disposition.BUSY, Disposition.NO_ANSWER, Disposition.FAILED_NETWORK}
    | {Disposition.REJECTED_BY_CARRIER, Disposition.EXHAUSTED, Disposition.EXPIRED}
    | {Disposition.CANCELED, Disposition.INDETERMINATE}
)


class NotTaken(Conflict):
    """The campaign takes no contacts any more."""

    code = "campaign_closed"
    title = "The campaign takes no contacts any more"


@routes.post(
    "/campaigns/{campaign_id}/contacts", response_model=Added, openapi_extra=body_of(NewContacts)
)
async def add(
    campaign_id: uuid.UUID, request: Request, principal: ContactWriter, parts: WithParts
) -> Response:
    """Add up to 10,000 contacts, each judged by itself: the answer says what became of it."""
    allow_body(request, MAX_BODY_BYTES)
    items = _items(await request.body())

    async def effect(connection: AsyncConnection) -> Answer:
        campaign = await receiving(connection, parts, principal, campaign_id)
        prepared = await prepare_items(parts, campaign, items)
        stored = await store_contacts(connection, campaign.target(), prepared)
        change: dict[str, object] = {"added": len(stored.accepted)}
        await audited(connection, principal, "contacts.added", campaign_id, change)
        return answer(200, _added(len(items), stored))

    return await once(request, principal, effect)


@routes.get("/campaigns/{campaign_id}/contacts")
async def listed(
    campaign_id: uuid.UUID,
    principal: Reader,
    parts: WithParts,
    paging: Annotated[Paging, Depends(paging)],
    state: Annotated[ContactState | None, Query()] = None,
    outcome: Annotated[Disposition | None, Query()] = None,
) -> Page[Contact]:
    """A campaign's contacts, in the order in which they came."""
    async with transaction(parts.engine) as connection:
        await campaign_rows.read(connection, principal.tenant_id, campaign_id)
        rows = await contact_rows.page(
            connection, campaign_id, state, outcome, paging.after(principal), paging.fetch
        )
    in_full = sees_numbers(principal)
    return paging.page(
        principal, rows, position, lambda row: contact_rows.shown(row, parts.vault, in_full=in_full)
    )


@routes.get("/contacts/{contact_id}")
async def read(contact_id: uuid.UUID, principal: Reader, parts: WithParts) -> Contact:
    """One contact; its variables, too, for keys that may read numbers."""
    async with transaction(parts.engine) as connection:
        row = await contact_rows.read(connection, principal.tenant_id, contact_id)
    return contact_rows.shown(row, parts.vault, in_full=sees_numbers(principal), alone=True)


@routes.patch("/contacts/{contact_id}")
async def edit(
    contact_id: uuid.UUID, change: ContactChange, principal: ContactWriter, parts: WithParts
) -> Contact:
    """Say where a person is: who needs a time zone is called then."""
    async with transaction(parts.engine) as connection:
        await contact_rows.read(connection, principal.tenant_id, contact_id)
        await contact_rows.place(connection, contact_id, change.timezone)
        row = await contact_rows.read(connection, principal.tenant_id, contact_id)
    return contact_rows.shown(row, parts.vault, in_full=sees_numbers(principal), alone=True)


@routes.post("/campaigns/{campaign_id}/contacts/remove")
async def remove(
    campaign_id: uuid.UUID, removal: Removal, principal: ContactWriter, parts: WithParts
) -> Removed:
    """Take contacts out of the queue. They are kept as canceled, so that the counts add up."""

    async def work(connection: AsyncConnection) -> Removed:
        await campaign_rows.read(connection, principal.tenant_id, campaign_id)
        ids = await contact_rows.named(connection, campaign_id, removal.ids, removal.external_ids)
        told, removed = Announcements(), 0
        for held in (await contact_store.lock(connection, ids)).values():
            left = leave(held.value, ContactState.CANCELLED, "removed")
            await contact_store.save(connection, held, left, told)
            removed += left != held.value
        await told.write(connection, await now(connection))
        await audited(connection, principal, "contacts.removed", campaign_id, {"removed": removed})
        named = len(removal.ids) + len(removal.external_ids)
        return Removed(removed=removed, untouched=max(0, named - removed))

    return await in_transaction(parts.engine, work)


@routes.post("/campaigns/{campaign_id}/contacts/requeue", response_model=Queued)
async def requeue(
    campaign_id: uuid.UUID,
    again: Again,
    request: Request,
    principal: Controller,
    parts: WithParts,
) -> Response:
    """Call contacts again by what they came to; the campaign has to run, or be resumed."""
    _check_again(again)

    async def effect(connection: AsyncConnection) -> Answer:
        await receiving(connection, parts, principal, campaign_id)
        queued = await contact_rows.queue_again(
            connection, campaign_id, again.dispositions, again.states
        )
        change: dict[str, object] = {"queued": queued, "dispositions": again.dispositions}
        await audited(connection, principal, "contacts.requeued", campaign_id, change)
        return answer(200, Queued(queued=queued))

    return await once(request, principal, effect)


async def audited(
    connection: AsyncConnection,
    principal: Principal,
    action: str,
    campaign_id: uuid.UUID,
    change: dict[str, object],
) -> None:
    """Note what was done to a campaign's contacts; how many, and not whom."""
    entry = AuditEntry(
        principal.tenant_id,
        principal.actor,
        action,
        "campaign",
        str(campaign_id),
        change=change,
    )
    await record(connection, SCHEMA, entry)


def _check_again(again: Again) -> None:
    wrong = [each.value for each in again.dispositions if each not in AGAIN]
    states = [each.value for each in again.states if each is not ContactState.NEEDS_REVIEW]
    if wrong or states:
        detail = f"These are not called again: {', '.join([*wrong, *states])}."
        raise InvalidRequest(errors=[FieldError("#", "not_called_again", detail)])


async def receiving(
    connection: AsyncConnection, parts: Parts, principal: Principal, campaign_id: uuid.UUID
) -> Receiving:
    """The campaign, if contacts can be added to it."""
    await campaign_rows.read(connection, principal.tenant_id, campaign_id)
    try:
        return await parts.campaigns.load(connection, principal.tenant_id, campaign_id)
    except Gone as gone:
        raise NotTaken(f"Reason: {gone.code}.") from None


async def prepare_items(
    parts: Parts, campaign: Receiving, items: Sequence[Listed | list[RowError]]
) -> Prepared:
    """Make contacts of them, in a thread: ten thousand take a second."""
    preparer = Preparer(campaign.tenant_id, parts.vault, campaign.intake())
    return await asyncio.to_thread(preparer.prepared, len(items), items)


def _items(body: bytes) -> list[Listed | list[RowError]]:
    """Each contact by itself: one that is wrong does not keep the others out."""
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidRequest('The body must be JSON: {"contacts": [...]}.') from None
    items = found.get("contacts") if isinstance(found, dict) and len(found) == 1 else None
    if not isinstance(items, list) or not 0 < len(items) <= MAX_CONTACTS:
        raise InvalidRequest(f"Send 1 to {MAX_CONTACTS} of them in `contacts`.")
    return [_item(index, item) for index, item in enumerate(items)]


def _item(index: int, item: object) -> Listed | list[RowError]:
    try:
        return NewContact.model_validate(item).listed(index)
    except ValidationError as error:
        return row_errors(index, error)


def _added(count: int, stored: Stored) -> Added:
    results = [ItemResult(index=index) for index in range(count)]
    for contact in stored.accepted:
        results[contact.row].id = contact.id
    for error in stored.errors:
        results[error.row].errors.append(item_error(error))
    accepted = len(stored.accepted)
    return Added(accepted=accepted, rejected=count - accepted, results=results)


def item_error(error: RowError) -> ItemError:
    """A mistake as it is answered."""
    return ItemError(
        column=error.column,
        code=error.code,
        message=MESSAGES[error.code],
        value_masked=error.value_masked,
    )
