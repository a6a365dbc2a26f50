"""Who did what: entries that are added in the transaction of what was done, and never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from trunkline.database.names import checked


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing done. No numbers and nobody's words in it: it is kept for ever.

    `actor` is a key (`Principal.actor`), a person at the command line or a part of the service;
    `action` reads `campaign.started`; `change` holds what changed, by field.
    """

    tenant_id: str
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    reason: str | None = None
    change: Mapping[str, object] = field(default_factory=dict)


async def record(connection: AsyncConnection, schema: str, entry: AuditEntry) -> None:
    """Add an entry to the schema's audit log."""
    await connection.execute(
        text(
            f"INSERT INTO {checked(schema)}.audit"
            " (tenant_id, actor, action, subject_kind, subject_id, reason, change) VALUES"
            " (:tenant_id, :actor, :action, :subject_kind, :subject_id, :reason,"
            " CAST(:change AS jsonb))"
        ),
        {
            "tenant_id": entry.tenant_id,
            "actor": entry.actor,
            "action": entry.action,
            "subject_kind": entry.subject_kind,
            "subject_id": entry.subject_id,
            "reason": entry.reason,
            "change": json.dumps(entry.change),
        },
    )
