"""Migrations on a real PostgreSQL, by real processes that start together or die half-way."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.database.errors import DatabaseBusy
from trunkline.database.migrate import Migrations, migrate
from trunkline.database.transaction import transaction

ENV = """
from trunkline.database.migrate import run_revisions

if __name__ == "env_py":
    run_revisions()
"""

FIRST = """
from alembic import op

revision = "0001"
down_revision = None

def upgrade():
    op.execute("CREATE TABLE sample.thing (id int)")
    op.execute("INSERT INTO sample.thing VALUES (1)")
"""

DEADLY = """
import os, signal
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    op.execute("INSERT INTO sample.thing VALUES (2)")
    os.kill(os.getpid(), signal.SIGKILL)
"""

SECOND = DEADLY.replace("os.kill(os.getpid(), signal.SIGKILL)", "")

WIDENS = FIRST.replace("CREATE TABLE sample.thing (id int)", "ALTER TABLE sample.thing ADD n int")
WIDENS = WIDENS.replace("0001", "0002").replace("None", '"0001"')

PROCESS = """
import asyncio, sys
from pathlib import Path
from trunkline.database.migrate import Migrations, migrate

asyncio.run(migrate(sys.argv[1], Migrations("sample", Path(sys.argv[2]))))
"""


@pytest.fixture
def migrations(tmp_path: Path) -> Migrations:
    """A service's folder with one revision."""
    folder = tmp_path / "100% migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    (folder / "versions/r0001.py").write_text(FIRST)
    return Migrations("sample", folder)


async def start(database_url: str, migrations: Migrations) -> asyncio.subprocess.Process:
    command = (sys.executable, "-B", "-c", PROCESS, database_url, str(migrations.folder))
    return await asyncio.create_subprocess_exec(*command)


async def things(engine: AsyncEngine) -> list[int]:
    async with transaction(engine) as connection:
        rows = await connection.execute(text("SELECT id FROM sample.thing ORDER BY id"))
        return list(rows.scalars())


async def version(engine: AsyncEngine) -> str:
    async with transaction(engine) as connection:
        found = await connection.execute(text("SELECT version_num FROM sample.alembic_version"))
        return str(found.scalar_one())


async def test_processes_that_start_together_migrate_once(
    database_url: str, engine: AsyncEngine, migrations: Migrations
) -> None:
    async with asyncio.timeout(60):
        processes = [await start(database_url, migrations) for _ in range(3)]
        statuses = [await process.wait() for process in processes]

    assert statuses == [0, 0, 0]
    assert await things(engine) == [1]


async def test_a_database_that_is_up_to_date_is_left_alone(
    database_url: str, engine: AsyncEngine, migrations: Migrations
) -> None:
    await migrate(database_url, migrations)
    await migrate(database_url, migrations)

    assert await things(engine) == [1]
    assert await version(engine) == "0001"


async def test_a_migration_that_is_killed_leaves_no_trace_and_no_lock(
    database_url: str, engine: AsyncEngine, migrations: Migrations
) -> None:
    await migrate(database_url, migrations)
    second = migrations.folder / "versions/r0002.py"
    second.write_text(DEADLY)
    async with asyncio.timeout(60):
        killed = await (await start(database_url, migrations)).wait()

    assert killed == -signal.SIGKILL
    assert await things(engine) == [1]
    assert await version(engine) == "0001"

    second.write_text(SECOND)
    await migrate(database_url, migrations)

    assert await things(engine) == [1, 2]


async def test_a_table_in_use_is_not_waited_for_so_long_that_others_wait_too(
    database_url: str,
    engine: AsyncEngine,
    migrations: Migrations,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trunkline.database.migrate.TABLE_SECONDS", 1)
    await migrate(database_url, migrations)
    (migrations.folder / "versions/r0002.py").write_text(WIDENS)
    async with transaction(engine) as reader:
        await reader.execute(text("SELECT * FROM sample.thing"))
        with pytest.raises(DatabaseBusy):
            await migrate(database_url, migrations)

    assert await things(engine) == [1]


@pytest.mark.parametrize("name", ["Sample", "a-b", "x; DROP", ""])
async def test_a_schema_has_a_plain_name(database_url: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="plain name"):
        await migrate(database_url, Migrations(name, tmp_path))
