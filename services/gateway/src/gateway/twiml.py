"""What we answer Twilio with. Every attribute we rely on is written out: Twilio's defaults change,
and it ignores what it does not know in silence."""

from dataclasses import dataclass
from enum import Enum, auto

from twilio.twiml.voice_response import Connect, ConversationRelay, VoiceResponse

from trunkline.agents import Agent, Language

TICKET = "ticket"
MAX_TRIES = 2  # sessions after the first; then the caller is told that it cannot be mended
# Twilio asks the action URL again when it cannot be reached: a gateway that dies takes the socket
# down in the same moment as its share of the connections. ct is in milliseconds.
ACTION_RETRIES = "#rc=3&rp=all&ct=1000"


@dataclass(frozen=True, slots=True)
class RelayUrls:
    """Where Twilio connects to, and where it asks what to do when the session is over."""

    relay: str
    action: str


class AfterSession(Enum):
    """What becomes of the call when its ConversationRelay session is over."""

    NOTHING = auto()
    """The call is over too."""
    RECONNECT = auto()
    """The session failed: a new one takes the call up."""
    HANG_UP = auto()
    """The agent has ended the conversation."""
    GIVE_UP = auto()
    """It has failed too often."""


def after_session(session_status: str, call_status: str, tries: int) -> AfterSession:
    """Decide from what Twilio reports to the action URL and the tries of the ticket."""
    if call_status not in ("in-progress", "ringing"):
        return AfterSession.NOTHING
    if session_status in ("ended", "completed"):
        return AfterSession.HANG_UP
    return AfterSession.RECONNECT if tries < MAX_TRIES else AfterSession.GIVE_UP


def relay_answer(agent: Agent, urls: RelayUrls, ticket: str, *, greeting: str) -> str:
    """Connect the call to us. Without a greeting the caller hears nothing at first."""
    response = VoiceResponse()
    connect = Connect(action=urls.action + ACTION_RETRIES, method="POST")
    relay = _relay(agent, urls.relay, greeting)
    for language in agent.languages:
        relay.language(**_language(language))
    relay.parameter(name=TICKET, value=ticket)
    connect.append(relay)
    response.append(connect)
    return str(response)


def _relay(agent: Agent, url: str, greeting: str) -> ConversationRelay:
    options = agent.relay
    first = agent.languages[0]
    attributes = {
        "welcome_greeting": greeting,
        "tts_provider": first.tts_provider,
        "voice": first.voice,
        "transcription_provider": first.transcription_provider,
        "speech_model": first.speech_model,
        "hints": ",".join(options.hints),
        "events": " ".join(options.events),
    }
    return ConversationRelay(
        url=url,
        language=first.code,
        welcome_greeting_interruptible=options.welcome_greeting_interruptible,
        interruptible=options.interruptible,
        interrupt_sensitivity=options.interrupt_sensitivity,
        report_input_during_agent_speech=options.report_input_during_agent_speech,
        dtmf_detection=options.dtmf_detection,
        preemptible=False,
        partial_prompts=False,
        profanity_filter=False,
        **{name: value for name, value in attributes.items() if value},
    )


def _language(language: Language) -> dict[str, str]:
    attributes = {
        "code": language.code,
        "tts_provider": language.tts_provider,
        "voice": language.voice,
        "transcription_provider": language.transcription_provider,
        "speech_model": language.speech_model,
    }
    return {name: value for name, value in attributes.items() if value}


def say_and_hang_up(words: str, language: str) -> str:
    """Say something that every account's voice can, and end the call."""
    response = VoiceResponse()
    response.say(words, language=language)
    response.hangup()
    return str(response)


def hang_up() -> str:
    """End the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def nothing() -> str:
    """Leave things as they are."""
    return str(VoiceResponse())
