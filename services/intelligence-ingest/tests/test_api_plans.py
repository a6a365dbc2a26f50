"""How PostgreSQL finds what is asked for: by an index for every filter, in every partition."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from events import PERSON, VAULT
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest.api.call_rows import page_statement
from intelligence_ingest.api.filters import CallFilter, Where, where
from intelligence_ingest.api.keysets import older
from intelligence_ingest.api.searching import traits
from trunkline.api.cursor import Position

# Empty tables are read whole whatever there is: with this, PostgreSQL reads a table whole only if
# nothing else can answer.
NO_SCANS = "SET LOCAL enable_seqscan = off"

AT = datetime(2026, 11, 18, tzinfo=UTC)


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes(each)


async def plan(
    engine: AsyncEngine, statement: str, values: Mapping[str, object]
) -> list[Mapping[str, Any]]:
    async with engine.connect() as connection:
        await connection.execute(text(NO_SCANS))
        found = await connection.scalar(text(f"EXPLAIN (FORMAT JSON) {statement}"), values)
    (document,) = json.loads(found) if isinstance(found, str) else found
    return list(nodes(document["Plan"]))


def page_of(where: Where) -> tuple[str, Mapping[str, object]]:
    """A page of calls that is not the first."""
    condition, values = older(Position(1_795_000_000_000_000, "CA1"), "call_sid")
    return page_statement(where, condition), {**where.values, **values, "limit": 101}


def assert_reads(found: list[Mapping[str, Any]], index: str) -> None:
    assert "Seq Scan" not in {node["Node Type"] for node in found}
    names = {node["Index Name"] for node in found if "Index Name" in node}
    assert any(index in name for name in names), names


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (CallFilter(), "tenant_id_filed_at_call_sid"),
        (CallFilter(since=AT), "tenant_id_filed_at_call_sid"),
        (CallFilter(agent="sales"), "agent_id"),
        (CallFilter(campaign="spring"), "campaign_id"),
        (CallFilter(outcome="live"), "outcome"),
        (CallFilter(number=PERSON), "num_hmac"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_no_partition_is_read_whole(
    engine: AsyncEngine, asked: CallFilter, index: str
) -> None:
    assert_reads(await plan(engine, *page_of(where(asked, "acme", VAULT))), index)


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (CallFilter(label="positive"), "operator_result_"),
        (CallFilter(text="refund"), "turn_"),
    ],
    ids=["label", "text"],
)
async def test_what_is_in_calls_is_found_by_an_index_or_call_by_call(
    engine: AsyncEngine, asked: CallFilter, index: str
) -> None:
    conditions = where(asked, "acme", VAULT)
    (trait,) = traits(conditions)
    values = {**trait.values, "tenant_id": "acme"}

    span = {"since": AT, "until": AT + timedelta(days=30), "most": 10}
    assert_reads(await plan(engine, trait.matches, {**values, **span}), index)
    each = Where(f"{conditions.sql} AND {trait.of_call}", {**conditions.values, **values})
    assert_reads(await plan(engine, *page_of(each)), index)
