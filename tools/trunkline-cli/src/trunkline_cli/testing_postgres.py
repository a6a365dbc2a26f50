"""A real PostgreSQL for tests: one server per session, a fresh database for each test.

The repository's `conftest.py` loads this as a plugin, so that every test finds these fixtures. A
service whose tests want its schema in the database overrides `database_url` with `copied`.
"""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.database.engine import open_engine
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


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the fresh database, as plain as it gets."""
    connection = await asyncpg.connect(database_url, timeout=CONNECT_SECONDS)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the fresh database, as services open it."""
    async with open_engine(database_url, "test") as engine:
        yield engine


@asynccontextmanager
async def copied(
    postgres_url: str, template: str, migrate: Callable[[str], Awaitable[None]]
) -> AsyncIterator[str]:
    """The URL of a fresh copy of the template, which is made and migrated on its first use.

    A copy takes a tenth of the time that the migrations take. Nobody may be connected to the
    template while it is copied.
    """
    server = postgres_url.rpartition("/")[0]
    name = f"{template}_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(postgres_url, timeout=CONNECT_SECONDS)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", template):
            await connection.execute(f"CREATE DATABASE {template}")
            await migrate(f"{server}/{template}")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield f"{server}/{name}"
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()
