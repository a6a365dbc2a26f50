"""Assertions of the shared contract explain themselves; an engine on a database of one's own."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.database.engine import open_engine

pytest.register_assert_rewrite("trunkline.testing.contract")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on an empty database."""
    async with open_engine(database_url, "tests") as engine:
        yield engine
