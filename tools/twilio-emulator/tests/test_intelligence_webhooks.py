"""What Intelligence tells the account after a call, how it signs it, and what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from listening import CONFIGURATION, Clinic, clinic, conversation
from reference_server import Conversation, Message, ReferenceServer, plan, serving
from rest_client import SID, TOKEN, plain_client

from twilio_emulator import dial, run_call
from twilio_emulator.rest import Fault, IntelligenceQuirks
from twilio_emulator.scenario import HangUp, Say, Scenario, WaitForReply


async def answer(talk: Conversation, message: Message) -> None:
    if message["type"] == "prompt":
        await talk.send(type="text", token="We are open on Saturday.", last=True)


def agent(**relay: str) -> ReferenceServer:
    return ReferenceServer(answer, {"welcomeGreeting": "Hello, this is the clinic."} | relay)


async def call(here: Clinic, server: ReferenceServer, *words: str) -> Any:
    """A call of this server, to which the emulated Intelligence listens."""
    steps = [step for word in words for step in (Say(word), WaitForReply())]
    async with serving(server):
        settings: Any = {"account_sid": SID, "auth_token": TOKEN}
        listened = replace(plan(server), **settings, listener=here.twilio.intelligence)
        script = Scenario(name="asks", steps=(*steps, HangUp()))
        return await run_call(replace(listened, script=script))


async def told(here: Clinic, **changes: Any) -> None:
    here.twilio.intelligence.take(conversation(**changes))
    await here.twilio.settle()


async def test_a_call_with_a_service_is_transcribed_and_told_of() -> None:
    async with clinic() as here:
        ledger = await call(here, agent(intelligenceService="clinic"), "Are you open on Saturday?")
        await here.twilio.settle()
        [found] = await here.v2.transcripts.list_async(source_sid=ledger.closed[0].session_id)
        sentences = await here.v2.transcripts(found.sid).sentences.list_async()

    [hook] = here.server.hooks
    assert hook.body["transcript_sid"] == found.sid
    assert hook.body["event_type"] == "voice_intelligence_transcript_available"
    assert [(each.media_channel, each.transcript) for each in sentences] == [
        (1, "Hello, this is the clinic."),
        (2, "Are you open on Saturday?"),
        (1, "We are open on Saturday."),
    ]


async def test_a_call_without_a_service_is_nobodys_business() -> None:
    async with clinic() as here:
        await call(here, agent(), "Hello?")
        await call(here, agent(intelligenceService="another"), "Hello?")
        await here.twilio.settle()

    assert here.server.hooks == []
    assert here.twilio.intelligence.store.transcripts == {}


async def test_each_session_of_a_call_has_a_transcript() -> None:
    async with clinic() as here, serving(agent(intelligenceService="clinic")) as server:
        settings: Any = {"account_sid": SID, "auth_token": TOKEN}
        listened = replace(plan(server), **settings, listener=here.twilio.intelligence)
        async with dial(listened) as talk:
            await talk.say("First.")
            await talk.reply()
            await talk.drop_connection()
            await talk.say("Second.")
            await talk.reply()
        await here.twilio.settle()
        transcripts = list(here.twilio.intelligence.store.transcripts.values())

    said = [[each.text for each in transcript.sentences] for transcript in transcripts]
    assert len(here.server.hooks) == 2
    assert "First." in said[0]
    assert "Second." in said[1]
    assert "First." not in said[1]


@pytest.mark.parametrize(
    ("quirks", "content_type", "hashed"),
    [
        (IntelligenceQuirks(), "application/json", True),
        (IntelligenceQuirks(no_body_hash=True), "application/json", False),
        (IntelligenceQuirks(form_webhook=True), "application/x-www-form-urlencoded", False),
    ],
)
async def test_a_webhook_is_signed_whatever_its_form(
    quirks: IntelligenceQuirks, content_type: str, hashed: bool
) -> None:
    async with clinic(quirks) as here:
        await told(here)

    [hook] = here.server.hooks
    assert hook.signed
    assert hook.content_type == content_type
    assert ("bodySHA256" in hook.query) is hashed
    assert hook.body["account_sid"] == SID


async def test_a_configuration_is_told_the_results_themselves() -> None:
    async with clinic() as here:
        await told(here, service="", configuration=CONFIGURATION)

    [hook] = here.server.hooks
    results = {each["outputFormat"]: each["result"] for each in hook.body["operatorResults"]}
    assert (hook.path, hook.signed, hook.body["accountId"]) == ("/v3", True, SID)
    assert set(results) == {"CLASSIFICATION", "TEXT", "JSON", "EXTRACTION"}
    assert results["CLASSIFICATION"] == {"label": "positive"}
    assert results["JSON"]["steps"]["farewell"]


@pytest.mark.parametrize("names_call", [True, False])
async def test_which_call_a_conversation_is_about_is_told_or_can_be_asked(names_call: bool) -> None:
    async with clinic(IntelligenceQuirks(names_call=names_call)) as here, plain_client() as client:
        taken = conversation(service="", configuration=CONFIGURATION)
        here.twilio.intelligence.take(taken)
        await here.twilio.settle()
        talks = f"{here.twilio.url}/v2/Conversations"
        found = [
            (await client.get(talks, params={"channelId": call})).json()["items"]
            for call in (taken.call_sid, "CA" + "9" * 32)
        ]
        [talk] = found[0]
        said = (await client.get(f"{talks}/{talk['id']}/Communications")).json()["items"]

    [hook] = here.server.hooks
    references = {tuple(each["referenceIds"]) for each in hook.body["operatorResults"]}
    assert references == {(taken.call_sid,) if names_call else ()}
    assert (talk["id"], found[1]) == (hook.body["conversationId"], [])
    assert {each["channelId"] for each in said} == {taken.call_sid}


async def test_the_same_conversation_is_told_of_in_the_same_words() -> None:
    bodies = []
    for _ in range(2):
        async with clinic() as here:
            await told(here, configuration=CONFIGURATION)
            bodies.append(sorted(_lasting(hook.body) for hook in here.server.hooks))

    assert bodies[0] == bodies[1]


def _lasting(body: dict[str, Any]) -> str:
    """What does not change with the time of day."""
    results = [(each["id"], each["result"]) for each in body.get("operatorResults", [])]
    return repr((body.get("transcript_sid"), body.get("conversationId"), results))


async def test_older_webhooks_call_their_operators_otherwise() -> None:
    async with clinic(IntelligenceQuirks(friendly_names=True)) as here:
        await told(here, service="", configuration=CONFIGURATION)

    operator = here.server.hooks[0].body["operatorResults"][0]["operator"]
    assert operator["friendlyName"] == "Sentiment"
    assert "displayName" not in operator


@pytest.mark.parametrize(
    ("kind", "signed"),
    [
        ("webhook_lost", []),
        ("webhook_repeated", [True, True, True]),
        ("webhook_forged", [False, True]),
        ("webhook_unsigned", [False, True]),
    ],
)
async def test_webhooks_are_lost_doubled_and_forged_on_request(
    kind: Any, signed: list[bool]
) -> None:
    async with clinic() as here:
        here.twilio.inject(Fault(kind=kind))
        await told(here)
        [found] = await here.v2.transcripts.list_async()

    assert sorted(hook.signed for hook in here.server.hooks) == signed
    assert found.status == "completed"


async def test_a_webhook_may_come_before_its_transcript_is_complete() -> None:
    async with clinic() as here:
        here.twilio.inject(Fault(kind="transcript_late", amount=60))
        here.twilio.inject(Fault(kind="webhook_early"))
        await told(here)
        [found] = await here.v2.transcripts.list_async()

    assert len(here.server.hooks) == 1
    assert found.status == "queued"


async def test_a_webhook_may_be_late() -> None:
    async with clinic() as here:
        here.twilio.inject(Fault(kind="webhook_late", amount=0.05))
        here.twilio.intelligence.take(conversation())
        [posting] = here.twilio.intelligence.postings
        planned = (
            posting.at - here.twilio.intelligence.store.transcripts[posting.notice.about].ready_at
        )
        await here.twilio.settle()

    assert planned == pytest.approx(0.05, abs=0.04)
    assert posting.status == 204


async def test_a_webhook_is_tried_again_as_its_url_asks() -> None:
    async with clinic() as here:
        service = here.twilio.intelligence.store.service(SID, "clinic")
        assert service is not None
        service.webhook_url += "#rc=3&rp=all"
        here.server.failures = [503, 503]
        await told(here)
        [posting] = here.twilio.intelligence.postings

    assert (posting.status, posting.tries) == (204, 3)


async def test_a_service_may_ask_for_get_or_for_nothing() -> None:
    async with clinic() as here:
        service = here.twilio.intelligence.store.service(SID, "clinic")
        assert service is not None
        service.webhook_method = "GET"
        await told(here)
        service.webhook_method = "NULL"
        await told(here, session="VX2")

    [hook] = here.server.hooks
    assert hook.query["transcript_sid"].startswith("GT")
    assert hook.signed


async def test_a_conversation_of_another_process_can_be_handed_in() -> None:
    async with clinic() as here, plain_client() as http:
        url = f"{here.twilio.url}/_emulator/conversations"
        taken = await http.post(url, content=msgspec.json.encode(conversation()))
        refused = await http.post(url, content=b'{"account_sid": "AC0"}')
        await here.twilio.settle()
        truth = (await http.get(f"{here.twilio.url}/_emulator/intelligence")).json()

    sid = taken.json()["transcript_sid"]
    assert truth["transcripts"] == {sid: "VX1"}
    assert truth["postings"][0]["status"] == 204
    assert refused.status_code == 400
