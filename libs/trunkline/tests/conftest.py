"""Assertions of the shared contract explain themselves; an engine on a database of one's own."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.database.engine import open_engine

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode leaves the tests' folder out

pytest.register_assert_rewrite("trunkline.testing.contract")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on an empty database."""
    async with open_engine(database_url, "tests") as engine:
        yield engine
