"""TwiML as Twilio reads it, attribute by attribute: it ignores in silence what is misspelt."""

from xml.etree import ElementTree

import pytest
from builders import agent

from gateway.twiml import (
    MAX_TRIES,
    AfterSession,
    RelayUrls,
    after_session,
    hang_up,
    nothing,
    relay_answer,
    say_and_hang_up,
)
from trunkline.agents import Agent, Language, Relay

URLS = RelayUrls(
    "wss://voice.example.com/twilio/relay",
    "https://voice.example.com/twilio/voice/connect-action/abc",
)
POLYGLOT = agent().model_copy(
    update={
        "languages": (
            Language(
                code="en-US",
                tts_provider="ElevenLabs",
                voice="Adam",
                transcription_provider="Deepgram",
                speech_model="nova-3-general",
            ),
            Language(code="es-ES", tts_provider="Google", voice="es-ES-Chirp3-HD-Aoede"),
        ),
        "relay": Relay(
            interruptible="speech",
            welcome_greeting_interruptible="none",
            interrupt_sensitivity="low",
            dtmf_detection=False,
            report_input_during_agent_speech="any",
            hints=("Trunkline", "St. Mary"),
        ),
    }
)


def connect_of(text: str) -> ElementTree.Element:
    response = ElementTree.fromstring(text)
    assert response.tag == "Response"
    assert [child.tag for child in response] == ["Connect"]
    return response[0]


def relay_of(text: str) -> ElementTree.Element:
    connect = connect_of(text)
    assert [child.tag for child in connect] == ["ConversationRelay"]
    return connect[0]


def test_the_action_url_is_asked_again_when_it_cannot_be_reached() -> None:
    connect = connect_of(relay_answer(agent(), URLS, "ticket", greeting="Hello."))

    assert connect.attrib == {"action": f"{URLS.action}#rc=3&rp=all&ct=1000", "method": "POST"}


def test_a_plain_agents_relay_says_everything_but_what_twilio_shall_choose() -> None:
    relay = relay_of(relay_answer(agent(), URLS, "ticket", greeting="Hello."))

    assert relay.attrib == {
        "url": URLS.relay,
        "language": "en-US",
        "welcomeGreeting": "Hello.",
        "welcomeGreetingInterruptible": "any",
        "interruptible": "any",
        "interruptSensitivity": "high",
        "reportInputDuringAgentSpeech": "none",
        "dtmfDetection": "true",
        "preemptible": "false",
        "partialPrompts": "false",
        "profanityFilter": "false",
        "events": "speaker-events tokens-played",
    }


def test_all_that_an_agent_chooses_is_written_out() -> None:
    relay = relay_of(relay_answer(POLYGLOT, URLS, "ticket", greeting="Hello."))

    assert relay.attrib == {
        "url": URLS.relay,
        "language": "en-US",
        "ttsProvider": "ElevenLabs",
        "voice": "Adam",
        "transcriptionProvider": "Deepgram",
        "speechModel": "nova-3-general",
        "welcomeGreeting": "Hello.",
        "welcomeGreetingInterruptible": "none",
        "interruptible": "speech",
        "interruptSensitivity": "low",
        "reportInputDuringAgentSpeech": "any",
        "dtmfDetection": "false",
        "preemptible": "false",
        "partialPrompts": "false",
        "profanityFilter": "false",
        "hints": "Trunkline,St. Mary",
        "events": "speaker-events tokens-played",
    }


def test_each_language_is_declared() -> None:
    relay = relay_of(relay_answer(POLYGLOT, URLS, "ticket", greeting="Hello."))

    assert [child.attrib for child in relay if child.tag == "Language"] == [
        {
            "code": "en-US",
            "ttsProvider": "ElevenLabs",
            "voice": "Adam",
            "transcriptionProvider": "Deepgram",
            "speechModel": "nova-3-general",
        },
        {"code": "es-ES", "ttsProvider": "Google", "voice": "es-ES-Chirp3-HD-Aoede"},
    ]


def test_the_ticket_travels_as_a_parameter() -> None:
    relay = relay_of(relay_answer(agent(), URLS, "the-ticket", greeting="Hello."))

    assert [child.attrib for child in relay if child.tag == "Parameter"] == [
        {"name": "ticket", "value": "the-ticket"}
    ]


def test_a_session_that_goes_on_has_no_greeting() -> None:
    relay = relay_of(relay_answer(agent(), URLS, "ticket", greeting=""))

    assert "welcomeGreeting" not in relay.attrib


def test_without_events_none_are_asked_for() -> None:
    quiet = agent().model_copy(update={"relay": Relay(events=())})

    assert "events" not in relay_of(relay_answer(quiet, URLS, "t", greeting="")).attrib


@pytest.mark.parametrize("greeting", ['Tom & "Jerry" <here>', "¿Qué tal? ☎", "'"])
def test_words_are_escaped(greeting: str) -> None:
    relay = relay_of(relay_answer(agent(), URLS, "ticket", greeting=greeting))

    assert relay.attrib["welcomeGreeting"] == greeting


def test_an_answer_fits_into_twilios_inline_limit() -> None:
    model: Agent = POLYGLOT

    assert len(relay_answer(model, URLS, "t" * 1200, greeting="Hello. " * 40)) < 4000


def test_words_can_be_said_before_the_call_is_ended() -> None:
    response = ElementTree.fromstring(say_and_hang_up("Sorry & goodbye.", "en-GB"))

    say, hangup = response
    assert (say.tag, say.attrib, say.text) == ("Say", {"language": "en-GB"}, "Sorry & goodbye.")
    assert (hangup.tag, hangup.attrib) == ("Hangup", {})


def test_a_call_can_be_ended_or_left_alone() -> None:
    assert [child.tag for child in ElementTree.fromstring(hang_up())] == ["Hangup"]
    assert list(ElementTree.fromstring(nothing())) == []


@pytest.mark.parametrize(
    ("session", "call", "tries", "then"),
    [
        ("failed", "in-progress", 0, AfterSession.RECONNECT),
        ("failed", "in-progress", MAX_TRIES - 1, AfterSession.RECONNECT),
        ("failed", "in-progress", MAX_TRIES, AfterSession.GIVE_UP),
        ("failed", "in-progress", MAX_TRIES + 1, AfterSession.GIVE_UP),
        ("failed", "ringing", 0, AfterSession.RECONNECT),
        ("", "in-progress", 0, AfterSession.RECONNECT),
        ("something-new", "in-progress", 0, AfterSession.RECONNECT),
        ("ended", "in-progress", 0, AfterSession.HANG_UP),
        ("ended", "in-progress", MAX_TRIES, AfterSession.HANG_UP),
        ("completed", "in-progress", 0, AfterSession.HANG_UP),
        ("completed", "completed", 0, AfterSession.NOTHING),
        ("ended", "completed", 0, AfterSession.NOTHING),
        ("failed", "completed", 0, AfterSession.NOTHING),
        ("failed", "canceled", 0, AfterSession.NOTHING),
        ("failed", "", 0, AfterSession.NOTHING),
    ],
)
def test_what_follows_a_session(session: str, call: str, tries: int, then: AfterSession) -> None:
    assert after_session(session, call, tries) is then


def test_a_session_is_taken_up_twice_at_most() -> None:
    assert MAX_TRIES == 2
