"""The local PostgreSQL: real, with pgvector, behind a password, restartable."""

from pathlib import Path

import asyncpg
import pytest

from trunkline_cli.stack.postgres import PostgresServer


async def test_it_is_postgresql_18_with_vectors(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url, timeout=10)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS vector")

        distance = await connection.fetchval("SELECT '[0,3]'::vector <-> '[4,0]'::vector")

        assert distance == 5
        assert connection.get_server_version().major == 18
    finally:
        await connection.close()


async def test_nobody_connects_without_the_password(postgres_url: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres_url, password="guessed", timeout=10)


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_committed_rows_survive_the_end_of_the_server(tmp_path: Path, end: str) -> None:
    server = PostgresServer(tmp_path / "postgres")
    await server.start()
    try:
        await run(server.url, "CREATE TABLE kept AS SELECT 7 AS value")
        url = server.url

        if end == "stop":
            await server.stop()
        else:
            server.kill()
        await server.start()

        assert server.url == url
        assert await run(server.url, "SELECT value FROM kept") == 7
    finally:
        server.kill()


async def run(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
