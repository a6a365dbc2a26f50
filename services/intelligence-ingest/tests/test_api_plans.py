"""How PostgreSQL finds what is asked for: by an index for every filter, in every partition."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from events import PERSON, VAULT
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest.api.call_rows import page_statement
from intelligence_ingest.api.filters import CallFilter, where
from intelligence_ingest.api.keysets import older
from trunkline.api.cursor import Position

# Empty tables are read whole whatever there is: with this, PostgreSQL reads a table whole only if
# nothing else can answer.
NO_SCANS = "SET LOCAL enable_seqscan = off"

AT = datetime(2026, 11, 18, tzinfo=UTC)


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes(each)


async def plan(engine: AsyncEngine, asked: CallFilter) -> Mapping[str, Any]:
    conditions = where(asked, "acme", VAULT)
    condition, values = older(Position(1_795_000_000_000_000, "CA1"), "call_sid")
    statement = f"EXPLAIN (FORMAT JSON) {page_statement(conditions, condition)}"
    async with engine.connect() as connection:
        await connection.execute(text(NO_SCANS))
        found = await connection.scalar(
            text(statement), {**conditions.values, **values, "limit": 101}
        )
    (document,) = json.loads(found) if isinstance(found, str) else found
    found_plan: Mapping[str, Any] = document["Plan"]
    return found_plan


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (CallFilter(), "tenant_id_filed_at_call_sid"),
        (CallFilter(since=AT), "tenant_id_filed_at_call_sid"),
        (CallFilter(agent="sales"), "agent_id"),
        (CallFilter(campaign="spring"), "campaign_id"),
        (CallFilter(outcome="live"), "outcome"),
        (CallFilter(label="positive"), "label"),
        (CallFilter(text="refund"), "search"),
        (CallFilter(number=PERSON), "num_hmac"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_no_partition_is_read_whole(
    engine: AsyncEngine, asked: CallFilter, index: str
) -> None:
    found = list(nodes(await plan(engine, asked)))

    assert "Seq Scan" not in {node["Node Type"] for node in found}
    names = {node["Index Name"] for node in found if "Index Name" in node}
    assert any(index in name for name in names), names
