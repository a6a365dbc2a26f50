"""Whether the database answers, asked of a real one that goes and comes."""

import asyncio
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.database.engine import Limits, open_engine
from trunkline.database.probe import DatabaseProbe
from trunkline_cli.stack.postgres import PostgresServer


async def until(probe: DatabaseProbe, answers: bool) -> None:
    async with asyncio.timeout(30):
        while probe.answers is not answers:  # noqa: ASYNC110  # a probe announces nothing
            await asyncio.sleep(0.01)


def test_nothing_is_said_to_answer_before_it_was_asked(database_url: str) -> None:
    async def asked() -> bool:
        async with open_engine(database_url, "probe") as engine:
            return DatabaseProbe(engine).answers

    assert not asyncio.run(asked())


async def test_a_database_that_goes_and_comes_back_is_noticed(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "own")
    await server.start()
    try:
        async with open_engine(server.url, "probe") as engine, asyncio.TaskGroup() as tasks:
            probe = DatabaseProbe(engine, every_seconds=0.05)
            running = tasks.create_task(probe.run(), name="probe")
            await until(probe, True)
            server.kill()
            await until(probe, False)
            await server.start()
            await until(probe, True)
            running.cancel()
    finally:
        server.kill()


async def test_a_pool_that_is_used_up_is_no_answer(database_url: str, engine: AsyncEngine) -> None:
    async with (
        open_engine(database_url, "one", Limits(connections=1)) as single,
        single.connect(),
    ):
        assert not await DatabaseProbe(single).ask()

    assert await DatabaseProbe(engine).ask()
