"""Stores which campaign a call was for, and how the dialer saw its attempt end."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.news import News, when
from intelligence_ingest.store.anchors import Subject, anchored, erased, share_erasure_lock
from intelligence_ingest.store.rows import upsert
from trunkline.events.dial import AttemptFinished, DialEvent

ANSWERED = frozenset({"human", "machine"})
"""Attempts that were a conversation, or were meant to be: the others are the dialer's own story."""


async def store_attempts(connection: AsyncConnection, news: Sequence[News[DialEvent]]) -> None:
    """Store the answered attempts. One that is over means that its call is over, too."""
    await share_erasure_lock(connection)
    told = {
        each.event.event.call_sid: (each.event, each.event.event)
        for each in news
        if isinstance(each.event.event, AttemptFinished)
        and each.event.event.call_sid
        and each.event.event.outcome in ANSWERED
    }
    for call_sid in await erased(connection, told):
        del told[call_sid]
    filed = await anchored(
        connection,
        [Subject(sid, event.tenant_id, when(event.at_ms)) for sid, (event, _) in told.items()],
    )
    rows = [
        {
            "call_sid": call_sid,
            "filed_at": filed[call_sid],
            "tenant_id": event.tenant_id,
            "campaign_id": event.campaign_id,
            "attempt_id": attempt.attempt_id,
            "attempt_outcome": attempt.outcome,
            "gone_at": when(event.at_ms),
        }
        for call_sid, (event, attempt) in told.items()
    ]
    await upsert(connection, "call", rows, ("call_sid", "filed_at"))
