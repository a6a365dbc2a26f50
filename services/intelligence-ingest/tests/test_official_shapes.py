"""What we read and ask, judged by Twilio's own SDK: the names of fields, and the requests."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from events import CALL
from fake_intelligence import ACCOUNT, URL, FakeIntelligence
from twilio.rest import Client
from twilio.rest.intelligence.v2.transcript import TranscriptInstance
from twilio.rest.intelligence.v2.transcript.operator_result import OperatorResultInstance
from twilio.rest.intelligence.v2.transcript.sentence import SentenceInstance
from twilio.rest.intelligence.v3.operator_result import (
    OperatorResultInstance as OperatorResultInstanceV3,
)

from intelligence_ingest import insight, insight_v3
from intelligence_ingest.asking import TwilioApi
from intelligence_ingest.fetcher import LIST_PAGE, PAGE, Fetcher
from intelligence_ingest.sources import Sources
from intelligence_ingest.transport import Transport

RECORDING = "RE" + "1" * 32
CONVERSATION = "conv_conversation_1"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


class Document(dict[str, Any]):
    """Notes which of its fields somebody asks for."""

    def __init__(self, **values: Any) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


@pytest.mark.parametrize(
    ("read", "instance", "solution"),
    [
        (insight.transcript, TranscriptInstance, ()),
        (lambda found: insight.sentences([found], {}), SentenceInstance, ("GT1",)),
        (lambda found: insight.operator_results([found]), OperatorResultInstance, ("GT1",)),
        (
            lambda found: insight_v3.operator_results({"operatorResults": [found]}),
            OperatorResultInstanceV3,
            (),
        ),
    ],
)
def test_every_field_that_we_read_is_one_that_twilio_knows(
    read: Callable[[Document], object], instance: Callable[..., object], solution: Sequence[str]
) -> None:
    ours, theirs = Document(sid="GT1", account_sid="AC1"), Document()

    read(ours)
    instance(None, theirs, *solution)

    assert ours.asked
    assert ours.asked - theirs.asked == set()


async def test_our_requests_are_those_that_the_sdk_would_send() -> None:
    twilio = FakeIntelligence()
    transcript = twilio.add(1, source_sid=RECORDING)
    twilio.transcripts[transcript]["redaction"] = True
    twilio.calls = {RECORDING: CALL, CONVERSATION: CALL}
    async with twilio.client() as http:
        transport = Transport([http], URL, 4)
        api = TwilioApi(transport, {ACCOUNT: ("secret",)})
        fetcher = Fetcher(api, Sources(api, api))
        await fetcher.bundle(ACCOUNT, transcript)
        await fetcher.transcripts(ACCOUNT, SINCE)
        await fetcher.sources.call_of_conversation(ACCOUNT, CONVERSATION)
        ours = sent(twilio)
        await ask_by_sdk(Client(ACCOUNT, "secret", http_client=transport), transcript)

    assert ours == sent(twilio)


async def ask_by_sdk(client: Client, transcript: str) -> None:
    v2 = client.intelligence.v2
    found = v2.transcripts(transcript)
    await found.fetch_async()
    await found.sentences.page_async(redacted=True, word_timestamps=True, page_size=PAGE)
    await found.operator_results.page_async(redacted=True, page_size=PAGE)
    await v2.transcripts.page_async(
        after_date_created="2026-11-01T00:00:00Z", status="completed", page_size=LIST_PAGE
    )
    await client.api.v2010.accounts(ACCOUNT).recordings(RECORDING).fetch_async()
    conversations = client.conversations.v2
    await conversations.communications(CONVERSATION).page_async(page_size=50)


def sent(twilio: FakeIntelligence) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """Paths and queries since the last time, in whichever order."""
    parts = [urlsplit(url) for url in twilio.requests]
    twilio.requests.clear()
    return {(each.path, frozenset(parse_qsl(each.query))) for each in parts}
