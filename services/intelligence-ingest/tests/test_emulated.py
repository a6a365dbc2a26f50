"""Against the emulated Twilio, which computes its results from what was said."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from counting import rows
from events import SESSION, VAULT
from sqlalchemy.ext.asyncio import AsyncEngine
from waiting import until_found

from intelligence_ingest import insight_v3
from intelligence_ingest.asking import TwilioApi
from intelligence_ingest.fetcher import Fetcher
from intelligence_ingest.sources import Sources
from intelligence_ingest.store.transcripts import store_bundles
from intelligence_ingest.transport import Transport
from twilio_emulator.rest import (
    Account,
    Conversation,
    EmulatedTwilio,
    Fault,
    IntelligenceQuirks,
    Sentence,
    serve,
)

ACCOUNT = "AC" + "4" * 32
NUMBER = "+447700900123"
SAID = (
    (1, "Hello, this is the clinic. This call is recorded."),
    (2, "My name is Ann. I want to talk to a person, thanks, that was great."),
    (1, "Goodbye."),
)
TYPES = {
    *("conversation-classify", "utterance-classify", "extract", "extract-normalize"),
    *("pii-extract", "text-generation", "json"),
}
PLAIN = IntelligenceQuirks()
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STARTED = 1_795_000_000.0


def conversation(session: str = SESSION) -> Conversation:
    sentences = tuple(
        Sentence(channel=channel, start=5.0 * n, end=5.0 * n + 4.0, text=text)
        for n, (channel, text) in enumerate(SAID)
    )
    return Conversation(
        account_sid=ACCOUNT,
        call_sid="CA1",
        session_id=session,
        service="clinic",
        customer=NUMBER,
        to_number="+15005550001",
        started_at=STARTED,
        seconds=15.0,
        sentences=sentences,
    )


@asynccontextmanager
async def clinic(
    *sessions: str, quirks: IntelligenceQuirks = PLAIN
) -> AsyncIterator[tuple[EmulatedTwilio, Fetcher, list[str]]]:
    """An emulated Twilio that has transcribed these sessions, and a fetcher that asks it."""
    account = Account(sid=ACCOUNT, auth_token="secret")
    async with (
        serve([account], speed=100_000, intelligence_quirks=quirks) as twilio,
        Transport.open(twilio.url, 8) as transport,
    ):
        twilio.intelligence.add_service(ACCOUNT, "clinic")
        taken = [twilio.intelligence.take(conversation(session)) for session in sessions]
        api = TwilioApi(transport, {ACCOUNT: ("secret",)})
        fetcher = Fetcher(api, Sources(api, api))

        async def all_complete() -> bool:
            page = await fetcher.transcripts(ACCOUNT, LONG_AGO)
            return len(page.transcripts) == len(sessions)

        await until_found(all_complete)
        yield twilio, fetcher, [each.sid for each in taken if each is not None]


async def test_every_type_of_result_is_fetched_and_stored(engine: AsyncEngine) -> None:
    async with clinic(SESSION) as (_, fetcher, (sid,)):
        bundle = await fetcher.bundle(ACCOUNT, sid)
    async with engine.begin() as connection:
        await store_bundles(connection, VAULT, [bundle], "acme", "webhook")

    found = await rows(engine, "SELECT * FROM intelligence.operator_result")
    typed = ("label", "matched", "extracted", "normalized", "result_text", "result_json")
    assert {row["operator_type"] for row in found} >= TYPES
    assert all(any(row[column] is not None for column in typed) for row in found)
    sentences = await rows(
        engine, "SELECT speaker, body, words FROM intelligence.sentence ORDER BY sentence_index"
    )
    assert sentences[0]["speaker"] == "agent"
    assert "customer" in {row["speaker"] for row in sentences}
    assert all(row["words"] for row in sentences)


async def test_the_callers_number_is_nowhere_in_clear(engine: AsyncEngine) -> None:
    async with clinic(SESSION) as (_, fetcher, (sid,)):
        bundle = await fetcher.bundle(ACCOUNT, sid)
    async with engine.begin() as connection:
        await store_bundles(connection, VAULT, [bundle], "acme", "webhook")

    for table in ("transcript", "sentence", "operator_result"):
        stored = await rows(engine, f"SELECT t::text AS all FROM intelligence.{table} t")
        assert not [row for row in stored if NUMBER in row["all"]]


@pytest.mark.parametrize(
    "quirks",
    [
        IntelligenceQuirks(numbers_as_text=True),
        IntelligenceQuirks(underscored_types=True, unknown_type=True),
    ],
)
async def test_other_versions_of_the_api_are_read_too(quirks: IntelligenceQuirks) -> None:
    async with clinic(SESSION, quirks=quirks) as (_, fetcher, (sid,)):
        bundle = await fetcher.bundle(ACCOUNT, sid)

    labelled = [result for result in bundle.results if result.label]
    assert labelled
    assert all(isinstance(result.score, float) for result in labelled)
    assert all(result.raw for result in bundle.results)


async def test_an_api_with_too_much_to_do_is_asked_again() -> None:
    async with clinic(SESSION) as (twilio, fetcher, (sid,)):
        twilio.inject(Fault(kind="too_many_requests", amount=0.1, count=2))
        bundle = await fetcher.bundle(ACCOUNT, sid)

    assert bundle.results


async def test_the_list_is_read_to_its_end() -> None:
    sessions = [f"VX{n:032x}" for n in range(3)]
    async with clinic(*sessions) as (_, fetcher, sids):
        page = await fetcher.transcripts(ACCOUNT, LONG_AGO)

    assert {each.sid for each in page.transcripts} == set(sids)
    assert all(each.changed_at for each in page.transcripts)


def test_a_webhook_of_v3_names_the_call_it_is_about() -> None:
    call = "CA" + "a" * 32
    body = {
        "conversationId": "conv_conversation_1",
        "operatorResults": [{"id": "r", "referenceIds": [f"voice:{call}"]}],
    }

    assert insight_v3.conversation(body, ACCOUNT).source_sid == call
