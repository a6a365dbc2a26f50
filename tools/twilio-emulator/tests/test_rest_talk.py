"""Calls that were placed through the API, and the agents that talk in them."""

from __future__ import annotations

import pytest
from reference_server import ACCOUNT_SID, AUTH_TOKEN, Conversation, Message, ReferenceServer
from reference_server import serving as serving_agent
from rest_client import HUMAN, OWN, RewritingHttpClient
from twilio.rest import Client

from twilio_emulator.rest import Account, serve
from twilio_emulator.rest.placed import PlacedCall
from twilio_emulator.rest.talk import hurried
from twilio_emulator.scenario import Press, Say, Scenario, Silence

ACCOUNT = Account(sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, cps=50)


async def answer(conversation: Conversation, message: Message) -> None:
    """Answer each prompt at once and in full."""
    if message["type"] == "prompt":
        await conversation.tokens(5)


async def talk_to(number: str, agent: ReferenceServer) -> PlacedCall:
    """Let an agent's server call this number, and stay until the call is over."""
    async with serving_agent(agent), serve([ACCOUNT], speed=20) as twilio:
        http = RewritingHttpClient(twilio.url)
        client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http)
        await client.calls.create_async(to=number, from_=OWN, url=agent.voice_url)
        await http.aclose()
        await twilio.settle()
        return twilio.store.placed()[0]


async def test_a_human_talks_with_the_agent_and_hangs_up() -> None:
    agent = ReferenceServer(answer, {"welcomeGreeting": "Hello, this is the clinic."})
    call = await talk_to(HUMAN, agent)

    assert call.status == "completed"
    assert call.conversation is not None
    assert call.conversation.failures == []
    assert [turn.prompt for turn in call.conversation.turns] == [
        "Hello?",
        "That is fine, thank you. Goodbye.",
    ]
    setup = agent.conversations[0].received[0]
    assert (setup["direction"], setup["callStatus"]) == ("outbound-api", "IN_PROGRESS")
    assert (setup["to"], setup["callSid"]) == (HUMAN, call.sid)
    assert agent.hooks[-1].params["SessionStatus"] == "completed"


@pytest.mark.parametrize(
    ("digits", "said"),
    [
        ("85", "Please take me off your list, and do not call me again."),
        ("70", "You have reached my voicemail. Please leave a message after the tone."),
    ],
)
async def test_a_phone_says_what_its_digits_stand_for(digits: str, said: str) -> None:
    agent = ReferenceServer(answer)
    call = await talk_to(f"+5255123456{digits}", agent)

    assert call.conversation is not None
    assert call.conversation.turns[0].prompt == said


async def test_who_opts_out_by_key_presses_nine() -> None:
    agent = ReferenceServer(answer, {"dtmfDetection": "true"})
    await talk_to("+15005550187", agent)

    assert [each["digit"] for each in agent.conversations[0].of_type("dtmf")] == ["9"]


async def test_an_agent_that_hangs_up_ends_the_call() -> None:
    async def leave(conversation: Conversation, message: Message) -> None:
        if message["type"] == "prompt":
            await conversation.send(type="end")

    call = await talk_to(HUMAN, ReferenceServer(leave))

    assert call.conversation is not None
    assert (call.status, call.conversation.ended_by) == ("completed", "agent")


def test_a_script_is_hurried_in_its_silences_alone() -> None:
    script = Scenario(steps=(Say("Hello?"), Silence(20.0), Press("12", 100.0)))

    assert hurried(script, 10.0).steps == (Say("Hello?"), Silence(2.0), Press("12", 10.0))
