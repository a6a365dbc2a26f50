"""Rows for tests of the schema, with what does not matter filled in."""

import uuid
from typing import Any

import asyncpg

ACCOUNT = "AC" + "0" * 32
TENANT = "acme"

DEFAULTS: dict[str, dict[str, Any]] = {
    "account": {"account_sid": ACCOUNT, "cps": 1.0},
    "from_number": {
        "account_sid": ACCOUNT,
        "num_key": "k1",
        "num_hmac": b"from",
        "num_enc": b"",
        "region": "US",
    },
    "campaign": {
        "account_sid": ACCOUNT,
        "name": "spring",
        "agent_id": "receptionist",
        "purpose": "informational",
        "state": "running",
    },
    "contact": {"num_key": "k1", "num_enc": b"", "country": "US"},
    "attempt": {"account_sid": ACCOUNT, "attempt_no": 1, "num_key": "k1", "generation": 1}
    | {"ring_seconds": 25, "talk_seconds": 600},
    "suppression": {"num_key": "k1", "reason": "opt_out", "source": "call"},
    "audit": {"actor": "key", "action": "pause", "subject_kind": "campaign", "subject_id": "1"},
}


async def insert(connection: asyncpg.Connection, table: str, **values: Any) -> Any:
    """Write a row; returns its id, where the table has one."""
    row = {"tenant_id": TENANT, **DEFAULTS.get(table, {}), **values}
    if table not in ("account", "worker", "audit"):
        row.setdefault("id", uuid.uuid4())
    if table == "worker":
        del row["tenant_id"]
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    columns = ", ".join(row)
    statement = f"INSERT INTO dialer.{table} ({columns}) VALUES ({places})"
    await connection.execute(statement, *row.values())
    return row.get("id")


async def a_campaign(connection: asyncpg.Connection) -> uuid.UUID:
    """An account and a running campaign."""
    await insert(connection, "account")
    campaign: uuid.UUID = await insert(connection, "campaign")
    return campaign


async def a_contact(
    connection: asyncpg.Connection, campaign: uuid.UUID, number: bytes = b"1", **values: Any
) -> uuid.UUID:
    """A ready contact of the campaign."""
    contact: uuid.UUID = await insert(
        connection, "contact", campaign_id=campaign, num_hmac=number, **values
    )
    return contact


async def an_attempt(
    connection: asyncpg.Connection, campaign: uuid.UUID, contact: uuid.UUID, **values: Any
) -> uuid.UUID:
    """A reserved attempt at the contact, by a worker of its own."""
    epoch, sender = uuid.uuid4(), uuid.uuid4()
    lease = await connection.fetchval("SELECT clock_timestamp() + interval '60 s'")
    await insert(connection, "worker", epoch=epoch, name="w", lease_until=lease)
    await insert(connection, "from_number", id=sender, num_hmac=sender.bytes)
    row = {
        "campaign_id": campaign,
        "contact_id": contact,
        "num_hmac": b"1",
        "from_number_id": sender,
        "owner_epoch": epoch,
        "lease_until": lease,
    }
    attempt: uuid.UUID = await insert(connection, "attempt", **{**row, **values})
    return attempt
