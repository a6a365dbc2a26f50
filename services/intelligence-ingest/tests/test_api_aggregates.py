"""Figures over calls that are known to the last millisecond."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from events import VAULT, ended, started, turn
from querying import Client, Desk, open_desk
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import a_bundle, store

from intelligence_ingest.api import aggregates
from intelligence_ingest.news import News
from intelligence_ingest.store.attempts import store_attempts
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.turns import store_turns
from trunkline.events.call import Timings
from trunkline.events.dial import AttemptFinished, DialEvent
from trunkline.events.lifecycle import Lifecycle

CAMPAIGN = "3f0e6a0e-0000-4000-8000-000000000001"
# Clocks in Berlin show half past two twice in this night, and these calls are an hour apart.
NIGHT = {"since": "2026-10-24T22:00:00Z", "until": "2026-10-27T23:00:00Z"}
BERLIN = {**NIGHT, "time_zone": "Europe/Berlin"}


@dataclass(frozen=True)
class Told:
    """A call as it is told: when, by whom, its first words in ms, how it ended."""

    at: str
    agent: str
    first_words: tuple[int, ...]
    end: str = "caller_hung_up"
    transferred: str = ""
    sentiment: str = ""
    interrupted: bool = False

    @property
    def at_ms(self) -> int:
        return round(datetime.fromisoformat(self.at).timestamp() * 1000)


TOLD = (
    Told("2026-10-25T00:30:00Z", "receptionist", (100, 200, 300, 400), sentiment="positive"),
    Told("2026-10-25T01:30:00Z", "receptionist", (500, 0), "handed_off", "queue:desk", "negative"),
    Told("2026-10-27T10:00:00Z", "sales", (900,), sentiment="positive", interrupted=True),
)


def sid(prefix: str, n: int) -> str:
    return prefix + f"{n:x}".rjust(32, "0")


async def tell(engine: AsyncEngine, n: int, told: Told) -> None:
    call, at_ms = sid("CA", n), told.at_ms
    session = sid("VX", n)
    turns = [
        replace(
            turn(number, call_sid=call, agent_id=told.agent, interrupted=told.interrupted),
            asked_ms=at_ms + number,
            first_words_ms=ms,
            timings=Timings(queued_ms=1, first_token_ms=ms // 2, total_ms=ms * 2, tools_ms=0),
        )
        for number, ms in enumerate(told.first_words)
    ]
    begin = started(call_sid=call, session_id=session, agent_id=told.agent, at_ms=at_ms)
    end = ended(
        call_sid=call,
        reason=told.end,
        transferred_to=told.transferred,
        at_ms=at_ms + 60_000,
        duration_ms=60_000 * n,
    )
    news: list[News[Lifecycle]] = [News(begin, at_ms), News(end, at_ms)]
    async with engine.begin() as connection:
        await store_lifecycle(connection, VAULT, news)
        await store_turns(connection, VAULT, [News(each, at_ms) for each in turns])
    bundle = a_bundle(session)
    results = [
        replace(each, label=told.sentiment) if each.label else each for each in bundle.results
    ]
    if told.end != "handed_off":  # nobody has asked for a person
        results = [each for each in results if each.name != "Escalation Request"]
    found = replace(bundle.transcript, sid=sid("GT", n), source_sid=session)
    await store(engine, replace(bundle, transcript=found, results=results))


@pytest.fixture
async def desk(engine: AsyncEngine) -> AsyncIterator[Desk]:
    for n, told in enumerate(TOLD, start=1):
        await tell(engine, n, told)
    attempt = AttemptFinished("a1", "c1", 1, "human", "", True, sid("CA", 3))
    event = DialEvent("e1", "acme", CAMPAIGN, 1, TOLD[2].at_ms, attempt)
    async with engine.begin() as connection:
        await store_attempts(connection, [News(event, TOLD[2].at_ms)])
    async with open_desk(engine) as desk:
        yield desk


@pytest.fixture
async def client(desk: Desk) -> Client:
    return await desk.client(["calls:read"])


async def data(client: Client, name: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/v1/aggregates/{name}", **query))["data"]
    return found


async def test_calls_are_counted_by_the_days_of_a_time_zone_empty_ones_too(client: Client) -> None:
    days = await data(client, "calls", **BERLIN)

    # The first of these days has 25 hours.
    assert [day["start"][:13] for day in days] == [
        *("2026-10-24T22", "2026-10-25T23", "2026-10-26T23"),
    ]
    assert [day["calls"] for day in days] == [2, 0, 1]
    assert days[0]["outcomes"] == {"caller_hung_up": 1, "handed_off": 1}
    assert (days[0]["transferred"], days[0]["mean_duration_ms"]) == (1, 90_000)
    assert (days[1]["outcomes"], days[1]["mean_duration_ms"]) == ({}, None)


async def test_an_hour_that_clocks_show_twice_is_counted_as_two(client: Client) -> None:
    hours = await data(client, "calls", bucket="hour", **BERLIN)

    counted = {hour["start"]: hour["calls"] for hour in hours if hour["calls"]}
    assert counted == {
        "2026-10-25T00:00:00Z": 1,
        "2026-10-25T01:00:00Z": 1,
        "2026-10-27T10:00:00Z": 1,
    }
    assert len(hours) == 73


async def test_what_lies_outside_the_span_is_not_counted(client: Client) -> None:
    query = {"since": "2026-10-25T00:30:00.001Z", "until": "2026-10-25T01:30:00.001Z"}
    (day,) = await data(client, "calls", **query)

    assert (day["calls"], day["outcomes"]) == (1, {"handed_off": 1})


async def test_sentiment_is_told_in_shares(client: Client) -> None:
    days = await data(client, "sentiment", **BERLIN)
    (whole,) = await data(client, "sentiment", bucket="whole", **BERLIN)

    of_days = [[(each["label"], each["share"]) for each in day["labels"]] for day in days]
    assert of_days == [[("negative", 0.5), ("positive", 0.5)], [], [("positive", 1.0)]]
    shares = {each["label"]: each["share"] for each in whole["labels"]}
    assert shares == {"positive": 0.6667, "negative": 0.3333}


async def test_labels_are_counted_when_their_call_was_not_when_they_came(client: Client) -> None:
    days = await data(client, "labels", **BERLIN, agent="sales")
    elsewhere = await data(client, "labels", **BERLIN, operator=["Voicemail Detection"])

    (label,) = days[2]["labels"]
    assert (label["operator"], label["results"]) == ("Sentiment Analysis", 1)
    assert [day["labels"] for day in elsewhere] == [[], [], []]


async def test_escalations_stand_beside_transfers(client: Client) -> None:
    days = await data(client, "escalations", **BERLIN)

    counted = [(day["calls"], day["escalated"], day["transferred"]) for day in days]
    assert counted == [(2, 1, 1), (0, 0, 0), (1, 0, 0)]
    assert [day["escalated_share"] for day in days] == [0.5, None, 0.0]


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("first_words", (5, 300, 500, 500)),  # a turn without words has no such figure
        ("first_token", (5, 150, 250, 250)),
        ("total", (5, 600, 1000, 1000)),
        ("queued", (6, 1, 1, 1)),
        ("tools", (0, None, None, None)),
    ],
)
async def test_latency_is_told_in_percentiles(
    client: Client, figure: str, expected: tuple[int | None, ...]
) -> None:
    day = (await data(client, "latency", figure=figure, **BERLIN))[0]

    assert tuple(day[name] for name in ("turns", "p50_ms", "p95_ms", "p99_ms")) == expected


async def test_percentiles_of_the_whole_time_are_not_those_of_its_days(client: Client) -> None:
    (whole,) = await data(client, "latency", bucket="whole", **BERLIN)

    assert (whole["turns"], whole["p50_ms"], whole["p90_ms"]) == (6, 300, 900)


async def test_interruptions_are_a_share_of_all_turns(client: Client) -> None:
    days = await data(client, "interruptions", **BERLIN)

    shares = [(day["turns"], day["interrupted"], day["interrupted_share"]) for day in days]
    assert shares == [(6, 0, 0.0), (0, 0, None), (1, 1, 1.0)]


@pytest.mark.parametrize(
    ("query", "calls", "turns", "labels"),
    [
        ({}, 3, 7, 3),
        ({"agent": "receptionist"}, 2, 6, 2),
        ({"campaign": CAMPAIGN}, 1, 1, 1),
        ({"campaign": CAMPAIGN, "agent": "receptionist"}, 0, 0, 0),
    ],
)
async def test_figures_are_those_of_one_agent_or_campaign(
    client: Client, query: Mapping[str, str], calls: int, turns: int, labels: int
) -> None:
    asked = {"bucket": "whole", **BERLIN, **query}

    (of_calls,) = await data(client, "calls", **asked)
    (escalated,) = await data(client, "escalations", **asked)
    (interrupted,) = await data(client, "interruptions", **asked)
    (queued,) = await data(client, "latency", figure="queued", **asked)
    (labelled,) = await data(client, "labels", **asked)
    assert (of_calls["calls"], escalated["calls"]) == (calls, calls)
    assert (interrupted["turns"], queued["turns"]) == (turns, turns)
    assert sum(each["results"] for each in labelled["labels"]) == labels


async def test_another_tenant_counts_nothing(desk: Desk) -> None:
    other = await desk.client(tenant="other")

    for name in ("calls", "escalations"):
        assert [day["calls"] for day in await data(other, name, **BERLIN)] == [0, 0, 0]
    for name in ("latency", "interruptions"):
        assert [day["turns"] for day in await data(other, name, **BERLIN)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"time_zone": "Europe/Atlantis"}, "query/time_zone"),
        ({"time_zone": "Europe"}, "query/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "query/time_zone"),
        ({"until": "2030-01-01T00:00:00Z"}, "query/until"),
        ({"until": "2026-01-01T00:00:00Z"}, "query/until"),
        ({"bucket": "second"}, "query/bucket"),
    ],
)
async def test_what_cannot_be_counted_is_refused_with_what_to_ask_for(
    client: Client, query: Mapping[str, str], pointer: str
) -> None:
    answer = await client.send("GET", "/v1/aggregates/calls", **{**NIGHT, **query})

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"]) == (422, pointer)
    assert error["detail"]


async def test_more_labels_than_an_answer_may_have_are_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aggregates, "MOST_LABELS", 1)

    answer = await client.send("GET", "/v1/aggregates/labels", **NIGHT)

    (error,) = answer.json()["errors"]
    assert (error["code"], "operators" in error["detail"]) == ("too_many_labels", True)


async def test_a_result_without_a_call_of_ours_counts_when_it_came(
    engine: AsyncEngine, desk: Desk
) -> None:
    bundle = a_bundle(None)
    created = datetime(2026, 10, 26, 12, tzinfo=UTC)
    found = replace(bundle.transcript, sid=sid("GT", 9), created_at=created)
    await store(engine, replace(bundle, transcript=found))

    nobodys = await desk.client(tenant="unknown")

    days = await data(nobodys, "labels", **BERLIN)
    assert [len(day["labels"]) for day in days] == [0, 1, 0]
