"""One effect for one Idempotency-Key, on a real PostgreSQL: at once, later, and after a crash."""

import asyncio
import sys

import pytest
from api_parts import FERNET, SCHEMA
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from trunkline.api.fingerprint import Claim, IdempotencyKeyReused, StillRunning, claim
from trunkline.api.idempotency import REPLAYED, Answer, Idempotency
from trunkline.api.problem import Conflict
from trunkline.database.transaction import Repeatable, transaction

CANARY = "+15550100"


@pytest.fixture
async def idempotency(api_engine: AsyncEngine) -> Idempotency:
    async with transaction(api_engine) as connection:
        await connection.execute(text(f"CREATE TABLE {SCHEMA}.thing (id serial, name text)"))
    return Idempotency(api_engine, SCHEMA, FERNET)


def claimed(key: str = "k", body: bytes = b"{}", tenant: str = "acme") -> Claim:
    return claim(key, tenant, "POST", "/v1/things", body)


async def create(connection: AsyncConnection) -> Answer:
    rows = await connection.execute(
        text(f"INSERT INTO {SCHEMA}.thing (name) VALUES ('x') RETURNING id")
    )
    body = f'{{"id": {rows.scalar_one()}, "number": "{CANARY}"}}'.encode()
    return Answer(201, body, {"Location": "/v1/things/1"})


async def count(engine: AsyncEngine, table: str = "thing") -> int:
    async with transaction(engine) as connection:
        rows = await connection.execute(text(f"SELECT count(*) FROM {SCHEMA}.{table}"))
        return int(rows.scalar_one())


async def test_a_second_request_gets_the_answer_of_the_first(
    api_engine: AsyncEngine, idempotency: Idempotency
) -> None:
    first = await idempotency.once(claimed(), create)
    second = await idempotency.once(claimed(), create)

    assert (second.status, second.body) == (first.status, first.body)
    assert second.headers == {**first.headers, **REPLAYED}
    assert await count(api_engine) == 1


async def test_fifty_requests_at_once_have_one_effect(
    api_engine: AsyncEngine, idempotency: Idempotency
) -> None:
    answers: list[Answer] = []
    refused: list[StillRunning] = []

    async def ask() -> None:
        try:
            answers.append(await idempotency.once(claimed(), create))
        except StillRunning as error:
            refused.append(error)

    async with asyncio.TaskGroup() as tasks:
        for n in range(50):
            tasks.create_task(ask(), name=f"request-{n}")
    first = [answer for answer in answers if "Idempotent-Replayed" not in answer.headers]

    assert await count(api_engine) == 1
    assert (len(first), len(answers) + len(refused)) == (1, 50)
    assert {answer.body for answer in answers} == {first[0].body}
    assert all(error.headers == {"Retry-After": "1"} for error in refused)


async def test_a_request_is_told_that_the_first_is_still_running(
    idempotency: Idempotency,
) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow(connection: AsyncConnection) -> Answer:
        began.set()
        await go_on.wait()
        return await create(connection)

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(idempotency.once(claimed(), slow), name="first")
        await began.wait()
        with pytest.raises(StillRunning):
            await idempotency.once(claimed(), create)
        other = await idempotency.once(claimed("another"), create)
        go_on.set()

    assert other.body != first.result().body


async def test_the_same_key_for_another_request_is_refused(
    api_engine: AsyncEngine, idempotency: Idempotency
) -> None:
    await idempotency.once(claimed(), create)

    with pytest.raises(IdempotencyKeyReused):
        await idempotency.once(claimed(body=b"[]"), create)

    await idempotency.once(claimed(tenant="other", body=b"[]"), create)

    assert await count(api_engine) == 2


async def test_an_effect_that_was_refused_may_be_tried_again(
    api_engine: AsyncEngine, idempotency: Idempotency
) -> None:
    async def refuse(connection: AsyncConnection) -> Answer:
        await create(connection)
        raise Conflict

    with pytest.raises(Conflict):
        await idempotency.once(claimed(), refuse)
    answer = await idempotency.once(claimed(), create)

    assert "Idempotent-Replayed" not in answer.headers
    assert await count(api_engine) == 1


DIES = f"""
import asyncio, os, signal, sys
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import text
from trunkline.api.fingerprint import claim
from trunkline.api.idempotency import Answer, Idempotency
from trunkline.database.engine import open_engine

async def die(connection):
    await connection.execute(text("INSERT INTO {SCHEMA}.thing (name) VALUES ('x')"))
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with open_engine(sys.argv[1], "dies") as engine:
        fernet = MultiFernet([Fernet(Fernet.generate_key())])
        claimed = claim("k", "acme", "POST", "/v1/things", b"{{}}")
        await Idempotency(engine, "{SCHEMA}", fernet).once(claimed, die)

asyncio.run(main())
"""


async def test_a_process_that_dies_leaves_neither_effect_nor_key(
    api_engine: AsyncEngine, idempotency: Idempotency, database_url: str
) -> None:
    async with asyncio.timeout(60):
        command = (sys.executable, "-B", "-c", DIES, database_url)
        status = await (await asyncio.create_subprocess_exec(*command)).wait()
    left = await count(api_engine), await count(api_engine, "idempotency")
    answer = await _until_free(idempotency)

    assert (status, left) == (-9, (0, 0))
    assert "Idempotent-Replayed" not in answer.headers
    assert await count(api_engine) == 1


async def _until_free(idempotency: Idempotency) -> Answer:
    """Ask as a client does: the server needs a moment to notice that a connection is gone."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await idempotency.once(claimed(), create)
            except StillRunning:
                await asyncio.sleep(0.01)


async def test_a_repeatable_effect_that_collided_happens_once(
    api_engine: AsyncEngine, idempotency: Idempotency
) -> None:
    tries = 0

    @Repeatable
    async def collides_once(connection: AsyncConnection) -> Answer:
        nonlocal tries
        tries += 1
        answer = await create(connection)
        if tries == 1:
            await connection.execute(
                text("DO $$ BEGIN RAISE EXCEPTION 'collided' USING ERRCODE = '40001'; END $$")
            )
        return answer

    answer = await idempotency.once(claimed(), collides_once)

    assert (answer.status, tries, await count(api_engine)) == (201, 2, 1)


async def test_an_answer_is_kept_for_a_week_and_then_its_key_is_free(
    api_engine: AsyncEngine, idempotency: Idempotency
) -> None:
    await idempotency.once(claimed(), create)
    async with transaction(api_engine) as connection:
        rows = await connection.execute(
            text(f"SELECT extract(day FROM expires_at - created_at) FROM {SCHEMA}.idempotency")
        )
        days = rows.scalar_one()
        await connection.execute(
            text(f"UPDATE {SCHEMA}.idempotency SET expires_at = clock_timestamp()")
        )
    again = await idempotency.once(claimed(body=b"another"), create)

    assert days in (6, 7)  # the clock is read twice
    assert "Idempotent-Replayed" not in again.headers
    assert (
        "Idempotent-Replayed" in (await idempotency.once(claimed(body=b"another"), create)).headers
    )


async def test_what_has_expired_is_removed(
    api_engine: AsyncEngine, idempotency: Idempotency
) -> None:
    for key in "abc":
        await idempotency.once(claimed(key), create)
    async with transaction(api_engine) as connection:
        await connection.execute(
            text(
                f"UPDATE {SCHEMA}.idempotency SET expires_at = clock_timestamp() WHERE ctid <>"
                f" (SELECT max(ctid) FROM {SCHEMA}.idempotency)"
            )
        )

    assert [await idempotency.forget_expired(limit=1) for _ in range(3)] == [1, 1, 0]
    assert await count(api_engine, "idempotency") == 1


async def test_no_number_is_stored_in_clear(
    api_engine: AsyncEngine, idempotency: Idempotency
) -> None:
    await idempotency.once(claimed(f"call-{CANARY}", CANARY.encode()), create)
    async with transaction(api_engine) as connection:
        rows = await connection.execute(
            text(f"SELECT i::text || convert_from(body_enc, 'utf8') FROM {SCHEMA}.idempotency AS i")
        )

        assert "5550100" not in rows.scalar_one()
