"""Where everything about a call or a transcript is filed, and what is not stored because erased."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.store.rows import upsert

ERASURE_LOCK = "SELECT pg_advisory_xact_lock{how}(hashtextextended('intelligence erasure', 0))"


@dataclass(frozen=True, slots=True)
class Subject:
    """A call or a transcript, and when news of it was first made."""

    id: str
    tenant_id: str
    at: datetime


async def share_erasure_lock(connection: AsyncConnection) -> None:
    """Keep erasures out until the transaction ends; first of all, so that what is read holds."""
    await connection.execute(text(ERASURE_LOCK.format(how="_shared")))


async def take_erasure_lock(connection: AsyncConnection) -> None:
    """Keep everybody out who stores something, until the transaction ends."""
    await connection.execute(text(ERASURE_LOCK.format(how="")))


async def erased(connection: AsyncConnection, subjects: Iterable[str]) -> frozenset[str]:
    """Those that must not be stored. By the primary key."""
    rows = await connection.execute(
        text("SELECT subject_id FROM intelligence.erased WHERE subject_id = ANY(:subjects)"),
        {"subjects": sorted(set(subjects))},
    )
    return frozenset(row.subject_id for row in rows)


async def anchored(
    connection: AsyncConnection, subjects: Iterable[Subject]
) -> Mapping[str, datetime]:
    """Where each is filed: as it was decided before, or by the earliest of this news."""
    earliest: dict[str, Subject] = {}
    for subject in sorted(subjects, key=lambda subject: subject.at, reverse=True):
        earliest[subject.id] = subject
    rows = [
        {"subject_id": subject.id, "tenant_id": subject.tenant_id, "filed_at": subject.at}
        for subject in earliest.values()
    ]
    await upsert(connection, "anchor", rows, ["subject_id"], when="false")
    found = await connection.execute(
        text("SELECT subject_id, filed_at FROM intelligence.anchor WHERE subject_id = ANY(:ids)"),
        {"ids": sorted(earliest)},
    )
    return {row.subject_id: row.filed_at for row in found}
