"""Attempts between their rows and the values that decide."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.attempt_events import Attempt, Cancel, EndedBy, State, Via
from dialer.attempt_facts import abandoned, learned

_LIFE = tuple(field.name for field in fields(Attempt))
_EMPTY_IS_NULL = frozenset({"sid", "second_sid", "answered_by", "reason"})
_ENUMS: Mapping[str, type[Enum]] = {
    "state": State,
    "bound_by": Via,
    "ended_by": EndedBy,
    "cancel": Cancel,
}
_OWN = (
    *("id", "tenant_id", "campaign_id", "contact_id", "attempt_no", "from_number_id", "num_hmac"),
    *("owner_epoch", "generation", "cost_micros"),
)
COLUMNS = ", ".join(f"attempt.{name}" for name in (*_OWN, *_LIFE))


@dataclass(frozen=True, slots=True)
class Held:
    """An attempt whose row this transaction has locked."""

    id: uuid.UUID
    tenant_id: str
    campaign_id: uuid.UUID
    contact_id: uuid.UUID
    attempt_no: int
    from_number_id: uuid.UUID
    num_hmac: bytes
    owner_epoch: uuid.UUID
    generation: int
    cost_micros: int
    life: Attempt


def held(row: RowMapping) -> Held:
    """The attempt of a row with `COLUMNS`."""
    values = {name: _value(name, row[name]) for name in _LIFE}
    return Held(**{name: row[name] for name in _OWN}, life=Attempt(**values))


def _value(name: str, column: Any) -> Any:
    if column is None:
        return "" if name in _EMPTY_IS_NULL else None
    return _ENUMS[name](column) if name in _ENUMS else column


# The primary key finds them; in the order of their ids, as everybody locks them.
_LOCK = text(f"""
SELECT {COLUMNS} FROM dialer.attempt
WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
""")


async def lock(connection: AsyncConnection, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Held]:
    """Lock these attempts and read them; those that there are not are not in it."""
    rows = await connection.execute(_LOCK, {"ids": sorted(set(ids))})
    return {row["id"]: held(row) for row in rows.mappings()}


# attempt_due serves it; what another process has in hand is passed over.
_DUE = text(f"""
SELECT {COLUMNS} FROM dialer.attempt
WHERE due_at <= now() ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
""")


async def lock_due(connection: AsyncConnection, limit: int) -> Sequence[Held]:
    """Lock some attempts whose timer has run out, the oldest first."""
    rows = await connection.execute(_DUE, {"limit": limit})
    return [held(row) for row in rows.mappings()]


# worker_lease finds the dead, attempt_owner what they had in hand.
_ORPHANED = text(f"""
SELECT {COLUMNS} FROM dialer.attempt
JOIN dialer.worker ON worker.epoch = attempt.owner_epoch
WHERE attempt.state IN ('reserved', 'posting')
  AND (worker.ended_at IS NOT NULL OR worker.lease_until < clock_timestamp())
ORDER BY attempt.id LIMIT :limit FOR UPDATE OF attempt SKIP LOCKED
""")


async def lock_orphaned(connection: AsyncConnection, limit: int) -> Sequence[Held]:
    """Lock some attempts whose owner has died before it could tell what became of them."""
    rows = await connection.execute(_ORPHANED, {"limit": limit})
    return [held(row) for row in rows.mappings()]


async def save(
    connection: AsyncConnection,
    before: Held,
    life: Attempt,
    now: datetime,
    facts: Mapping[str, Any],
) -> None:
    """Write what has changed, what follows from it, and facts that decide nothing."""
    changed = dict(facts) | {
        name: _column(name, getattr(life, name))
        for name in _LIFE
        if getattr(life, name) != getattr(before.life, name)
    }
    if not changed:
        return
    if life.sid != before.life.sid:
        changed["bound_at"] = now
    if abandoned(life) != abandoned(before.life):
        changed["abandoned"] = abandoned(life)
    if (outcome := learned(before.life, life)) is not None:
        changed["outcome"] = outcome.value
    await update(connection, before.id, changed)


def _column(name: str, value: Any) -> Any:
    if name in _EMPTY_IS_NULL and not value:
        return None
    return value.value if isinstance(value, Enum) else value


async def update(
    connection: AsyncConnection, attempt_id: uuid.UUID, columns: Mapping[str, Any]
) -> None:
    """Set columns of one attempt; their names are ours."""
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    await connection.execute(
        text(
            f"UPDATE dialer.attempt SET {assignments}, updated_at = clock_timestamp()"
            " WHERE id = :attempt_id"  # the primary key
        ),
        {**columns, "attempt_id": attempt_id},
    )
