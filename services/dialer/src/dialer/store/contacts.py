"""Contacts between their rows and the values that decide."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.contact import FINISHED, Contact, ContactState, Priority
from dialer.outcomes import Disposition
from dialer.presets import Consent
from dialer.store.outbox import Announcements
from trunkline.events.dial import ContactFinished
from trunkline.protect import NumberVault

_COLUMNS = """
contact.id, contact.tenant_id, contact.campaign_id, contact.num_key, contact.num_hmac,
contact.num_enc, contact.country, contact.subdivisions, contact.zones, contact.variables_enc,
CAST(contact.overrides AS text) AS overrides, contact.consent, contact.state, contact.disposition,
contact.detail, contact.priority, contact.next_at, contact.attempts_used, contact.last_attempt_no,
contact.expires_at
"""


@dataclass(frozen=True, slots=True)
class HeldContact:
    """A contact whose row this transaction has locked."""

    id: uuid.UUID
    tenant_id: str
    campaign_id: uuid.UUID
    num_key: str
    num_hmac: bytes
    num_enc: bytes = field(repr=False)
    country: str
    subdivisions: Sequence[str]
    zones: tuple[str, ...]
    variables_enc: bytes | None = field(repr=False)
    overrides: Mapping[str, Any]
    consent: Consent
    last_attempt_no: int
    value: Contact

    def variables(self, vault: NumberVault) -> Mapping[str, str]:
        """What the agent knows of the person; raises `Invalid` if it cannot be read."""
        hidden = self.variables_enc
        found: Mapping[str, str] = json.loads(vault.decrypt(hidden)) if hidden else {}
        return found


def _held(row: RowMapping) -> HeldContact:
    return HeldContact(
        id=row["id"],
        tenant_id=row["tenant_id"],
        campaign_id=row["campaign_id"],
        num_key=row["num_key"],
        num_hmac=row["num_hmac"],
        num_enc=row["num_enc"],
        country=row["country"],
        subdivisions=row["subdivisions"],
        zones=tuple(row["zones"]),
        variables_enc=row["variables_enc"],
        overrides=json.loads(row["overrides"]),
        consent=Consent[row["consent"].upper()],
        last_attempt_no=row["last_attempt_no"],
        value=Contact(
            state=ContactState(row["state"]),
            next_at=row["next_at"],
            attempts_used=row["attempts_used"],
            priority=Priority(row["priority"]),
            expires_at=row["expires_at"],
            disposition=Disposition(row["disposition"]) if row["disposition"] else None,
            detail=row["detail"] or "",
        ),
    )


# The primary key finds them; in the order of their ids, as everybody locks them.
_LOCK = text(f"""
SELECT {_COLUMNS} FROM dialer.contact
WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
""")


async def lock(
    connection: AsyncConnection, ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, HeldContact]:
    """Lock these contacts and read them."""
    rows = await connection.execute(_LOCK, {"ids": sorted(set(ids))})
    return {row["id"]: _held(row) for row in rows.mappings()}


# contact_ready serves it, in its order; what another process is about to reserve is passed over.
_READY = text(f"""
SELECT {_COLUMNS} FROM dialer.contact
WHERE campaign_id = :campaign_id AND state = 'ready' AND priority = :priority
  AND next_at <= now()
ORDER BY next_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
""")


async def lock_ready(
    connection: AsyncConnection, campaign_id: uuid.UUID, priority: int, limit: int
) -> Sequence[HeldContact]:
    """Lock some contacts of one class whose turn it is."""
    rows = await connection.execute(
        _READY, {"campaign_id": campaign_id, "priority": priority, "limit": limit}
    )
    return [_held(row) for row in rows.mappings()]


# contact_waiting serves it.
_WAITING = text(f"""
SELECT {_COLUMNS} FROM dialer.contact
WHERE state = 'waiting' AND next_at <= now()
ORDER BY next_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
""")

# contact_expiry serves it.
_EXPIRED = text(f"""
SELECT {_COLUMNS} FROM dialer.contact
WHERE expires_at <= now()
  AND state IN ('ready', 'waiting', 'needs_review', 'needs_timezone')
ORDER BY expires_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
""")


async def lock_due(connection: AsyncConnection, limit: int) -> Sequence[HeldContact]:
    """Lock some contacts that are to be woken, or whose time is over."""
    found = []
    for statement in (_WAITING, _EXPIRED):
        rows = await connection.execute(statement, {"limit": limit})
        found += [_held(row) for row in rows.mappings()]
    return found


# contact_callee serves it: whoever of the tenant still wants to call these numbers.
_CALLEE = text(f"""
SELECT {_COLUMNS} FROM dialer.contact
WHERE tenant_id = :tenant_id AND num_hmac = ANY (CAST(:hmacs AS bytea[]))
  AND state IN ('ready', 'waiting', 'dialing', 'needs_review', 'needs_timezone')
ORDER BY id FOR UPDATE
""")


async def lock_callee(
    connection: AsyncConnection, tenant_id: str, hmacs: Sequence[bytes]
) -> Sequence[HeldContact]:
    """Lock all contacts of a tenant with this number that have not come to their end."""
    rows = await connection.execute(_CALLEE, {"tenant_id": tenant_id, "hmacs": list(hmacs)})
    return [_held(row) for row in rows.mappings()]


# contact_ready, contact_waiting's state and contact_state find them by campaign.
_LEFT = text(f"""
SELECT {_COLUMNS} FROM dialer.contact
WHERE campaign_id = :campaign_id
  AND state IN ('ready', 'waiting', 'needs_review', 'needs_timezone')
ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
""")


async def lock_left(
    connection: AsyncConnection, campaign_id: uuid.UUID, limit: int
) -> Sequence[HeldContact]:
    """Lock some of a campaign's contacts that nobody is calling and that have no end."""
    rows = await connection.execute(_LEFT, {"campaign_id": campaign_id, "limit": limit})
    return [_held(row) for row in rows.mappings()]


# contact_page serves it, in the order of the list. Nothing is locked: for whoever only looks.
_LOOK = text(f"""
SELECT {_COLUMNS}, contact.created_at FROM dialer.contact
WHERE campaign_id = :campaign_id
  AND state IN ('ready', 'waiting', 'needs_review', 'needs_timezone')
  AND (created_at, id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid))
ORDER BY created_at, id LIMIT :limit
""")

Place = tuple[datetime, uuid.UUID]
BEGINNING: Place = (datetime(1970, 1, 1, tzinfo=UTC), uuid.UUID(int=0))


async def look(
    connection: AsyncConnection, campaign_id: uuid.UUID, after: Place, limit: int
) -> tuple[Sequence[HeldContact], Place]:
    """The next of a campaign's contacts that nobody is calling and that have no end, as they are
    now, and where to go on."""
    at, last = after
    values = {"campaign_id": campaign_id, "after_at": at, "after_id": last, "limit": limit}
    rows = (await connection.execute(_LOOK, values)).mappings().all()
    place = (rows[-1]["created_at"], rows[-1]["id"]) if rows else after
    return [_held(row) for row in rows], place


# The primary key finds it.
_SAVE = text("""
UPDATE dialer.contact
SET state = :state, next_at = :next_at, attempts_used = :attempts_used, priority = :priority,
    disposition = :disposition, detail = :detail, last_attempt_no = :last_attempt_no,
    updated_at = clock_timestamp()
WHERE id = :id
""")


async def save(
    connection: AsyncConnection,
    before: HeldContact,
    contact: Contact,
    told: Announcements,
    *,
    attempt_no: int | None = None,
) -> None:
    """Write a contact as it has become, with the number of its new attempt if it has one, and tell
    its end if it is one."""
    if contact == before.value:
        return
    values = {
        "id": before.id,
        "state": contact.state.value,
        "disposition": contact.disposition.value if contact.disposition else None,
        "detail": contact.detail or None,
        "next_at": contact.next_at,
        "attempts_used": contact.attempts_used,
        "priority": int(contact.priority),
        "last_attempt_no": before.last_attempt_no if attempt_no is None else attempt_no,
    }
    await connection.execute(_SAVE, values)
    if contact.state not in FINISHED or before.value.state in FINISHED:
        return
    told.add(before.tenant_id, before.campaign_id, _finished(before.id, contact))


def _finished(contact_id: uuid.UUID, contact: Contact) -> ContactFinished:
    disposition = contact.disposition.value if contact.disposition else ""
    return ContactFinished(str(contact_id), disposition, contact.detail, contact.attempts_used)
