"""One transcript in full, whether it is a call's or nobody knows whose."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from events import CALL
from fake_intelligence import RESULTS
from querying import Desk, open_desk
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import a_bundle, store, tell_all


@pytest.fixture
async def desk(engine: AsyncEngine) -> AsyncIterator[Desk]:
    async with open_desk(engine) as desk:
        yield desk


async def test_a_transcript_is_told_with_its_words_its_results_and_its_document(desk: Desk) -> None:
    await tell_all(desk.engine)
    client, plain = await desk.client(), await desk.client(["calls:read"])
    where = f"/v1/transcripts/{a_bundle().transcript.sid}"

    found, hidden = await client.get(where), await plain.get(where)

    first = found["sentences"][0]
    assert (found["call_sid"], first["speaker"], first["end_s"]) == (CALL, "agent", 2.5)
    assert first["words"][0] == {"word": "Hello,", "start_s": 0.0, "end_s": 2.5}
    assert {each["operator_name"] for each in found["results"]} == {
        each["name"] for each in RESULTS
    }
    assert found["document"]["channel"]["participants"][0]["full_name"] == "Virtual Agent"
    assert hidden == {**found, "document": None}


async def test_what_belongs_to_no_call_is_read_by_its_own_id_in_its_own_tenant(desk: Desk) -> None:
    told = a_bundle(source_sid=None)
    lost = replace(told.transcript, sid="conv_conversation_1", api="v3")
    await store(desk.engine, replace(told, transcript=lost, sentences=(), unverified=True))
    client, other = await desk.client(tenant="unknown"), await desk.client(tenant="acme")
    where = "/v1/transcripts/conv_conversation_1"

    found = await client.get(where)

    assert (found["call_sid"], found["unverified"]) == (None, True)
    assert len(found["results"]) == len(RESULTS)
    assert (await other.send("GET", where)).status_code == 404


async def test_words_that_are_gone_are_gone_here_too(desk: Desk) -> None:
    await store(desk.engine, a_bundle())
    async with desk.engine.begin() as connection:
        await connection.execute(text("UPDATE intelligence.transcript SET raw_enc = NULL"))
    client = await desk.client(tenant="unknown")

    found = await client.get(f"/v1/transcripts/{a_bundle().transcript.sid}")

    assert found["document"] is None
