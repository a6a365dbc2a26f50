"""Erasures as they are asked for, told and audited."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from counting import counts, one
from events import CALL, PERSON
from querying import Desk, open_desk
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import a_bundle, store, tell_all


@pytest.fixture
async def desk(engine: AsyncEngine) -> AsyncIterator[Desk]:
    await tell_all(engine)
    async with open_desk(engine) as desk:
        yield desk


@pytest.mark.parametrize("what", [{"call_sid": CALL}, {"number": PERSON}])
async def test_when_the_answer_comes_nothing_is_left_here(desk: Desk, what: dict[str, str]) -> None:
    client = await desk.client(["calls:erase", "calls:read"])

    answer = await client.send("POST", "/v1/erasures", what)
    await tell_all(desk.engine)  # the topics, read again

    assert answer.status_code == 202
    assert not any((await counts(desk.engine)).values())
    assert (await client.get("/v1/calls"))["data"] == []
    told = await client.get(answer.headers["location"])
    states = {(place["place"], place["state"]) for place in told["places"]}
    assert ("database", "erased") in states
    assert {("transcript", "pending"), ("call_record", "pending")} <= states
    assert told["state"] == "running"


async def test_who_erased_is_audited_and_the_number_is_nowhere(desk: Desk) -> None:
    client = await desk.client(["calls:erase"])

    await client.send("POST", "/v1/erasures", {"number": PERSON, "reason": "asked by letter"})

    async with desk.engine.connect() as connection:
        found = await connection.exec_driver_sql(
            "SELECT * FROM intelligence.audit WHERE action = 'erasure.requested'"
        )
        (entry,) = found.mappings().all()
    assert (entry["tenant_id"], entry["reason"]) == ("acme", "asked by letter")
    assert PERSON not in str(dict(entry)) + str(await one(desk.engine, "erasure"))


async def test_only_a_key_for_it_erases(desk: Desk) -> None:
    reader = await desk.client(["calls:read"])

    answer = await reader.send("POST", "/v1/erasures", {"call_sid": CALL})

    assert answer.status_code == 403
    assert all((await counts(desk.engine)).values())


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"call_sid": CALL, "number": PERSON}, {"number": "4155"}),
        *({"call_sid": CALL, "transcript_sid": "GT" + "1" * 32}, {"transcript_sid": "GT1"}),
    ],
)
async def test_one_call_or_one_number_is_erased(desk: Desk, body: dict[str, str]) -> None:
    client = await desk.client(["calls:erase"])

    assert (await client.send("POST", "/v1/erasures", body)).status_code == 422


async def test_a_call_that_is_not_there_is_not_erased(desk: Desk) -> None:
    client = await desk.client(["calls:erase"], tenant="other")

    answer = await client.send("POST", "/v1/erasures", {"call_sid": CALL})

    assert answer.status_code == 404


async def test_a_conversation_that_is_nobodys_call_is_erased_by_its_id(desk: Desk) -> None:
    conversation = "conv_conversation_1"
    told = a_bundle(source_sid=None)
    lost = replace(told, transcript=replace(told.transcript, sid=conversation, api="v3"))
    before = await counts(desk.engine)
    await store(desk.engine, lost)
    client = await desk.client(["calls:erase"], tenant="unknown")

    answer = await client.send("POST", "/v1/erasures", {"transcript_sid": conversation})
    await store(desk.engine, lost)

    assert (answer.status_code, answer.json()["kind"]) == (202, "transcript")
    assert {place["place"] for place in answer.json()["places"]} == {
        *("database", "operator_result", "conversation")
    }
    assert await counts(desk.engine) == before
    again = await client.send("POST", "/v1/erasures", {"transcript_sid": conversation})
    assert again.status_code == 404


async def test_a_reason_that_no_text_can_hold_erases_nothing(desk: Desk) -> None:
    client = await desk.client(["calls:erase"])

    answer = await client.send("POST", "/v1/erasures", {"call_sid": CALL, "reason": "a\0b"})

    assert answer.status_code == 400
    assert all((await counts(desk.engine)).values())


async def test_erasures_are_listed_the_newest_first_page_by_page(desk: Desk) -> None:
    client = await desk.client(["calls:erase"])
    asked = [{"call_sid": CALL}, {"number": "+12025550143"}, {"number": "+12025550144"}]
    made = [(await client.send("POST", "/v1/erasures", body)).json()["id"] for body in asked]

    first = await client.get("/v1/erasures", limit=2)
    second = await client.get("/v1/erasures", limit=2, cursor=first["next_cursor"])
    running = await client.get("/v1/erasures", state="running")

    assert [each["id"] for each in (*first["data"], *second["data"])] == made[::-1]
    assert second["next_cursor"] is None
    assert [each["kind"] for each in running["data"]] == [
        "call"
    ]  # Twilio has nothing of the others
    assert "places" not in running["data"][0]


async def test_erasures_are_for_keys_that_may_erase_and_of_one_tenant(desk: Desk) -> None:
    await (await desk.client(["calls:erase"])).send("POST", "/v1/erasures", {"number": PERSON})
    reader = await desk.client(["calls:read"])
    other = await desk.client(["calls:erase"], tenant="other")

    assert (await reader.send("GET", "/v1/erasures")).status_code == 403
    assert (await other.get("/v1/erasures"))["data"] == []
