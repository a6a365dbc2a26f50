"""Fetching through the SDK on our transport, from an API that misbehaves."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fake_intelligence import ACCOUNT, RESULTS, URL, FakeIntelligence, sentence

from intelligence_ingest.asking import NotThere, Refused, TwilioApi
from intelligence_ingest.backoff import TRIES
from intelligence_ingest.fetcher import Fetcher, NotFinished
from intelligence_ingest.sources import Sources
from intelligence_ingest.transport import Transport, TwilioUnavailable, at
from trunkline.errors import Invalid
from trunkline.testing.virtual_time import run_in_virtual_time


@pytest.fixture
def twilio() -> FakeIntelligence:
    return FakeIntelligence()


@pytest.fixture
async def fetcher(twilio: FakeIntelligence) -> AsyncIterator[Fetcher]:
    async with twilio.client() as client:
        yield fetcher_of(client)


def fetcher_of(client: httpx.AsyncClient, waited: list[str] | None = None) -> Fetcher:
    note: list[str] = [] if waited is None else waited
    transport = Transport([client], URL, concurrency=8)
    api = TwilioApi(transport, {ACCOUNT: ("secret",)}, note.append)
    return Fetcher(api, Sources(api, api))


async def test_a_transcript_comes_with_all_that_belongs_to_it(
    twilio: FakeIntelligence, fetcher: Fetcher
) -> None:
    bundle = await fetcher.bundle(ACCOUNT, twilio.add(1, source_sid="VX1"))

    assert bundle.transcript.source_sid == "VX1"
    assert [each.speaker for each in bundle.sentences] == ["agent", "customer"]
    assert {each.type for each in bundle.results} == {each["operator_type"] for each in RESULTS}
    assert all(url.startswith(URL) for url in twilio.requests)


async def test_every_page_of_a_list_is_read_from_our_own_address(
    twilio: FakeIntelligence, fetcher: Fetcher
) -> None:
    transcript = twilio.add(1)
    twilio.sentences[transcript] = [sentence(n, 1, f"{n}", "0", "1") for n in range(7)]
    twilio.page_size = 3

    bundle = await fetcher.bundle(ACCOUNT, transcript)

    assert [each.body for each in bundle.sentences] == [str(n) for n in range(7)]
    assert all(url.startswith(URL) for url in twilio.requests)


async def test_only_the_redacted_variant_of_a_redacted_transcript_is_asked_for(
    twilio: FakeIntelligence, fetcher: Fetcher
) -> None:
    transcript = twilio.add(1)
    twilio.transcripts[transcript]["redaction"] = True

    await fetcher.bundle(ACCOUNT, transcript)

    assert all("Redacted=true" in url for url in twilio.requests[1:])


async def test_a_transcript_that_failed_is_one_without_words(
    twilio: FakeIntelligence, fetcher: Fetcher
) -> None:
    bundle = await fetcher.bundle(ACCOUNT, twilio.add(1, status="failed"))

    assert (bundle.transcript.status, bundle.sentences, bundle.results) == ("failed", (), ())


@pytest.mark.parametrize("call", ["CA" + "1" * 32, None])
async def test_the_call_of_a_recording_is_known_while_the_recording_is_there(
    twilio: FakeIntelligence, fetcher: Fetcher, call: str | None
) -> None:
    recording = "RE" + "1" * 32
    twilio.calls = {recording: call} if call else {}

    bundle = await fetcher.bundle(ACCOUNT, twilio.add(1, source_sid=recording))

    assert bundle.transcript.recording_call_sid == call


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, NotThere), (400, Refused), (401, TwilioUnavailable), (403, TwilioUnavailable)],
)
async def test_an_answer_that_repeating_does_not_help_is_not_repeated(
    twilio: FakeIntelligence, fetcher: Fetcher, status: int, error: type[Exception]
) -> None:
    twilio.trouble = [(status, {})]

    with pytest.raises(error):
        await fetcher.bundle(ACCOUNT, twilio.add(1))
    assert len(twilio.requests) == 1


async def test_a_transcript_in_work_is_one_for_later(
    twilio: FakeIntelligence, fetcher: Fetcher
) -> None:
    with pytest.raises(NotFinished):
        await fetcher.bundle(ACCOUNT, twilio.add(1, status="in-progress"))


async def test_what_is_no_sid_never_becomes_a_path(fetcher: Fetcher) -> None:
    with pytest.raises(Invalid):
        await fetcher.bundle(ACCOUNT, "GT1/../../Services")


async def test_an_account_that_is_not_ours_is_asked_nothing(
    twilio: FakeIntelligence, fetcher: Fetcher
) -> None:
    with pytest.raises(Refused):
        await fetcher.bundle("AC" + "9" * 32, twilio.add(1))
    assert twilio.requests == []


def test_an_api_that_has_too_much_to_do_is_left_alone_for_as_long_as_it_says() -> None:
    twilio, waited = FakeIntelligence(), list[str]()
    twilio.trouble = [(429, {"Retry-After": "7"}), (503, {})]

    async def scenario() -> float:
        async with twilio.client() as client:
            await fetcher_of(client, waited).bundle(ACCOUNT, twilio.add(1))
        return asyncio.get_running_loop().time()

    took = run_in_virtual_time(scenario())

    assert took >= 7
    assert waited == ["throttled", "failed"]


def test_who_asks_for_a_long_rest_is_asked_again_by_the_retry_topic() -> None:
    twilio = FakeIntelligence()
    twilio.trouble = [(429, {"Retry-After": "3600"})]

    async def scenario() -> None:
        async with twilio.client() as client:
            with pytest.raises(TwilioUnavailable):
                await fetcher_of(client).bundle(ACCOUNT, twilio.add(1))

    run_in_virtual_time(scenario())

    assert len(twilio.requests) == 1


def test_an_api_that_stays_broken_is_given_up() -> None:
    twilio = FakeIntelligence()
    twilio.trouble = [(500, {})] * 99

    async def scenario() -> None:
        async with twilio.client() as client:
            with pytest.raises(TwilioUnavailable):
                await fetcher_of(client).bundle(ACCOUNT, twilio.add(1))

    run_in_virtual_time(scenario())

    assert len(twilio.requests) == TRIES


async def test_the_list_is_asked_for_completed_transcripts_since_a_time(
    twilio: FakeIntelligence, fetcher: Fetcher
) -> None:
    listed = [twilio.add(1), twilio.add(2)]
    twilio.page_size = 1

    first = await fetcher.transcripts(ACCOUNT, datetime(2026, 11, 1, tzinfo=UTC))
    second = await fetcher.transcripts(ACCOUNT, datetime(2026, 11, 1, tzinfo=UTC), first.next_url)

    assert "AfterDateCreated=2026-11-01T00%3A00%3A00Z" in twilio.requests[0]
    assert "Status=completed" in twilio.requests[0]
    assert [each.sid for each in (*first.transcripts, *second.transcripts)] == listed
    assert second.next_url == ""


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (
            "https://intelligence.twilio.com/v2/Transcripts?Page=1",
            "http://b:1/x/v2/Transcripts?Page=1",
        ),
        ("https://evil.example/v2/T", "http://b:1/x/v2/T"),
    ],
)
def test_every_address_is_led_to_the_base_url(uri: str, expected: str) -> None:
    assert at("http://b:1/x/", uri) == expected
