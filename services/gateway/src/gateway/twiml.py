"""How Twilio is told to connect a call to us. Every attribute we rely on is written out: Twilio's
defaults change, and it ignores what it does not know in silence."""

from collections.abc import Mapping
from dataclasses import dataclass

from twilio.twiml.voice_response import Connect, ConversationRelay, Start, VoiceResponse

from gateway.beginning import language_of
from gateway.verbs import document
from trunkline.agents import Agent, Language, Relay
from trunkline.agents.relay import MAX_OF_CALL, TICKET_PARAMETER
from trunkline.twilio import TWIML_RETRIES

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class RelayUrls:
    """Where Twilio connects to, and where it asks what to do when the session is over."""

    relay: str
    action: str


def relay_answer(
    agent: Agent,
    urls: RelayUrls,
    ticket: str,
    *,
    greeting: str,
    language: str = "",
    records: bool = False,
) -> str:
    """Connect the call to us, in one of the agent's languages; empty: its first.

    Without a greeting the caller hears nothing at first. `records`: the greeting says that the call
    is recorded, so no words cut it off; the recording lasts to the call's end.
    """
    first = language_of(agent, language)
    response = VoiceResponse()
    if records:
        response.append(_recording())
    connect = Connect(action=urls.action + TWIML_RETRIES, method="POST")
    manners = _uncut(agent.relay) if records else agent.relay
    relay = ConversationRelay(url=urls.relay, **_relay(manners, first, greeting))
    for declared in agent.languages:
        relay.language(code=declared.code, **_declared(agent.relay, declared))
    for name, value in agent.relay.parameters.items():
        relay.parameter(name=name, value=value)
    relay.parameter(name=TICKET_PARAMETER, value=ticket)
    connect.append(relay)
    response.append(connect)
    return document(response)


def filled(agent: Agent, variables: Mapping[str, str]) -> Agent:
    """The agent as it is in one call: what its attributes say of the call is filled in."""
    relay = agent.relay
    said = {"conversation_id": relay.conversation_id, "customer_name": relay.customer_name}
    told = {name: agent.render(text, variables)[:MAX_OF_CALL] for name, text in said.items()}
    return agent.model_copy(update={"relay": relay.model_copy(update=told)})


def _recording() -> Start:
    """`Record` of the request that places a call is said to be ignored with ConversationRelay, and
    would begin before the greeting."""
    start = Start()
    start.recording(channels="dual", track="both")
    return start


def _uncut(relay: Relay) -> Relay:
    """Words do not cut the greeting off; a key may: it can be a wish not to be called any more."""
    now = relay.welcome_greeting_interruptible
    without_speech = {"any": "dtmf", "speech": "none"}.get(now, now)
    return relay.model_copy(update={"welcome_greeting_interruptible": without_speech})


def _relay(relay: Relay, first: Language, greeting: str) -> Mapping[str, Value]:
    return {
        "language": first.code,
        **_written(
            {
                "tts_language": relay.tts_language,
                "transcription_language": relay.transcription_language,
                "welcome_greeting": greeting,
            }
        ),
        **_of_language(first),
        **_written({"hints": _hints(relay, first)}),
        **_of_interruptions(relay),
        **_of_turns(relay),
        **_of_recognition(relay),
        **_of_reports(relay),
    }


def _declared(relay: Relay, language: Language) -> Mapping[str, Value]:
    """A language's own attributes. Its hints stand in for the relay's, so they repeat those."""
    hints = _hints(relay, language) if language.hints else ""
    return {**_of_language(language), **_written({"hints": hints})}


def _hints(relay: Relay, language: Language) -> str:
    return ",".join(dict.fromkeys((*relay.hints, *language.hints)))


def _of_language(language: Language) -> Mapping[str, Value]:
    return _written(
        {
            "tts_provider": language.tts_provider,
            "voice": language.voice,
            "transcription_provider": language.transcription_provider,
            "speech_model": language.speech_model,
            "asr_smart_format": language.smart_format,
            "tts_text_normalization": language.text_normalization,
            "tts_language_text_normalization": language.language_text_normalization,
        }
    )


def _of_interruptions(relay: Relay) -> Mapping[str, Value]:
    return {
        "interruptible": relay.interruptible,
        "welcome_greeting_interruptible": relay.welcome_greeting_interruptible,
        "interrupt_sensitivity": relay.interrupt_sensitivity,
        "ignore_backchannel": relay.ignore_backchannel,
        "preemptible": relay.preemptible,
        "report_input_during_agent_speech": relay.report_input_during_agent_speech,
        "dtmf_detection": relay.dtmf_detection,
    }


def _of_turns(relay: Relay) -> Mapping[str, Value]:
    return {
        "speech_timeout": relay.speech_timeout_ms or "auto",
        **_written(
            {
                "eot_threshold": relay.eot_threshold,
                "eager_eot_threshold": relay.eager_eot_threshold,
            }
        ),
        "turn_detection": relay.turn_detection,
        "partial_prompts": relay.partial_prompts,
        "partial_prompt_on_hangup": relay.partial_prompt_on_hangup,
    }


def _of_recognition(relay: Relay) -> Mapping[str, Value]:
    return {
        "echo_prompt_filtering": relay.echo_prompt_filtering,
        "profanity_filter": relay.profanity_filter,
        **_written({"background_noise_reduction": relay.background_noise_reduction}),
    }


def _of_reports(relay: Relay) -> Mapping[str, Value]:
    return _written(
        {
            "events": " ".join(relay.events),
            "debug": "debugging" if relay.debug else "",
            "intelligence_service": relay.intelligence_service,
            "conversation_configuration": relay.conversation_configuration,
            "conversation_id": relay.conversation_id,
            "customer_name": relay.customer_name,
        }
    )


def _written(attributes: Mapping[str, Value | None]) -> dict[str, Value]:
    """Those that are set: what is empty is left to Twilio's default."""
    return {name: value for name, value in attributes.items() if value is not None and value != ""}
