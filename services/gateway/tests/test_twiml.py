"""TwiML as Twilio reads it, attribute by attribute: it ignores in silence what is misspelt."""

import inspect
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from builders import agent
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml import lower_camel
from twilio.twiml.voice_response import Connect, ConversationRelay

from gateway.twiml import RelayUrls, filled, relay_answer
from trunkline.agents import Agent, Language, Relay

URLS = RelayUrls(
    "wss://voice.example.com/twilio/relay",
    "https://voice.example.com/twilio/voice/connect-action/abc",
)
ENGLISH = Language(
    code="en-US",
    tts_provider="ElevenLabs",
    voice="UgBBYS2sOqTuMpoF3BR0",
    transcription_provider="Deepgram",
    speech_model="flux-general-en",
    hints=("Okafor", "St. Mary"),
    smart_format=True,
    text_normalization="on",
    language_text_normalization=False,
)
SPANISH = Language(code="es-ES", tts_provider="Google", voice="es-ES-Chirp3-HD-Aoede")
EVERYTHING = Relay(
    interruptible="speech",
    welcome_greeting_interruptible="none",
    interrupt_sensitivity="low",
    ignore_backchannel=True,
    preemptible=True,
    dtmf_detection=False,
    report_input_during_agent_speech="any",
    speech_timeout_ms=900,
    eot_threshold=0.7,
    eager_eot_threshold=0.45,
    turn_detection=True,
    partial_prompts=True,
    partial_prompt_on_hangup=True,
    echo_prompt_filtering=True,
    profanity_filter=True,
    background_noise_reduction="high",
    events=("tokens-played",),
    debug=True,
    intelligence_service="GA0123",
    conversation_configuration="conv_configuration_1",
    conversation_id="conv_conversation_1",
    customer_name="Ann",
    tts_language="en-GB",
    transcription_language="en-AU",
    hints=("Trunkline", "Okafor"),
    parameters={"source": "web & mail", "line": "2"},
)
POLYGLOT = agent().model_copy(update={"languages": (ENGLISH, SPANISH), "relay": EVERYTHING})

NOT_IN_THE_SDK = {
    "eotThreshold",
    "conversationConfiguration",
    "conversationId",
}  # Twilio's documentation has them


def relay_of(
    model: Agent, *, greeting: str = "Hello.", language: str = "", ticket: str = "ticket"
) -> ElementTree.Element:
    """The session that the answer connects the call to."""
    return connect_of(relay_answer(model, URLS, ticket, greeting=greeting, language=language))[0]


def connect_of(text: str) -> ElementTree.Element:
    response = ElementTree.fromstring(text)
    assert response.tag == "Response"
    assert [child.tag for child in response] == ["Connect"]
    assert [child.tag for child in response[0]] == ["ConversationRelay"]
    return response[0]


def with_relay(**options: object) -> Agent:
    return agent().model_copy(update={"relay": Relay.model_validate(options)})


def children(relay: ElementTree.Element, tag: str) -> list[dict[str, str]]:
    return [child.attrib for child in relay if child.tag == tag]


def test_the_action_url_is_asked_again_when_it_cannot_be_reached() -> None:
    connect = connect_of(relay_answer(agent(), URLS, "ticket", greeting="Hello."))

    assert connect.attrib == {"action": f"{URLS.action}#rc=3&rp=all&ct=1000", "method": "POST"}


def test_a_plain_agents_relay_says_everything_but_what_twilio_shall_choose() -> None:
    assert relay_of(agent()).attrib == {
        "url": URLS.relay,
        "language": "en-US",
        "welcomeGreeting": "Hello.",
        "welcomeGreetingInterruptible": "any",
        "interruptible": "any",
        "interruptSensitivity": "high",
        "ignoreBackchannel": "false",
        "preemptible": "false",
        "reportInputDuringAgentSpeech": "dtmf",
        "dtmfDetection": "true",
        "speechTimeout": "auto",
        "turnDetection": "false",
        "partialPrompts": "false",
        "partialPromptOnHangup": "false",
        "echoPromptFiltering": "false",
        "profanityFilter": "false",
        "events": "speaker-events tokens-played",
    }


@pytest.mark.parametrize(
    ("chosen", "written"), [("any", "dtmf"), ("speech", "none"), ("dtmf", "dtmf"), ("none", "none")]
)
def test_a_call_is_recorded_from_the_greeting_on_which_no_words_cut_off(
    chosen: str, written: str
) -> None:
    model = with_relay(welcome_greeting_interruptible=chosen)
    text = relay_answer(model, URLS, "ticket", greeting="This call is recorded.", records=True)
    start, connect = ElementTree.fromstring(text)

    assert (start.tag, [(child.tag, child.attrib) for child in start]) == (
        "Start",
        [("Recording", {"channels": "dual", "track": "both"})],
    )
    assert connect[0].attrib["welcomeGreetingInterruptible"] == written


def test_all_that_an_agent_chooses_is_written_out() -> None:
    assert relay_of(POLYGLOT).attrib == {
        "url": URLS.relay,
        "language": "en-US",
        "ttsProvider": "ElevenLabs",
        "voice": "UgBBYS2sOqTuMpoF3BR0",
        "transcriptionProvider": "Deepgram",
        "speechModel": "flux-general-en",
        "asrSmartFormat": "true",
        "ttsTextNormalization": "on",
        "ttsLanguageTextNormalization": "false",
        "hints": "Trunkline,Okafor,St. Mary",
        "welcomeGreeting": "Hello.",
        "welcomeGreetingInterruptible": "none",
        "interruptible": "speech",
        "interruptSensitivity": "low",
        "ignoreBackchannel": "true",
        "preemptible": "true",
        "reportInputDuringAgentSpeech": "any",
        "dtmfDetection": "false",
        "speechTimeout": "900",
        "eotThreshold": "0.7",
        "eagerEotThreshold": "0.45",
        "turnDetection": "true",
        "partialPrompts": "true",
        "partialPromptOnHangup": "true",
        "echoPromptFiltering": "true",
        "profanityFilter": "true",
        "backgroundNoiseReduction": "high",
        "events": "tokens-played",
        "debug": "debugging",
        "intelligenceService": "GA0123",
        "conversationConfiguration": "conv_configuration_1",
        "conversationId": "conv_conversation_1",
        "customerName": "Ann",
        "ttsLanguage": "en-GB",
        "transcriptionLanguage": "en-AU",
    }


def test_what_is_said_of_the_call_is_filled_in() -> None:
    model = with_relay(customer_name="{{name}}", conversation_id="{{id}}")

    told = relay_of(filled(model, {"name": "Ann"})).attrib
    long = relay_of(filled(model, {"name": "A" * 300})).attrib

    assert told["customerName"] == "Ann"
    assert "conversationId" not in told
    assert len(long["customerName"]) == 250


def test_each_language_is_declared_with_the_relays_hints_before_its_own() -> None:
    assert children(relay_of(POLYGLOT), "Language") == [
        {
            "code": "en-US",
            "ttsProvider": "ElevenLabs",
            "voice": "UgBBYS2sOqTuMpoF3BR0",
            "transcriptionProvider": "Deepgram",
            "speechModel": "flux-general-en",
            "hints": "Trunkline,Okafor,St. Mary",
            "asrSmartFormat": "true",
            "ttsTextNormalization": "on",
            "ttsLanguageTextNormalization": "false",
        },
        {"code": "es-ES", "ttsProvider": "Google", "voice": "es-ES-Chirp3-HD-Aoede"},
    ]


def test_no_attribute_is_spelt_otherwise_than_in_twilios_library() -> None:
    relay = relay_of(POLYGLOT)
    languages = {name for attributes in children(relay, "Language") for name in attributes}

    assert relay.attrib.keys() - names(Connect.conversation_relay) == NOT_IN_THE_SDK
    assert languages <= names(ConversationRelay.language)


def names(noun: Callable[..., object]) -> set[str]:
    """The attributes that the SDK knows of a noun."""
    return {lower_camel(name) for name in inspect.signature(noun).parameters} - {"self", "kwargs"}


@pytest.mark.parametrize("code", ["es-ES", "es-MX", "ES-es"])
def test_a_session_can_begin_in_another_of_the_agents_languages(code: str) -> None:
    relay = relay_of(POLYGLOT, language=code)

    assert (relay.attrib["language"], relay.attrib["ttsProvider"]) == ("es-ES", "Google")
    assert relay.attrib["voice"] == "es-ES-Chirp3-HD-Aoede"
    assert relay.attrib["hints"] == "Trunkline,Okafor"
    assert "speechModel" not in relay.attrib
    assert [language["code"] for language in children(relay, "Language")] == ["en-US", "es-ES"]


@pytest.mark.parametrize("code", ["", "fr-FR", "multi"])
def test_a_session_begins_in_the_agents_first_language_where_it_has_no_other(code: str) -> None:
    assert relay_of(POLYGLOT, language=code).attrib["language"] == "en-US"


def test_the_ticket_travels_as_a_parameter_beside_the_agents_own() -> None:
    assert children(relay_of(POLYGLOT, ticket="the-ticket"), "Parameter") == [
        {"name": "source", "value": "web & mail"},
        {"name": "line", "value": "2"},
        {"name": "ticket", "value": "the-ticket"},
    ]


def test_a_session_that_goes_on_has_no_greeting() -> None:
    assert "welcomeGreeting" not in relay_of(agent(), greeting="").attrib


def test_without_events_none_are_asked_for() -> None:
    assert "events" not in relay_of(with_relay(events=())).attrib


@pytest.mark.parametrize("greeting", ['Tom & "Jerry" <here>', "¿Qué tal? ☎", "'", "a\nb\tc"])
def test_words_are_escaped(greeting: str) -> None:
    assert relay_of(agent(), greeting=greeting).attrib["welcomeGreeting"] == greeting


@given(greeting=st.text(max_size=40))
def test_no_word_can_make_the_answer_unreadable(greeting: str) -> None:
    """A control character would void the whole document, and with it the call."""
    heard = relay_of(agent(), greeting=greeting).attrib.get("welcomeGreeting", "")

    assert set(heard) <= set(greeting)
    assert "".join(c for c in greeting if c.isprintable() and c < "\ue000") == "".join(
        c for c in heard if c.isprintable() and c < "\ue000"
    )
