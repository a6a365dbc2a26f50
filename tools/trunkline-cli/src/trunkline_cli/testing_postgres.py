"""A real PostgreSQL for tests: one server per session, a fresh database for each test.

The repository's `conftest.py` loads this as a plugin, so that every test finds these fixtures.
"""

import uuid
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from trunkline_cli.stack.postgres import PostgresServer

CONNECT_SECONDS = 10


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """The server that all tests share: do not stop it, start one of your own for that."""
    server = PostgresServer(tmp_path_factory.mktemp("postgres"))
    try:
        server.start_sync()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """The URL of a PostgreSQL database that all tests share: make a schema of your own in it."""
    return postgres_server.url


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """The URL of an empty database of the test's own, gone after it."""
    name = f"test_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(postgres_url, timeout=CONNECT_SECONDS)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        yield f"{postgres_url.rpartition('/')[0]}/{name}"
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()
