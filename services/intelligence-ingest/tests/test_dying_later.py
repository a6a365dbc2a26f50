"""What is done with calls once they are read, by processes that die: sweep, operators, erasure."""

import httpx
import pytest
from counting import counts, rows
from deaths import Death, Died, dying
from events import CALL, SESSION, VAULT
from fake_intelligence import ACCOUNT, RESULTS, URL, FakeIntelligence
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import OWN, tell_all

from intelligence_ingest.asking import TwilioApi
from intelligence_ingest.erasing import Erasing, TwilioEraser
from intelligence_ingest.fetcher import Fetcher
from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.operating import Operating
from intelligence_ingest.sources import Sources
from intelligence_ingest.store.erasing import Asked, begin_erasure
from intelligence_ingest.sweep import Rhythm, Sweep
from intelligence_ingest.transport import Transport
from trunkline.metrics import Registry

STEPS = 40  # more than either takes
HURRY = (
    "UPDATE intelligence.sweep SET lease_until = '-infinity', finished_at = NULL",
    "UPDATE intelligence.operator_due SET due_at = now()",
    "UPDATE intelligence.erasure_place SET due_at = now() WHERE state = 'pending'",
)


async def hurry(engine: AsyncEngine) -> None:
    """As if leases and delays were over."""
    async with engine.begin() as connection:
        for statement in HURRY:
            await connection.execute(text(statement))


async def sweep_and_operate(engine: AsyncEngine) -> None:
    """One transcript was announced, another one was not."""
    metrics, twilio = IngestMetrics(Registry()), FakeIntelligence()
    for n in (1, 2):
        twilio.add(n, source_sid=SESSION)
    async with twilio.client() as client:
        api = TwilioApi(Transport([client], URL, 4), {ACCOUNT: ("secret",)})
        fetcher = Fetcher(api, Sources(api, api))
        await hurry(engine)
        await Sweep(engine, fetcher, VAULT, metrics, Rhythm(per_second=1000), "?").sweep(ACCOUNT)
        await hurry(engine)
        await Operating(engine, OWN, metrics).once()


async def erase(engine: AsyncEngine) -> None:
    """The call, here and at a Twilio that has nothing of it."""
    nothing = httpx.MockTransport(lambda _: httpx.Response(404, json={}))
    async with httpx.AsyncClient(transport=nothing) as client:
        api = TwilioApi(Transport([client], URL, 4), {ACCOUNT: ("secret",)})
        worker = Erasing(engine, TwilioEraser(api, api, api))
        async with engine.begin() as connection:
            await begin_erasure(connection, Asked("acme", "test", call_sid=CALL))
        await hurry(engine)
        while await worker.once():
            pass


@pytest.mark.parametrize("step", range(1, STEPS, 5))
async def test_a_sweep_and_operators_that_die_are_done_once_in_the_end(
    engine: AsyncEngine, step: int
) -> None:
    await tell_all(engine)

    died = False
    with dying(engine, Death(step)):
        try:
            await sweep_and_operate(engine)
        except Died:
            died = True
    await sweep_and_operate(engine)

    found = await counts(engine)
    assert died or step > STEPS / 2
    assert (found["transcript"], found["sentence"]) == (2, 4)
    assert found["operator_result"] == 2 * len(RESULTS) + len(OWN)


@pytest.mark.parametrize("step", range(1, STEPS, 5))
async def test_an_erasure_that_dies_is_complete_in_the_end(engine: AsyncEngine, step: int) -> None:
    await tell_all(engine)

    died = False
    with dying(engine, Death(step)):
        try:
            await erase(engine)
        except Died:
            died = True
    await erase(engine)

    assert died or step > STEPS / 2
    assert not any((await counts(engine)).values())
    assert await rows(engine, "SELECT state FROM intelligence.erasure") == [{"state": "completed"}]
