"""TwiML as Twilio would read it."""

from __future__ import annotations

import pytest

from twilio_emulator import verbs
from twilio_emulator.twiml import TwimlRejected, parse

RELAY = """<Response><Connect action="https://a.example/action#rc=3">
  <ConversationRelay url="wss://a.example/relay" welcomeGreeting="Hi" interruptible="false"
      dtmfDetection="true" language="de-DE" events="tokens-played" interruptByDtmf="true">
    <Language code="en-GB" voice="Amy-Neural"/><Parameter name="ticket" value="x"/>
  </ConversationRelay></Connect><Say>Bye</Say></Response>"""


def test_a_relay_is_read_with_all_that_belongs_to_it() -> None:
    document = parse(RELAY)

    connect, say = document.verbs
    assert isinstance(connect, verbs.Connect)
    relay = connect.relay
    assert connect.action == "https://a.example/action#rc=3"
    assert (relay.url, relay.welcome_greeting) == ("wss://a.example/relay", "Hi")
    assert relay.mode("interruptible", "any") == "none"
    assert relay.flag("dtmfDetection")
    assert relay.tts_language == relay.transcription_language == "de-DE"
    assert relay.events == {"tokens-played"}
    assert relay.parameters == {"ticket": "x"}
    assert relay.languages == ({"code": "en-GB", "voice": "Amy-Neural"},)
    assert say == verbs.Say("Bye")


def test_an_unknown_attribute_is_passed_over_but_noted() -> None:
    assert parse(RELAY).notes == (
        "<ConversationRelay> has the unknown attribute 'interruptByDtmf', which Twilio ignores",
    )


@pytest.mark.parametrize("body", ["", "  ", "<Response/>"])
def test_nothing_to_do_is_an_answer(body: str) -> None:
    assert parse(body).verbs == ()


def test_every_verb_that_ends_or_moves_a_call_is_read() -> None:
    body = """<Response><Pause length="2"/><Redirect method="GET">/next</Redirect><Hangup/>
        <Dial><Number>+15005550009</Number></Dial><Enqueue workflowSid="WW1"/>
        <Gather input="dtmf speech" timeout="3" numDigits="1" action="/keys">
            <Say>Yes?</Say></Gather>
        <Start><Recording channels="dual"/></Start><Start><Stream/></Start>
        <Record/></Response>"""

    document = parse(body)

    assert document.verbs == (
        verbs.Pause(2.0),
        verbs.Redirect("/next", "GET"),
        verbs.Hangup(),
        verbs.Dial((verbs.Leg("number", "+15005550009"),)),
        verbs.Enqueue(workflow_sid="WW1"),
        verbs.Gather(
            (verbs.Say("Yes?"),), "/keys", "POST", 3.0, frozenset({"dtmf", "speech"}), 1, "#"
        ),
        verbs.Record({"channels": "dual"}),
    )
    assert document.notes == (
        "<Start> is not imitated and was passed over",
        "<Record> is not imitated and was passed over",
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<Response>", 12100),
        ("<Answer/>", 12100),
        (f"<Response><Say>{'x' * 70_000}</Say></Response>", 11750),
        ("<Response><Connect/></Response>", 12200),
        (
            '<Response><Connect><ConversationRelay url="ws://a.example/r"/></Connect></Response>',
            12200,
        ),
        ('<Response><Connect><ConversationRelay url="https://a/r"/></Connect></Response>', 12200),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(body: str, code: int) -> None:
    with pytest.raises(TwimlRejected) as refused:
        parse(body)

    assert refused.value.code == code


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost:80"])
def test_plain_sockets_are_taken_on_this_machine_alone(host: str) -> None:
    body = f'<Response><Connect><ConversationRelay url="ws://{host}/r"/></Connect></Response>'

    assert len(parse(body).verbs) == 1
