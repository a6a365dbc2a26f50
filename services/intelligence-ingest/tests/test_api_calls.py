"""Calls found by every filter, searched, and seen whole."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from events import CALL, NOW_MS, PERSON, VAULT, started, turn
from querying import Client, Desk, open_desk
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import OWN, be_quiet, tell_all

from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.news import News
from intelligence_ingest.operating import Operating
from intelligence_ingest.store.attempts import store_attempts
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.turns import store_turns
from trunkline.events.dial import AttemptFinished, DialEvent
from trunkline.metrics import Registry

OTHER = "CA" + "d" * 32
LATER_MS = NOW_MS + 3_600_000


@pytest.fixture
async def desk(engine: AsyncEngine) -> AsyncIterator[Desk]:
    """A whole call, and an hour later one that goes on."""
    await tell_all(engine)
    async with engine.begin() as connection:
        other = started(
            call_sid=OTHER,
            session_id="VX9",
            agent_id="sales",
            direction="outbound-api",
            from_="+15005550100",
            to="+12025550143",
            at_ms=LATER_MS,
        )
        await store_lifecycle(connection, VAULT, [News(other, LATER_MS)])
        said = turn(call_sid=OTHER, asked="Quero um reembolso", language="pt-BR", heard="=1+1")
        await store_turns(connection, VAULT, [News(said, LATER_MS)])
    await be_quiet(engine)
    await Operating(engine, OWN, IngestMetrics(Registry())).once()
    async with open_desk(engine) as desk:
        yield desk


@pytest.fixture
async def client(desk: Desk) -> Client:
    return await desk.client()


async def found(client: Client, **query: Any) -> list[str]:
    return [call["call_sid"] for call in (await client.get("/v1/calls", **query))["data"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [OTHER, CALL]),
        ({"since": "2026-11-18T12:00:00Z"}, [OTHER]),
        ({"until": "2026-11-18T12:00:00Z"}, [CALL]),
        ({"agent": "sales"}, [OTHER]),
        ({"campaign": "nobody's"}, []),
        ({"number": PERSON}, [CALL]),
        ({"number": "+12025550143"}, [OTHER]),
        ({"label": "positive"}, [CALL]),
        ({"label": "appointments", "agent": "receptionist"}, [CALL]),
        ({"outcome": "live"}, [OTHER]),
        ({"outcome": "caller_hung_up"}, [CALL]),
        ({"text": "appointment"}, [CALL]),
        ({"text": "appointments"}, [CALL]),  # by its stem
        ({"text": "reembolsos", "language": "pt"}, [OTHER]),
        ({"text": '"automated assistant"'}, [CALL]),  # a sentence of the transcript alone
        ({"text": "unicorn"}, []),
    ],
)
async def test_calls_are_found_by(
    client: Client, query: dict[str, Any], expected: list[str]
) -> None:
    assert await found(client, **query) == expected


@pytest.mark.parametrize(
    ("path", "query"),
    [("/CA%00", {}), ("", {"agent": "\0"}), ("", {"text": "\0"}), ("", {"label": "a\0"})],
)
async def test_what_no_text_can_hold_is_refused_and_no_mistake(
    client: Client, path: str, query: dict[str, str]
) -> None:
    answer = await client.send("GET", f"/v1/calls{path}", **query)

    assert answer.status_code == 400
    assert "NUL" in answer.json()["detail"]


async def test_calls_are_found_by_campaign(engine: AsyncEngine, client: Client) -> None:
    campaign = "3f0e6a0e-0000-4000-8000-000000000001"
    attempt = AttemptFinished("a1", "c1", 1, "human", "", True, OTHER)
    event = DialEvent("e1", "acme", campaign, 1, LATER_MS, attempt)
    async with engine.begin() as connection:
        await store_attempts(connection, [News(event, LATER_MS)])

    assert await found(client, campaign=campaign) == [OTHER]


async def test_pages_go_on_where_the_one_before_ended(client: Client) -> None:
    first = await client.get("/v1/calls", limit=1)
    second = await client.get("/v1/calls", limit=1, cursor=first["next_cursor"])

    sids = [page["data"][0]["call_sid"] for page in (first, second)]
    assert (sids, second["next_cursor"]) == ([OTHER, CALL], None)


async def test_a_search_shows_where_the_words_were_spoken(client: Client) -> None:
    (call,) = (await client.get("/v1/calls", text="appointments"))["data"]

    first = call["highlights"][0]
    hits = [part["text"] for part in first["parts"] if part["hit"]]
    assert (first["speaker"], hits) == ("customer", ["appointment"])
    assert len(call["highlights"]) <= 3


async def test_numbers_are_masked_without_the_scope_for_them(desk: Desk, client: Client) -> None:
    plain = await desk.client(["calls:read"])

    masked = (await plain.get("/v1/calls", number=PERSON))["data"][0]["number"]
    in_full = (await client.get("/v1/calls", number=PERSON))["data"][0]["number"]
    assert (masked, in_full) == ("+•••••••••23", PERSON)
    tools = [
        moment["detail"]
        for moment in (await plain.get(f"/v1/calls/{CALL}"))["timeline"]
        if moment["what"] == "tool"
    ]
    assert tools
    assert not any("arguments" in tool for tool in tools)


async def test_a_call_is_told_in_the_order_in_which_it_happened(client: Client) -> None:
    story = await client.get(f"/v1/calls/{CALL}")

    times = [moment["at"] for moment in story["timeline"]]
    kinds = {moment["what"] for moment in story["timeline"]}
    assert kinds == {"session", "turn", "tool", "sentence", "ended"}
    assert times == sorted(times)
    assert story["call"]["outcome"] == "caller_hung_up"
    assert "positive" in story["call"]["labels"]
    (transcript,) = story["transcripts"]
    assert transcript["call_sid"] == CALL
    assert {result["source"] for result in story["results"]} == {"v2", "own"}
    tool = next(each for each in story["timeline"] if each["what"] == "tool")
    assert tool["detail"]["arguments"] == '{"day":"Tue"}'


async def test_what_no_type_of_ours_tells_is_told_as_it_came(client: Client) -> None:
    results = (await client.get(f"/v1/calls/{CALL}"))["results"]

    raw = {each["operator_type"]: each["raw"] for each in results if each["raw"] is not None}
    assert set(raw) == {"mind-reading"}
    assert raw["mind-reading"]["aura"] == "blue"


async def test_another_tenant_sees_nothing(desk: Desk) -> None:
    other = await desk.client(tenant="other")

    assert await found(other) == []
    assert (await other.send("GET", f"/v1/calls/{CALL}")).status_code == 404
    assert (await other.get("/v1/transcripts"))["data"] == []
    assert (await other.get("/v1/operator-results"))["data"] == []


async def test_a_number_that_is_none_is_refused_and_not_repeated(client: Client) -> None:
    answer = await client.send("GET", "/v1/calls", number="4155550123")

    assert (answer.status_code, "4155550123" in answer.text) == (422, False)


async def test_transcripts_and_results_are_lists_of_their_own(client: Client) -> None:
    transcripts = (await client.get("/v1/transcripts", call_sid=CALL))["data"]
    labelled = (await client.get("/v1/operator-results", label="positive"))["data"]
    matched = await client.get("/v1/operator-results", matched=True, limit=1)
    following = await client.get(
        "/v1/operator-results", matched=True, limit=1, cursor=matched["next_cursor"]
    )

    assert [each["status"] for each in transcripts] == ["completed"]
    assert [each["operator_type"] for each in labelled] == ["conversation-classify"]
    assert matched["data"] != following["data"]


async def test_a_call_that_goes_on_has_no_end(client: Client) -> None:
    story = await client.get(f"/v1/calls/{OTHER}")

    assert "ended" not in {moment["what"] for moment in story["timeline"]}


async def test_a_story_that_one_has_already_is_not_sent_again(
    engine: AsyncEngine, client: Client
) -> None:
    async def ask(known: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {client.key}", "If-None-Match": known}
        return await client.http.get(f"/v1/calls/{CALL}", headers=headers)

    tag = (await ask("")).headers["etag"]
    known = await ask(f'"0", W/{tag}')
    async with engine.begin() as connection:
        await store_turns(connection, VAULT, [News(turn(3), NOW_MS)])
    changed = await ask(tag)

    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)
    assert (changed.status_code, changed.headers["etag"] != tag) == (200, True)
