"""Words and labels, rare and common, over months of calls and many pages."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from events import PERSON, VAULT, started, turn
from querying import Client, Desk, open_desk
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest.api import searching
from intelligence_ingest.api.searching import Stretch, stretches
from intelligence_ingest.news import News
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.turns import store_turns

MONTHS = ("2026-03", "2026-08", "2026-09", "2026-10", "2026-11")
CALLS = [f"{month}-{day:02d}T12:00:00+00:00" for month in MONTHS for day in (2, 15, 28)]
"""When they were; every third is about a refund, and labelled so."""

REFUNDS = CALLS[::3]


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
async def client(engine: AsyncEngine) -> AsyncIterator[Client]:
    async with engine.begin() as connection:
        for n, at in enumerate(CALLS):
            await tell(connection, n, at)
    async with open_desk(engine) as desk:
        yield await desk.client()


async def tell(connection: Any, n: int, at: str) -> None:
    call, at_ms = f"CA{n:032x}", round(datetime.fromisoformat(at).timestamp() * 1000)
    agent = "sales" if n % 2 else "receptionist"
    begin = started(call_sid=call, session_id=f"VX{n:032x}", agent_id=agent, at_ms=at_ms)
    asked = "I want a refund, please" if at in REFUNDS else "I want an appointment, please"
    said = turn(call_sid=call, agent_id=agent, asked=asked, heard="Certainly.", asked_ms=at_ms)
    await store_lifecycle(connection, VAULT, [News(begin, at_ms)])
    await store_turns(connection, VAULT, [News(said, at_ms)])
    if at in REFUNDS:
        await connection.execute(
            text(
                "INSERT INTO intelligence.operator_result (subject_id, result_key, filed_at,"
                " tenant_id, source, call_sid, call_filed_at, operator_name, operator_type, label)"
                " VALUES (:call, 'k', :at, 'acme', 'own', :call, :at, 'o', 'classifier', 'money')"
            ),
            {"call": call, "at": datetime.fromisoformat(at)},
        )


async def times(client: Client, limit: int, **query: Any) -> list[str]:
    """When the calls were that all pages have together."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await client.get("/v1/calls", limit=limit, **query, **cursor)
        found += [call["filed_at"].replace("Z", "+00:00") for call in page["data"]]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize(("most", "walked"), [(1, 1), (3, 2), (2_500, 3), (2_500, 400)])
@pytest.mark.parametrize("limit", [1, 4, 100])
@pytest.mark.parametrize("query", [{"text": "refunds"}, {"label": "money"}])
async def test_all_are_found_once_whether_rare_or_common_and_wherever_pages_end(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    walked: int,
    limit: int,
    query: dict[str, str],
) -> None:
    monkeypatch.setattr(searching, "MOST", most)
    monkeypatch.setattr(searching, "WALKED", walked)

    assert await times(client, limit, **query) == REFUNDS[::-1]


@pytest.mark.parametrize(("most", "walked"), [(1, 1), (2_500, 2), (2_500, 400)])
async def test_they_are_found_together_with_other_filters(
    client: Client, monkeypatch: pytest.MonkeyPatch, most: int, walked: int
) -> None:
    monkeypatch.setattr(searching, "MOST", most)
    monkeypatch.setattr(searching, "WALKED", walked)
    since, until = REFUNDS[1], REFUNDS[-1]

    span = await times(client, 2, text="refund", since=since, until=until)
    agent = await times(client, 2, text="please", label="money", agent="sales")
    both = await times(client, 2, text="appointment", label="money")
    neither = await times(client, 2, text="please -refund -appointment")
    person = await times(client, 2, text="refund", label="money", number=PERSON)

    assert span == REFUNDS[1:-1][::-1]
    assert agent == [at for n, at in enumerate(CALLS) if n % 2 and at in REFUNDS][::-1]
    assert (both, neither) == ([], [])
    assert person == REFUNDS[::-1]


async def test_a_tenant_without_calls_finds_nothing(engine: AsyncEngine, client: Client) -> None:
    other = await Desk(engine, client.http).client(tenant="other")

    assert await times(other, 2, text="refund") == []


def test_stretches_begin_with_a_month_and_grow() -> None:
    found = list(stretches(day("2025-11-20"), day("2026-11-18")))

    begins = [each.since.strftime("%Y-%m-%d") for each in found]
    assert begins == ["2026-11-01", "2026-10-01", "2026-08-01", "2026-04-01", "2025-11-20"]
    assert [each.until for each in found[1:]] == [each.since for each in found[:-1]]
    assert found[0].until == day("2026-11-18")


def test_the_month_before_the_first_of_a_month_is_a_whole_one() -> None:
    (found,) = stretches(day("2025-12-01"), day("2026-01-01"))

    assert found == Stretch(day("2025-12-01"), day("2026-01-01"))
    assert list(stretches(day("2026-01-01"), day("2026-01-01"))) == []
