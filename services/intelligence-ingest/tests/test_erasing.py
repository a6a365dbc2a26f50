"""An erasure from its beginning to the last place at Twilio, and nothing of it coming back."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from counting import counts, rows
from events import CALL, NOW_MS, PERSON, SESSION, VAULT, started
from fake_intelligence import ACCOUNT
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import a_bundle, store, tell_all

from intelligence_ingest.asking import TwilioApi
from intelligence_ingest.erasing import MOST_TRIES, Erasing, TwilioEraser, pause_before
from intelligence_ingest.news import News
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.erasing import Asked, begin_erasure
from intelligence_ingest.transport import Transport

BY_CALL = Asked("acme", "test", call_sid=CALL)
BY_NUMBER = Asked("acme", "test", indexes=VAULT.indexes("acme", PERSON))
CONVERSATION = "conv_conversation_9"
TRANSCRIPT = "GT" + "1".rjust(32, "0")


class Twilio:
    """What Twilio has of a person, by path; `refusing` answers everything else."""

    def __init__(self) -> None:
        account = f"/2010-04-01/Accounts/{ACCOUNT}"
        self.there = {
            f"{account}/Calls/{CALL}.json",
            f"{account}/Recordings/RE1.json",
            f"/v2/Transcripts/{TRANSCRIPT}",
            "/v2/Transcripts/GT7",
            "/v2/Transcripts/GT8",
            f"/v2/Conversations/{CONVERSATION}",
        }
        self.about = {"GT8": "RE1", CONVERSATION: CALL, "RE1": CALL}
        self.refusing: int | None = None
        self.forbidden: str | None = None

    async def handle(self, request: httpx.Request) -> httpx.Response:
        if self.refusing is not None:
            return httpx.Response(self.refusing, json={})
        url = urlsplit(str(request.url))
        if url.path == self.forbidden:
            return httpx.Response(403, json={})
        if request.method == "GET":
            return httpx.Response(200, json=self._listed(url.path, parse_qs(url.query)))
        if url.path not in self.there:
            return httpx.Response(404, json={})
        self.there.remove(url.path)
        return httpx.Response(204)

    def _listed(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        """What is about the thing that is asked for; if not said otherwise, that is the session."""
        (wanted,) = [values[0] for name, values in query.items() if name.lower() != "pagesize"]
        folder = path.removesuffix(".json") + "/"
        sids = [
            each.removeprefix(folder).removesuffix(".json")
            for each in sorted(self.there)
            if each.startswith(folder)
        ]
        return {"listed": [{"sid": sid} for sid in sids if self.about.get(sid, SESSION) == wanted]}


@asynccontextmanager
async def erasing(engine: AsyncEngine, twilio: Twilio) -> AsyncIterator[Erasing]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(twilio.handle)) as client:
        api = TwilioApi(Transport([client], "http://127.0.0.1", 4), {ACCOUNT: ("secret",)})
        yield Erasing(engine, TwilioEraser(api, api, api))


async def begin(engine: AsyncEngine, asked: Asked) -> uuid.UUID | None:
    async with engine.begin() as connection:
        return await begin_erasure(connection, asked)


async def states(engine: AsyncEngine) -> dict[tuple[str, str], str]:
    found = await rows(engine, "SELECT place, subject_id, state FROM intelligence.erasure_place")
    return {(row["place"], row["subject_id"][:2]): row["state"] for row in found}


async def erasure_state(engine: AsyncEngine) -> str:
    (row,) = await rows(engine, "SELECT state FROM intelligence.erasure")
    return str(row["state"])


async def test_a_call_is_erased_here_and_at_every_place_of_twilios(engine: AsyncEngine) -> None:
    await tell_all(engine)
    twilio = Twilio()

    await begin(engine, BY_CALL)
    assert (await erasure_state(engine), twilio.there != set()) == ("running", True)
    async with erasing(engine, twilio) as worker:
        while await worker.once():
            pass

    assert not any((await counts(engine)).values())
    assert twilio.there == set()
    assert await erasure_state(engine) == "completed"
    assert set((await states(engine)).values()) <= {"erased", "absent"}


async def test_after_the_erasure_of_a_number_topics_and_sweeps_bring_no_row_back(
    engine: AsyncEngine,
) -> None:
    await tell_all(engine)

    await begin(engine, BY_NUMBER)
    await tell_all(engine)
    await store(engine, a_bundle())

    assert not any((await counts(engine)).values())


async def test_calls_of_an_erased_number_that_are_told_later_are_deleted_at_twilio_too(
    engine: AsyncEngine,
) -> None:
    await begin(engine, BY_NUMBER)
    assert await erasure_state(engine) == "completed"

    async with engine.begin() as connection:
        await store_lifecycle(connection, VAULT, [News(started(), NOW_MS)])

    assert await erasure_state(engine) == "running"
    assert ("call_record", "CA") in await states(engine)


async def test_a_transcript_that_is_made_after_the_erasure_is_deleted_too(
    engine: AsyncEngine,
) -> None:
    async with engine.begin() as connection:
        await store_lifecycle(connection, VAULT, [News(started(), NOW_MS)])
    await begin(engine, BY_CALL)
    assert ("transcript", "GT") not in await states(engine)

    await store(engine, a_bundle())

    assert (await states(engine))["transcript", "GT"] == "pending"


async def test_what_is_stored_of_a_calls_recordings_and_conversations_goes_though_nobody_joined_it(
    engine: AsyncEngine,
) -> None:
    await tell_all(engine)
    told = a_bundle(source_sid="RE1")
    for sid, source in (("GT9", "RE1"), (CONVERSATION, None)):
        found = replace(told.transcript, sid=sid, source_sid=source)
        await store(engine, replace(told, transcript=found))
    await begin(engine, BY_CALL)
    assert (await counts(engine))["transcript"] == 2

    async with erasing(engine, Twilio()) as worker:
        await worker.once()
    await store(engine, replace(told, transcript=replace(told.transcript, sid="GT10")))

    assert not any((await counts(engine)).values())


async def test_an_account_without_conversations_has_none_to_be_erased(engine: AsyncEngine) -> None:
    await tell_all(engine)
    twilio = Twilio()
    await begin(engine, BY_CALL)
    twilio.forbidden = "/v2/Conversations"

    async with erasing(engine, twilio) as worker:
        while await worker.once():
            pass

    assert (await states(engine))["conversation", "CA"] == "absent"
    assert await erasure_state(engine) == "completed"


async def test_what_twilio_refuses_is_tried_again_and_told_when_it_is_given_up(
    engine: AsyncEngine,
) -> None:
    await tell_all(engine)
    twilio = Twilio()
    twilio.refusing = 409
    await begin(engine, BY_CALL)
    async with erasing(engine, twilio) as worker:
        assert await worker.once() == 5
        assert await worker.once() == 0  # not due yet
        assert await erasure_state(engine) == "running"
        async with engine.begin() as connection:
            await connection.execute(
                text("UPDATE intelligence.erasure_place SET due_at = now(), tries = :tries"),
                {"tries": MOST_TRIES - 1},
            )

        await worker.once()

    assert await erasure_state(engine) == "incomplete"


async def test_a_call_of_another_tenant_is_not_erased(engine: AsyncEngine) -> None:
    await tell_all(engine)

    assert await begin(engine, Asked("other", "test", call_sid=CALL)) is None
    assert all((await counts(engine)).values())


def test_pauses_grow_to_some_hours() -> None:
    assert [pause_before(n) for n in (2, 3, 4)] == [60.0, 120.0, 240.0]
    assert pause_before(MOST_TRIES) == 6 * 3600.0
