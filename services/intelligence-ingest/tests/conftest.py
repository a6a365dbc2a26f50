"""A database of the test's own, with the schema in it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intelligence_ingest.migrate import MIGRATIONS
from trunkline.database.migrate import migrate
from trunkline_cli.testing_postgres import copied

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode leaves the tests' folder out


async def _migrate(url: str) -> None:
    await migrate(url, MIGRATIONS)


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """The URL of a fresh database with the newest schema."""
    async with copied(postgres_url, "intelligence_template", _migrate) as url:
        yield url
