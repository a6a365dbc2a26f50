"""Stores webhooks of kinds that nobody knows yet, as they came: a later version may."""

import hashlib
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.news import when
from intelligence_ingest.store.rows import Values, upsert
from trunkline.events.intelligence import Notification
from trunkline.events.wire import encode_notification
from trunkline.protect import NumberVault


async def store_unknown(
    connection: AsyncConnection,
    vault: NumberVault,
    notifications: Sequence[Notification],
    tenant_id: str,
) -> None:
    """Keep them, encrypted: whatever is in them. The same again changes nothing."""
    rows = {
        row["content_hash"]: row
        for row in (_row(each, vault) | {"tenant_id": tenant_id} for each in notifications)
    }
    await upsert(connection, "unknown_notification", list(rows.values()), ["content_hash"], "false")


def _row(notification: Notification, vault: NumberVault) -> Values:
    return {
        "content_hash": hashlib.sha256(encode_notification(notification)).digest(),
        "filed_at": when(notification.received_ms),
        "account_sid": notification.account_sid,
        "content_type": notification.content_type,
        "body_enc": vault.encrypt(notification.body.decode("latin-1")),
        "unverified": notification.body_unsigned,
    }
