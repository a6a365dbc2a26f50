"""A database of the test's own, with the schema in it."""

import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.migrate import migrate
from trunkline.database.engine import open_engine

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode leaves the tests' folder out

from house import Client, House, furnish, open_house  # found by the line above

# On a busy machine any example may be slow: that says nothing about the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

TEMPLATE = "dialer_template"


@pytest.fixture(scope="session")
def template_url(postgres_url: str) -> str:
    """The URL of a database that holds the schema, to be copied and not to be connected to."""
    return postgres_url.rpartition("/")[0] + "/" + TEMPLATE


@pytest.fixture
async def database_url(postgres_url: str, template_url: str) -> AsyncIterator[str]:
    """The URL of a fresh database with the newest schema."""
    name = f"dialer_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(postgres_url, timeout=10)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE):
            await connection.execute(f"CREATE DATABASE {TEMPLATE}")
            await migrate(template_url)
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield template_url.rpartition("/")[0] + "/" + name
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the fresh database, as plain as it gets."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the fresh database, as services open it."""
    async with open_engine(database_url, "test") as engine:
        yield engine


@pytest.fixture
async def house(engine: AsyncEngine) -> AsyncIterator[House]:
    """The API on the fresh database."""
    async with open_house(engine) as house:
        yield house


@pytest.fixture
async def client(house: House) -> Client:
    """A customer who may do everything, with an account and a number to call from."""
    client = await house.client()
    await furnish(client)
    return client
