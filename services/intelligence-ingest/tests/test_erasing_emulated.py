"""An erasure over the emulated Twilio's own routes, with what became of every place."""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from counting import counts, rows
from events import CALL, PERSON, SESSION
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import a_bundle, store, tell_all

from intelligence_ingest.asking import TwilioApi
from intelligence_ingest.erasing import Erasing, TwilioEraser
from intelligence_ingest.store.erasing import Asked, begin_erasure
from intelligence_ingest.transport import Transport
from twilio_emulator.rest import Account, Conversation, EmulatedTwilio, PlacedCall, Sentence, serve

ACCOUNT = "AC" + "4" * 32
OTHER = "AC" + "5" * 32
CONFIGURATION = "conv_configuration_1"


@asynccontextmanager
async def twilio_with_a_call() -> AsyncIterator[tuple[EmulatedTwilio, str]]:
    """Two accounts; one has the call, its recording, transcript and conversation (its id)."""
    account = Account(
        sid=ACCOUNT, auth_token="secret", configurations={CONFIGURATION: "http://127.0.0.1:1/"}
    )
    async with serve([account, Account(sid=OTHER, auth_token="secret")], speed=1e5) as twilio:
        twilio.intelligence.add_service(ACCOUNT, "clinic")
        transcript = twilio.intelligence.take(
            Conversation(
                account_sid=ACCOUNT,
                call_sid=CALL,
                session_id=SESSION,
                service="clinic",
                configuration=CONFIGURATION,
                customer=PERSON,
                started_at=time.time(),
                seconds=15.0,
                sentences=(Sentence(channel=2, start=0.0, end=4.0, text="Hello?"),),
            )
        )
        assert transcript is not None
        twilio.store.add(a_call("completed"))
        twilio.recordings.add(ACCOUNT, CALL)
        (conversation,) = twilio.intelligence.told
        yield twilio, conversation


def a_call(status: str) -> PlacedCall:
    now = time.time()
    call = PlacedCall(
        number=1,
        sid=CALL,
        account_sid=ACCOUNT,
        to=PERSON,
        from_number="+15005550006",
        created_at=now,
        updated_at=now,
    )
    call.status = status  # type: ignore[assignment]  # one of its literals
    return call


@asynccontextmanager
async def erasing(engine: AsyncEngine, twilio: EmulatedTwilio) -> AsyncIterator[Erasing]:
    tokens = {ACCOUNT: ("secret",), OTHER: ("secret",)}
    async with Transport.open(twilio.url, 8) as transport:
        api = TwilioApi(transport, tokens)
        yield Erasing(engine, TwilioEraser(api, api, api))


async def begin(engine: AsyncEngine, conversation: str) -> uuid.UUID | None:
    """Store the call with its transcript, and a conversation that does not name it; erase it."""
    await tell_all(engine)
    told = a_bundle(source_sid=None)
    found = replace(told.transcript, sid=conversation, api="v3")
    await store(engine, replace(told, transcript=found, sentences=()))
    async with engine.begin() as connection:
        return await begin_erasure(connection, Asked("acme", "test", call_sid=CALL))


async def states(engine: AsyncEngine) -> dict[str, set[str]]:
    """What became of each kind of place."""
    found: dict[str, set[str]] = {}
    for row in await rows(engine, "SELECT place, state FROM intelligence.erasure_place"):
        found.setdefault(row["place"], set()).add(row["state"])
    return found


async def test_everything_of_a_call_is_deleted_at_twilio_and_nothing_of_others(
    engine: AsyncEngine,
) -> None:
    async with twilio_with_a_call() as (twilio, conversation):
        twilio.recordings.add(ACCOUNT, "CA" + "9" * 32)
        await begin(engine, conversation)
        async with erasing(engine, twilio) as worker:
            while await worker.once():
                pass

        assert twilio.store.calls[CALL].deleted
        assert len(twilio.recordings.page(ACCOUNT, {})["recordings"]) == 1  # type: ignore[arg-type]
        assert twilio.intelligence.store.transcripts == {}
        assert twilio.intelligence.told == {}
    assert await states(engine) == {
        "database": {"erased"},
        "call_record": {"erased"},
        "recording": {"erased"},
        # By the session's id and by its own: the second finds nothing any more.
        "transcript": {"erased", "absent"},
        "operator_result": {"erased"},
        "conversation": {"erased"},
    }
    (erasure,) = await rows(engine, "SELECT state FROM intelligence.erasure")
    assert erasure["state"] == "completed"
    assert not any((await counts(engine)).values())


async def test_a_call_that_goes_on_is_deleted_once_it_is_over(engine: AsyncEngine) -> None:
    async with twilio_with_a_call() as (twilio, conversation):
        twilio.store.calls[CALL].status = "in-progress"
        await begin(engine, conversation)
        async with erasing(engine, twilio) as worker:
            while await worker.once():
                pass
            early = (await states(engine))["call_record"]
            twilio.store.calls[CALL].status = "completed"
            async with engine.begin() as connection:
                await connection.execute(
                    text("UPDATE intelligence.erasure_place SET due_at = now()")
                )
            await worker.once()

    assert early == {"pending"}
    assert (await states(engine))["call_record"] == {"erased"}
