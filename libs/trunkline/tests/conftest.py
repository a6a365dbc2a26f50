"""Assertions of the shared contract explain themselves; databases of one's own, as services do."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.api.tables import create_api_tables
from trunkline.database.transaction import transaction

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode leaves the tests' folder out

pytest.register_assert_rewrite("trunkline.testing.contract")


@pytest.fixture
async def api_engine(engine: AsyncEngine) -> AsyncEngine:
    """An engine on a database with the tables of an API, in the schema `sample`."""
    async with transaction(engine) as connection:
        await connection.execute(text("CREATE SCHEMA sample"))
        await connection.run_sync(create_api_tables, "sample")
    return engine
