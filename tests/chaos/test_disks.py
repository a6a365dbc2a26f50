"""A database that is put back really forgets, and says that it is another."""

from pathlib import Path

import asyncpg

from trunkline_cli.chaos.disks import copied, promoted, started
from trunkline_cli.stack.postgres import PostgresServer

TIMELINE = "SELECT timeline_id FROM pg_control_checkpoint()"


async def ask(server: PostgresServer, statement: str) -> int:
    connection = await asyncpg.connect(server.url, timeout=10)
    try:
        return int(await connection.fetchval(statement, timeout=10) or 0)
    finally:
        await connection.close()


async def test_a_copy_that_is_started_as_it_is_has_forgotten_and_says_nothing_of_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "postgres"
    server = PostgresServer(folder)
    try:
        await server.start()
        await ask(server, "CREATE TABLE kept AS SELECT 1 AS one")
        backup = await copied(server, folder)
        await ask(server, "INSERT INTO kept VALUES (2)")
        before = await ask(server, TIMELINE)
        await started(server, folder, backup)

        assert await ask(server, "SELECT count(*) FROM kept") == 1
        assert await ask(server, TIMELINE) == before
    finally:
        server.kill()


async def test_what_was_committed_after_the_copy_is_gone_on_a_new_timeline(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    server = PostgresServer(folder)
    try:
        await server.start()
        await ask(server, "CREATE TABLE kept AS SELECT 1 AS one")
        backup = await copied(server, folder)
        await ask(server, "INSERT INTO kept VALUES (2)")
        before = await ask(server, TIMELINE)
        await promoted(server, folder, backup)
        await ask(server, "CHECKPOINT")

        assert await ask(server, "SELECT count(*) FROM kept") == 1
        assert await ask(server, TIMELINE) > before
        assert await ask(server, "SELECT pg_is_in_recovery()::int") == 0
    finally:
        server.kill()
