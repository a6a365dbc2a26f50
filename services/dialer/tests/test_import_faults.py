"""What goes wrong around an import: processes, connections, databases."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
from cryptography.fernet import Fernet
from intakes import intake
from rows import TENANT, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.importer import jobs as importing
from dialer.importer.campaign import Campaigns
from dialer.importer.jobs import ImportJobs
from dialer.importer.options import Format, ImportOptions
from dialer.importer.prepared import Batch
from dialer.importer.upload import Uploads, submit
from dialer.importer.workers import Died, Keys, open_workers
from trunkline.agents.load import load_agents
from trunkline.database.errors import DatabaseUnavailable
from trunkline.database.transaction import transaction
from trunkline_cli.paths import ROOT

KEYS = Keys({"k1": b"p" * 32}, (Fernet.generate_key().decode(),))


@pytest.fixture
async def campaign(connection: asyncpg.Connection) -> uuid.UUID:
    await insert(connection, "account", tenant_id="default")
    found: uuid.UUID = await insert(connection, "campaign", tenant_id="default")
    return found


def jobs(engine: AsyncEngine, **values: Any) -> ImportJobs:
    return ImportJobs(engine, Campaigns(load_agents(ROOT / "agents")), KEYS, processes=0, **values)


async def bytes_of(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def upload(engine: AsyncEngine, campaign: uuid.UUID, content: bytes) -> uuid.UUID:
    received = await Uploads(engine, KEYS.fernet()).receive("default", campaign, bytes_of(content))
    async with transaction(engine) as connection:
        await submit(connection, received, Format.CSV, ImportOptions())
    return received.id


async def state_of(connection: asyncpg.Connection, import_id: uuid.UUID) -> tuple[str, str | None]:
    row = await connection.fetchrow(
        "SELECT state, error_code FROM dialer.import_job WHERE id = $1", import_id
    )
    return row["state"], row["error_code"]


def test_a_process_that_dies_over_rows_is_told_as_such() -> None:
    async def run() -> None:
        with open_workers(1, KEYS, TENANT, intake()) as workers:
            await workers(Deadly(1, []))

    with pytest.raises(Died):
        asyncio.run(run())


class Deadly(Batch):
    """Rows that kill whoever reads them."""

    def __reduce__(self) -> tuple[Callable[[int], None], tuple[int]]:
        return os._exit, (1,)


async def test_a_list_that_kills_its_readers_is_given_up(
    engine: AsyncEngine,
    connection: asyncpg.Connection,
    campaign: uuid.UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_id = await upload(engine, campaign, b"number\n+12025550143\n")

    class Dying(ImportJobs):
        async def _store(self, *_: object) -> None:
            raise Died

    await Dying(engine, Campaigns(load_agents(ROOT / "agents")), KEYS, processes=0).work_once()

    assert await state_of(connection, import_id) == ("failed", "process_died")


async def test_what_was_sent_of_a_broken_upload_is_forgotten(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"number\n" + b"x" * 1024 * 1024
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await Uploads(engine, KEYS.fernet()).receive("default", campaign, broken())

    assert await connection.fetchval("SELECT count(*) FROM dialer.import_job") == 0
    assert await connection.fetchval("SELECT count(*) FROM dialer.import_part") == 0


async def test_an_upload_whose_process_died_is_forgotten_in_time(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    received = await Uploads(engine, KEYS.fernet()).receive("default", campaign, bytes_of(b"x"))
    await jobs(engine).work_once()
    assert await state_of(connection, received.id) == ("uploading", None)

    await connection.execute("UPDATE dialer.import_job SET updated_at = now() - interval '2 h'")
    await jobs(engine).work_once()

    assert await connection.fetchval("SELECT count(*) FROM dialer.import_job") == 0


async def test_an_import_waits_for_a_database_that_is_away(
    engine: AsyncEngine,
    connection: asyncpg.Connection,
    campaign: uuid.UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_id = await upload(engine, campaign, b"number\n+12025550143\n")
    monkeypatch.setattr(importing, "POLL_SECONDS", 0.01)

    class Shaky(ImportJobs):
        faults = 2

        async def _store(self, *arguments: Any) -> None:
            if self.faults:
                self.faults -= 1
                raise DatabaseUnavailable
            await super()._store(*arguments)

    shaky = Shaky(engine, Campaigns(load_agents(ROOT / "agents")), KEYS, processes=0)
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(20):
        running = tasks.create_task(shaky.run(), name="imports")
        while (await state_of(connection, import_id))[0] != "completed":
            continue
        running.cancel()

    assert shaky.faults == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE dialer.campaign SET state = 'cancelled'", "campaign_closed"),
        ("UPDATE dialer.campaign SET agent_id = 'nobody'", "agent_gone"),
        ("UPDATE dialer.campaign SET tenant_id = 'others'", "campaign_gone"),
    ],
)
async def test_a_list_for_a_campaign_that_takes_nobody_fails_and_says_why(
    engine: AsyncEngine,
    connection: asyncpg.Connection,
    campaign: uuid.UUID,
    change: str,
    code: str,
) -> None:
    import_id = await upload(engine, campaign, b"number\n+12025550143\n")
    await connection.execute(change)

    await jobs(engine).work_once()

    assert await state_of(connection, import_id) == ("failed", code)


async def test_replicas_share_the_lists_and_no_row_is_added_twice(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    content = b"number\n" + b"".join(b"+1202%07d\n" % n for n in range(2000000, 2000060))
    ids = [await upload(engine, campaign, content) for _ in range(4)]

    async def work() -> None:
        replica = jobs(engine, chunk_rows=9)
        while await replica.work_once():
            continue

    async with asyncio.TaskGroup() as tasks:
        for n in range(3):
            tasks.create_task(work(), name=f"replica {n}")

    rows = await connection.fetch("SELECT state, accepted, duplicates FROM dialer.import_job")
    assert [row["state"] for row in rows] == ["completed"] * len(ids)
    assert sum(row["accepted"] for row in rows) == 60
    assert sum(row["duplicates"] for row in rows) == 180
    assert await connection.fetchval("SELECT count(*) FROM dialer.contact") == 60


def test_keys_show_nothing_of_themselves() -> None:
    assert "ppp" not in repr(KEYS)
    assert KEYS.fernet_keys[0] not in repr(KEYS)
