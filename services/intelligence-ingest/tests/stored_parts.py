"""Transcripts, and own operators, as tests store them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from events import NOW_MS, SESSION, VAULT, ended, started, turn
from fake_intelligence import FakeIntelligence
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest import insight
from intelligence_ingest.bundle import Bundle
from intelligence_ingest.news import News
from intelligence_ingest.operators.declared import Operator, load_operators
from intelligence_ingest.settings import OPERATORS
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.transcripts import store_bundles
from intelligence_ingest.store.turns import store_turns
from trunkline.events.lifecycle import CallStarted, Lifecycle

OWN: Sequence[Operator] = load_operators(OPERATORS)
ASKED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def a_bundle(source_sid: str | None = SESSION, **values: object) -> Bundle:
    """A transcript with two sentences and a result of every type."""
    twilio = FakeIntelligence()
    sid = twilio.add(1, source_sid=source_sid)
    found = insight.transcript(twilio.transcripts[sid])
    bundle = Bundle(
        found,
        insight.sentences(twilio.sentences[sid], found.channels),
        insight.operator_results(twilio.results[sid]),
        ASKED,
    )
    return replace(bundle, **values)  # type: ignore[arg-type]


async def store(engine: AsyncEngine, *bundles: Bundle) -> int:
    """Store them in one transaction; how many were new."""
    async with engine.begin() as connection:
        return await store_bundles(connection, VAULT, bundles, "unknown", "webhook")


async def be_quiet(engine: AsyncEngine) -> None:
    """As if news of the calls had ceased long ago."""
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE intelligence.operator_due SET due_at = now()"))


async def tell_all(engine: AsyncEngine, begun: CallStarted | None = None) -> None:
    """A call's whole story: turns, beginning and end, and its transcript."""
    await tell_turns(engine)
    async with engine.begin() as connection:
        news: list[News[Lifecycle]] = [
            News(begun or started(), NOW_MS),
            News(ended(), NOW_MS),
        ]
        await store_lifecycle(connection, VAULT, news)
    await store(engine, a_bundle(source_sid=(begun or started()).session_id))


async def tell_turns(engine: AsyncEngine) -> None:
    """Its turns alone, which do not tell the number."""
    async with engine.begin() as connection:
        await store_turns(connection, VAULT, [News(turn(n), NOW_MS) for n in range(3)])
