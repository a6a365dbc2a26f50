"""F51 to F60: what goes wrong with PostgreSQL."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import asyncpg

from trunkline_cli.chaos import meddling
from trunkline_cli.chaos.disks import copied, fill, promoted, started
from trunkline_cli.chaos.scenarios.acting import Act, Reach, Scenario, campaign
from trunkline_cli.chaos.stage import Stage
from trunkline_cli.stack.postgres import PostgresServer
from twilio_emulator.rest import Fault

CONNECTIONS = 250  # more than the server takes
MEDDLING_SECONDS = 20.0

Exchange = Callable[[PostgresServer, Path, Path], Awaitable[None]]


async def restarted(stage: Stage) -> None:
    """The server is killed twice, and comes back with everything it has acknowledged."""
    await campaign(stage, 60)
    for count in (10, 25):
        await stage.posted(count)
        stage.rig.postgres.kill()
        await asyncio.sleep(1)
        await stage.rig.postgres.start()


async def exhausted(stage: Stage) -> None:
    """Others take every connection that the server has to give."""
    await campaign(stage, 60)
    await stage.posted(10)
    async with AsyncExitStack() as held:
        with suppress(asyncpg.PostgresError, OSError, TimeoutError):
            for _ in range(CONNECTIONS):
                connection = await asyncpg.connect(stage.rig.postgres.url, timeout=5)
                held.callback(connection.terminate)
        await asyncio.sleep(15)


async def locked(stage: Stage) -> None:
    """Somebody holds the campaign's row for so long that the write-ahead gives up."""
    seeded = await campaign(stage, 40)
    await stage.posted(10)
    async with stage.rig.database() as connection, connection.transaction():
        await connection.execute(
            "SELECT FROM dialer.campaign WHERE id = $1::text::uuid FOR UPDATE", seeded.id
        )
        await asyncio.sleep(MEDDLING_SECONDS)


async def deadlocked(stage: Stage) -> None:
    """Somebody locks attempts and contacts in the wrong order, again and again."""
    await campaign(stage, 60)
    query = "SELECT FROM dialer.{} WHERE tenant_id = $1 ORDER BY id DESC LIMIT 5 FOR UPDATE"
    until = time.monotonic() + MEDDLING_SECONDS
    async with stage.rig.database() as connection:
        while time.monotonic() < until:
            with suppress(asyncpg.PostgresError, TimeoutError):
                async with connection.transaction():
                    await connection.execute(query.format("contact"), stage.tenant, timeout=5)
                    await asyncio.sleep(0.1)
                    await connection.execute(query.format("attempt"), stage.tenant, timeout=5)


async def pinned(stage: Stage) -> None:
    """A reader sits in a transaction and lets nothing be cleaned up."""
    async with stage.rig.database() as reader:
        transaction = reader.transaction(isolation="repeatable_read")
        await transaction.start()
        await reader.fetchval("SELECT count(*) FROM dialer.attempt")
        await campaign(stage, 60)
        await stage.all_tried()
        await stage.wait(3600, least=10)
        await transaction.rollback()


async def twilio_gone(stage: Stage) -> None:
    """The database is there and Twilio is not."""
    await campaign(stage, 40)
    await stage.posted(10)
    stage.inject(Fault(kind="refuse", for_seconds=30))
    await asyncio.sleep(30)


async def database_gone(stage: Stage) -> None:
    """Twilio is there and the database is not: nothing may be sent."""
    await campaign(stage, 60)
    await stage.posted(10)
    await stage.rig.postgres.stop()
    stage.ban("the database is away", grace=2.5)
    await stage.wait(60, least=10)
    stage.lift()
    await stage.rig.postgres.start()


def put_back(after: float, exchange: Exchange = promoted) -> Act:
    """The server is lost, and another takes its place that knows nothing of the last seconds."""

    async def act(stage: Stage) -> None:
        stage.forgetful = True
        await campaign(stage, 60)
        await stage.posted(10)
        backup = await copied(stage.rig.postgres, stage.rig.postgres_folder)
        await stage.posted(stage.posts + 5)
        await asyncio.sleep(after)
        await exchange(stage.rig.postgres, stage.rig.postgres_folder, backup)
        began = time.monotonic()
        async with stage.rig.database() as connection:
            await meddling.until_recovered(connection, 300)
        stage.notes.append(f"nobody was called for {time.monotonic() - began:.0f} s")

    return act


async def disk_full(stage: Stage) -> None:
    """The disk of the database is full for a while; a server that dies of it is started again."""
    filler = stage.rig.postgres_folder / "filler"
    await campaign(stage, 60)
    await stage.posted(10)
    fill(filler)
    await asyncio.sleep(15)
    filler.unlink()
    if stage.rig.postgres.child.returncode is not None:
        stage.notes.append("the server had died")
        await stage.rig.postgres.start()


DATABASES = (
    Scenario(row="F51", reach=Reach.ALL, act=restarted),
    Scenario(row="F52", reach=Reach.RIG, act=put_back(0.0)),
    Scenario(row="F53", reach=Reach.RIG, act=put_back(20.0)),
    Scenario(row="F54", reach=Reach.ALL, act=exhausted),
    Scenario(row="F55", reach=Reach.ALL, act=locked),
    Scenario(row="F56", reach=Reach.ALL, act=deadlocked),
    Scenario(row="F57", reach=Reach.ALL, act=pinned),
    Scenario(row="F58", reach=Reach.RIG, act=disk_full),
    Scenario(row="F59", reach=Reach.ALL, act=twilio_gone),
    Scenario(row="F60", reach=Reach.ALL, act=database_gone),
    Scenario(row="X5", reach=Reach.RIG, act=put_back(20.0, started)),
)
