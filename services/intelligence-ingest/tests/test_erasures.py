"""What is erased stays away, whatever is told again and in whichever order."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial

from counting import counts, somebody_waits
from events import CALL, NOW_MS, PERSON, VAULT, turn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import tell_all, tell_turns
from waiting import until_found

from intelligence_ingest.news import News
from intelligence_ingest.store.anchors import take_erasure_lock
from intelligence_ingest.store.erasures import forget_calls
from intelligence_ingest.store.turns import store_turns


async def erase_call(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await take_erasure_lock(connection)
        erasure = uuid.uuid4()
        await connection.execute(
            text(
                "INSERT INTO intelligence.erasure (id, tenant_id, kind, requested_by)"
                " VALUES (:id, 'acme', 'call', 'test')"
            ),
            {"id": erasure},
        )
        await forget_calls(connection, erasure, [CALL])


async def erase_number(engine: AsyncEngine, before: datetime) -> None:
    index = VAULT.index("acme", PERSON)
    values = {"id": uuid.uuid4(), "key": index.key, "hmac": index.hmac, "before": before}
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO intelligence.erasure"
                " (id, tenant_id, kind, num_key, num_hmac, requested_by)"
                " VALUES (:id, 'acme', 'number', :key, :hmac, 'test')"
            ),
            {name: values[name] for name in ("id", "key", "hmac")},
        )
        await connection.execute(
            text(
                "INSERT INTO intelligence.erased_number"
                " (num_hmac, erasure_id, tenant_id, num_key, before)"
                " VALUES (:hmac, :id, 'acme', :key, :before)"
            ),
            values,
        )


async def test_of_an_erased_call_nothing_is_left_and_nothing_comes_back(
    engine: AsyncEngine,
) -> None:
    await tell_all(engine)
    assert all((await counts(engine)).values())

    await erase_call(engine)
    assert not any((await counts(engine)).values())
    await tell_all(engine)

    assert not any((await counts(engine)).values())


async def test_a_call_with_an_erased_number_goes_as_soon_as_its_number_is_told(
    engine: AsyncEngine,
) -> None:
    await erase_number(engine, datetime.fromtimestamp(NOW_MS / 1000, UTC) + timedelta(days=1))
    await tell_turns(engine)
    assert (await counts(engine))["turn"] == 3

    await tell_all(engine)

    assert not any((await counts(engine)).values())


async def test_a_person_who_calls_again_after_the_erasure_is_a_new_caller(
    engine: AsyncEngine,
) -> None:
    await erase_number(engine, datetime.fromtimestamp(NOW_MS / 1000, UTC) - timedelta(days=1))

    await tell_all(engine)

    assert all((await counts(engine)).values())


async def test_news_on_its_way_during_an_erasure_does_not_slip_in(engine: AsyncEngine) -> None:
    """The batch has looked for erasures and found none; then the erasure wants to begin."""
    async with engine.connect() as batch, asyncio.TaskGroup() as tasks:
        await batch.begin()
        await store_turns(batch, VAULT, [News(turn(), NOW_MS)])
        erasing = tasks.create_task(erase_call(engine), name="erase")
        await until_found(partial(somebody_waits, engine))
        assert not erasing.done()
        await batch.commit()

    assert (await counts(engine))["turn"] == 0
