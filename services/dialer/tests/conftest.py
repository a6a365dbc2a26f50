"""A database of the test's own, with the schema in it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.migrate import migrate
from trunkline_cli.testing_postgres import copied

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode leaves the tests' folder out

from house import Client, House, furnish, open_house  # found by the line above


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """The URL of a fresh database with the newest schema."""
    async with copied(postgres_url, "dialer_template", migrate) as url:
        yield url


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
